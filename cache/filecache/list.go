package filecache

import (
	"context"
	"errors"
	"strings"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/sealed"
)

// List implements [cache.Lister]. It opens the records of this kind and owner only. The error
// of one that cannot be read, unless it is damaged, comes after the others were yielded.
func (s *Store) List(ctx context.Context, k cache.Kind, owner string, yield func(cache.Partition) bool) error {
	var failures []error
	err := s.each(ctx, k, owner, func(_ string, p cache.Partition, err error) bool {
		switch {
		case errors.Is(err, cache.ErrDamaged): // whose it was is known to nobody: see Damaged
		case err != nil:
			failures = append(failures, err)
		default:
			return yield(p)
		}
		return true
	})
	if err != nil {
		return err
	}
	return errors.Join(failures...)
}

// Damaged returns an [*Error], which names the file, for each damaged record of this kind and
// owner. Whose they were is known to nobody: List leaves them out, and whoever it is signs in
// again.
func (s *Store) Damaged(ctx context.Context, k cache.Kind, owner string) ([]error, error) {
	var found []error
	err := s.each(ctx, k, owner, func(_ string, _ cache.Partition, err error) bool {
		if errors.Is(err, cache.ErrDamaged) {
			found = append(found, err)
		}
		return true
	})
	return found, err
}

// RemoveDamaged removes the records that Damaged tells of.
func (s *Store) RemoveDamaged(ctx context.Context, k cache.Kind, owner string) error {
	var failures []error
	err := s.each(ctx, k, owner, func(name string, _ cache.Partition, err error) bool {
		if errors.Is(err, cache.ErrDamaged) {
			if err := s.removeRecord(ctx, name, ""); !errors.Is(err, cache.ErrConflict) { // else a sign-in was faster
				failures = append(failures, err)
			}
		}
		return true
	})
	return errors.Join(append(failures, err)...)
}

// each calls f with the file of each record of this kind and owner, and its partition or why
// it cannot be read, until f returns false.
func (s *Store) each(ctx context.Context, k cache.Kind, owner string, f func(name string, p cache.Partition, err error) bool) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	group := s.sealer.Group(k, owner) + "-"
	var names []string
	err := s.folder.list(func(name string) bool {
		if sealed.IsName(name) && strings.HasPrefix(name, group) {
			names = append(names, name)
		} else {
			s.sweepTemporary(name)
		}
		return true
	})
	if err != nil {
		return s.folder.explain("", "the folder cannot be read", err)
	}
	for _, name := range names {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		text, err := s.folder.read(name, sealed.MaxRecord)
		if err == nil && text == nil {
			continue // removed meanwhile
		}
		var p cache.Partition
		if err == nil {
			if _, p, _, err = s.sealer.open(name, text); err != nil {
				err = s.folder.recordError(name, err)
			}
		}
		if !f(name, p, err) {
			return nil
		}
	}
	return nil
}
