package rediscache

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/sealed"
)

// slack is how much longer Redis keeps a record than it has a use: the clocks of machines
// differ, and a record may not go early.
const slack = time.Minute

// Load implements [cache.Store]. It is one command.
func (s *Store) Load(ctx context.Context, p cache.Partition) (cache.Entry, error) {
	r, err := s.load(ctx, s.sealer.Of(p))
	if err != nil || r == nil {
		return cache.Entry{}, err
	}
	return r.entry(), nil
}

func (r *record) entry() cache.Entry {
	return cache.Entry{Data: r.data, Version: r.Version(), Expires: r.Expires}
}

// load reads and opens a record; nil if there is none.
func (s *Store) load(ctx context.Context, name string) (*record, error) {
	seen := s.known.get(name)
	value, err := s.get(ctx, name)
	if err != nil {
		return nil, err
	}
	if value == nil {
		s.known.replace(name, seen, nil)
		return nil, nil
	}
	r, err := s.sealer.open(name, value)
	if err != nil {
		return nil, recordError(err)
	}
	now := &version{r.Mark, r.lineage}
	if seen != nil && now.lacks(seen) {
		s.warn(ctx, "Redis has lost a write that it had acknowledged, as a failover can: a token that was renewed in it is spent",
			slog.String("record", name), slog.Time("written", time.UnixMicro(r.Stamp).UTC()))
	}
	s.known.replace(name, seen, now)
	return r, nil
}

// Save implements [cache.Store]. It is a command for the record and one for the index; the
// second one's failure is only logged, because the record is saved by then.
func (s *Store) Save(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if len(e.Data) > sealed.MaxData {
		return "", &Error{Problem: "the record is larger than 32 MiB", Remedy: "sign out accounts that are not needed"}
	}
	name := s.sealer.Of(p)
	before, known := parseVersion(e.Version)
	if e.Version != "" && !known {
		return "", cache.ErrConflict
	}
	seen := s.known.get(name)
	r := &record{Prefix: sealed.Next(e), partition: p, data: e.Data}
	if r.lineage = (lineage{origin: r.Mark}); e.Version != "" {
		r.lineage = s.known.follow(name, before, r.Mark)
	}
	if err := s.put(ctx, name, e, &before, r); err != nil {
		return "", err
	}
	if len(e.Data) == 0 {
		s.known.replace(name, seen, nil)
		s.unindex(ctx, name)
		return "", nil
	}
	s.known.replace(name, seen, &version{r.Mark, r.lineage})
	s.index(ctx, name, e)
	return r.Version(), nil
}

// put replaces the record that has the version before, if e has one, by r.
func (s *Store) put(ctx context.Context, name string, e cache.Entry, before *sealed.Prefix, r *record) error {
	var expected, next, value []byte
	if e.Version != "" {
		expected = raw(before)
	}
	if len(e.Data) > 0 {
		next, value = raw(&r.Prefix), s.sealer.seal(name, r)
	}
	done, err := s.runSave(ctx, saveScript, s.recordKey(name), expected, next, value, s.life(e).Milliseconds())
	if err != nil || done == 1 {
		return err
	}
	if e.Version != "" {
		return cache.ErrConflict
	}
	return s.repair(ctx, name, e, next, value)
}

// repair is a save where nothing was, but something is: only if nobody can read it, it counts
// as nothing.
func (s *Store) repair(ctx context.Context, name string, e cache.Entry, next, value []byte) error {
	there, err := s.get(ctx, name)
	if err != nil {
		return err
	}
	_, err = s.sealer.open(name, there)
	if there == nil || err == nil {
		return cache.ErrConflict
	}
	if err = recordError(err); !errors.Is(err, cache.ErrDamaged) {
		return err
	}
	done, err := s.runSave(ctx, repairScript, s.recordKey(name), there, value, s.life(e).Milliseconds())
	if err == nil && done == 0 {
		if there, err = s.get(ctx, name); err == nil && !(len(there) >= sealed.PrefixSize && bytes.Equal(there[16:32], next)) {
			err = cache.ErrConflict
		}
	}
	return err
}

// life is for how long Redis keeps an entry that is saved now; 0 is for ever.
func (s *Store) life(e cache.Entry) time.Duration {
	if e.Expires == 0 {
		return s.options.Idle
	}
	// Expires may be further away than a Duration can say, and than Redis can count.
	const longest = 100 * 365 * 24 * time.Hour
	seconds := min(max(e.Expires-s.options.Now().Unix(), 0), int64(longest/time.Second))
	return time.Duration(seconds)*time.Second + slack
}
