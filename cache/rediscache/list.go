package rediscache

import (
	"context"
	"errors"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey-auth/latchkey/cache"
)

// List implements [cache.Lister]. It reads the index, which is some commands, and every
// record of the kind and owner. Where the index names a record that has gone, List puts the
// index right; where the index itself has gone, List looks at all keys of the database for
// the records, and makes it anew. The error of a record that cannot be read, unless it is
// damaged, comes after the others were yielded.
func (s *Store) List(ctx context.Context, k cache.Kind, owner string, yield func(cache.Partition) bool) error {
	return s.each(ctx, k, owner, func(_ string, r *record) bool { return yield(r.partition) })
}

// Reseal seals with the first key of the ring each record of a kind and an owner that is
// sealed with another one, and returns how many there were. When it has been called for all
// of them by a program that has the new key first, the old key is not needed any more. A
// record that changes meanwhile is sealed by whoever changes it.
func (s *Store) Reseal(ctx context.Context, k cache.Kind, owner string) (resealed int, err error) {
	var failures []error
	err = s.each(ctx, k, owner, func(_ string, r *record) bool {
		if r.Key == s.sealer.keys[0].id {
			return true
		}
		_, err := s.Save(ctx, r.partition, r.entry())
		switch {
		case err == nil:
			resealed++
		case !errors.Is(err, cache.ErrConflict):
			failures = append(failures, err)
		}
		return ctx.Err() == nil
	})
	return resealed, errors.Join(append(failures, err)...)
}

// each calls f with the records of a kind and an owner until it returns false.
func (s *Store) each(ctx context.Context, k cache.Kind, owner string, f func(name string, r *record) bool) error {
	group := s.sealer.Group(k, owner)
	names, complete, err := s.indexed(ctx, group)
	if err == nil && !complete {
		names, err = s.rebuild(ctx, group)
	}
	if err != nil {
		return err
	}
	var failures []error
	for chunk := range slices.Chunk(names, 64) {
		values, err := s.getAll(ctx, chunk)
		if err != nil {
			return err
		}
		for i, name := range chunk {
			if values[i] == nil {
				s.unindex(ctx, name)
				continue
			}
			r, err := s.sealer.open(name, values[i])
			if err != nil {
				if err = recordError(err); !errors.Is(err, cache.ErrDamaged) {
					failures = append(failures, err)
				} // else whose it was is known to nobody
				continue
			}
			if !f(name, r) {
				return nil
			}
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return errors.Join(failures...)
}

// getAll reads the values of several records; nil where there is none.
func (s *Store) getAll(ctx context.Context, names []string) ([][]byte, error) {
	return call(ctx, s, func(ctx context.Context) ([][]byte, error) {
		commands := make([]*redis.StringCmd, len(names))
		_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for i, name := range names {
				commands[i] = pipe.GetEx(ctx, s.recordKey(name), -1)
			}
			return nil
		})
		if err != nil && !errors.Is(err, redis.Nil) {
			return nil, err
		}
		values := make([][]byte, len(names))
		for i, c := range commands {
			if values[i], err = c.Bytes(); err != nil && !errors.Is(err, redis.Nil) {
				return nil, err
			}
		}
		return values, nil
	}, nil)
}
