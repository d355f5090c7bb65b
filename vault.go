package latchkey

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
)

// A vault holds the decoded records of this process, over the store that shares them
// with others. Without a store it is the cache.
type vault struct {
	store  cache.Store     // nil: the vault is the cache
	fresh  cache.Freshener // nil: a record is looked at again after maxLayerAge
	lister cache.Lister    // nil: only this process's partitions are known
	locks  vaultLocks      // if there is no store
	now    func() time.Time
	shards [numShards]shard
}

// A held record is immutable, but for the time at which it was last seen to be current
// and what was found in it.
type held struct {
	partition cache.Partition
	record    *cache.Record
	version   string
	pending   []*change    // applied to record, but not saved yet; each once
	checked   atomic.Int64 // Unix nanoseconds
	//lint:ignore U1000 a page does without
	found findings // in record
}

// A change is applied to a clone of the newest record, again if another writer was
// faster; so it must give the same result when it finds itself applied.
type change struct {
	apply func(*cache.Record)
	// create allows to make the partition. Without it a partition that was removed
	// stays removed: a running renewal must not undo a sign-out (rule R31).
	create bool
}

const (
	// maxLayerAge bounds how long another process's sign-out can go unseen (rule R31).
	maxLayerAge = 5 * time.Second

	// maxPerShard bounds the records that are held beside a store.
	maxPerShard = 1024

	// maxAccessTokens bounds the access tokens of a partition.
	maxAccessTokens = 1024

	// saveAttempts bounds the repetitions of a save that meets other writers.
	saveAttempts = 16
)

func newVault(store cache.Store, now func() time.Time) *vault {
	v := &vault{store: store, now: now}
	if store != nil {
		v.fresh, _ = store.(cache.Freshener)
		v.lister, _ = store.(cache.Lister)
	}
	return v
}

// A storeError is a failure of Config.Cache.
type storeError struct {
	what string
	err  error
}

func (e *storeError) Error() string {
	return "latchkey: the cache could not " + e.what + ": " + e.err.Error()
}
func (e *storeError) Unwrap() error { return e.err }

// Is says that a sign-in helps where the store has lost what it had.
func (e *storeError) Is(target error) bool {
	return target == ErrInteractionRequired && errors.Is(e.err, cache.ErrDamaged)
}

// unreadable reports whether err means that nobody can read the record any more, so that
// nothing is lost if a sign-in replaces it, and everything if it may not.
func unreadable(err error) bool {
	return errors.Is(err, cache.ErrDamaged) || errors.Is(err, cache.ErrMalformed)
}

// load returns the partition's record, at most maxLayerAge old; nil if there is none.
func (v *vault) load(ctx context.Context, p cache.Partition) (*cache.Record, error) {
	h, current := v.look(ctx, p)
	if current {
		return h.recordOrNil(), nil
	}
	if h == nil || len(h.pending) == 0 {
		return v.reload(ctx, p)
	}
	now := v.now().UnixNano()
	h.checked.Store(now) // one attempt for all callers
	r, err := v.update(ctx, p)
	if err != nil {
		v.postpone(p, now)
		return h.record, nil
	}
	return r, nil
}

// look returns what is held of the partition, nil if nothing is, and whether that may be
// used without loading.
func (v *vault) look(ctx context.Context, p cache.Partition) (h *held, current bool) {
	h = v.peek(p)
	switch {
	case v.store == nil:
		return h, true
	case h == nil || h.record == nil:
		return h, false
	case v.fresh != nil && len(h.pending) == 0:
		same, err := v.fresh.Fresh(ctx, p, h.version)
		return h, same && err == nil
	}
	age := v.now().UnixNano() - h.checked.Load()
	return h, age >= 0 && age < int64(maxLayerAge)
}

// reload returns what the store has now, with what could not be saved yet on top.
func (v *vault) reload(ctx context.Context, p cache.Partition) (*cache.Record, error) {
	seen := v.peek(p)
	if v.store == nil {
		return seen.recordOrNil(), nil
	}
	next, err := v.fetch(ctx, p)
	if err != nil {
		if seen != nil && len(seen.pending) > 0 {
			return seen.record, nil
		}
		return nil, err
	}
	if seen != nil {
		next.carry(seen.pending)
	}
	return v.install(p, seen, next).recordOrNil(), nil
}

// fetch reads the store. The held record is nil if the partition does not exist. If the
// record is unreadable, the version to replace comes with the error.
func (v *vault) fetch(ctx context.Context, p cache.Partition) (*held, error) {
	h := &held{partition: p}
	h.checked.Store(v.now().UnixNano())
	e, err := v.store.Load(ctx, p)
	if err != nil {
		return h, &storeError{"load a record", err}
	}
	h.version = e.Version
	if e.Version != "" {
		if h.record, err = cache.DecodeRecord(e.Data); err != nil {
			return h, &storeError{"read a record", err}
		}
	}
	return h, nil
}

// carry applies changes that are not saved yet, and keeps them pending.
func (h *held) carry(changes []*change) {
	r, exists := h.record, h.record != nil
	if len(changes) == 0 {
		return
	}
	if !exists {
		r = &cache.Record{}
	}
	r = r.Clone()
	for _, c := range changes {
		if (exists || c.create) && !slices.Contains(h.pending, c) {
			c.apply(r)
			exists = true
			h.pending = append(h.pending, c)
		}
	}
	if exists {
		h.record = r
	}
}

// update applies the changes, and those that could not be saved before, to the newest
// record and saves it. It returns the record as this process now has it, nil if the
// partition has gone, and why the store does not have it, if so.
func (v *vault) update(ctx context.Context, p cache.Partition, changes ...*change) (*cache.Record, error) {
	if v.store == nil {
		return v.updateHere(p, changes), nil
	}
	seen := v.peek(p)
	base := seen
	if seen != nil {
		changes = append(slices.Clone(seen.pending), changes...)
	}
	if len(changes) == 0 {
		return v.reload(ctx, p) // somebody else saved what was pending
	}
	var next *held
	var failure error
	for i := 0; i < saveAttempts; i++ {
		next = &held{partition: p} // never checked: a failed save is repeated by the next call
		if base == nil {
			if base, failure = v.fetch(ctx, p); failure != nil && !(unreadable(failure) && creating(changes)) {
				next.carry(changes)
				break
			}
		}
		next.record, next.version = base.record, base.version
		next.carry(changes)
		if next.record == nil {
			v.install(p, seen, next)
			return nil, nil
		}
		if failure = v.save(ctx, next); failure == nil {
			next.pending = nil
			next.checked.Store(v.now().UnixNano())
			return v.install(p, seen, next).recordOrNil(), nil
		}
		if !errors.Is(failure, cache.ErrConflict) {
			break
		}
		base = nil
	}
	return v.install(p, seen, next).recordOrNil(), failure
}

// creating reports whether one of the changes is a sign-in.
func creating(changes []*change) bool {
	return slices.ContainsFunc(changes, func(c *change) bool { return c.create })
}

// save writes the record and sets its version.
func (v *vault) save(ctx context.Context, h *held) error {
	h.record.Prune(v.now().Unix(), maxAccessTokens)
	version, err := v.store.Save(ctx, h.partition, cache.Entry{
		Data:    h.record.Encode(),
		Version: h.version,
		Expires: h.record.Expires(h.partition.Kind),
	})
	if err != nil {
		return &storeError{"save a record", err}
	}
	h.version = version
	return nil
}

func (v *vault) updateHere(p cache.Partition, changes []*change) *cache.Record {
	s, at := v.shard(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	next := &held{partition: p, record: s.get(at, p).recordOrNil()}
	next.carry(changes)
	next.pending = nil
	if next.record == nil {
		return nil
	}
	now := v.now().Unix()
	next.record.Prune(now, maxAccessTokens)
	s.put(at, next)
	v.sweep(s, now)
	return next.record
}

// remove removes the partition here and in the store.
func (v *vault) remove(ctx context.Context, p cache.Partition) error {
	defer v.drop(p)
	v.drop(p)
	if v.store == nil {
		return nil
	}
	var err error
	for i := 0; i < saveAttempts; i++ {
		var e cache.Entry
		e, err = v.store.Load(ctx, p)
		damaged := errors.Is(err, cache.ErrDamaged)
		if err != nil && !damaged {
			return &storeError{"load a record to remove", err}
		}
		if e.Version == "" && !damaged {
			return nil
		}
		if _, err = v.store.Save(ctx, p, cache.Entry{Version: e.Version}); err == nil {
			return nil
		}
		if !errors.Is(err, cache.ErrConflict) {
			break
		}
	}
	return &storeError{"remove a record", err}
}

// lock takes the partition's lock; ctx bounds the wait.
func (v *vault) lock(ctx context.Context, p cache.Partition) (unlock func(), err error) {
	if v.store == nil {
		return v.locks.Lock(ctx, p)
	}
	unlock, err = v.store.Lock(ctx, p)
	if err != nil {
		return nil, &storeError{"lock a record", err}
	}
	return unlock, nil
}

// flush saves what could not be saved before.
func (v *vault) flush(ctx context.Context) error {
	var unsaved []cache.Partition
	for _, h := range v.all() {
		if len(h.pending) > 0 {
			unsaved = append(unsaved, h.partition)
		}
	}
	var failures []error
	for _, p := range unsaved {
		if _, err := v.update(ctx, p); err != nil {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// anyCloud in a partition lists those of every cloud. No cloud is called so.
const anyCloud = ""

// list calls f with each record of the same kind, cloud and owner.
func (v *vault) list(ctx context.Context, like cache.Partition, f func(*cache.Record)) error {
	var all []cache.Partition
	var failures []error // one bad record hides no other user
	seen := map[string]bool{}
	add := func(p cache.Partition) {
		if name := p.Name(); p.Kind == like.Kind && p.Owner == like.Owner && (like.Cloud == anyCloud || p.Cloud == like.Cloud) && !seen[name] {
			seen[name] = true
			all = append(all, p)
		}
	}
	if v.lister == nil {
		for _, h := range v.all() {
			add(h.partition)
		}
	} else {
		err := v.lister.List(ctx, like.Kind, like.Owner, func(p cache.Partition) bool {
			add(p)
			return true
		})
		if err != nil {
			failures = append(failures, &storeError{"list its records", err})
		}
		for _, h := range v.all() {
			if len(h.pending) > 0 {
				add(h.partition)
			}
		}
	}
	for _, p := range all {
		r, err := v.load(ctx, p)
		if err != nil {
			failures = append(failures, err)
		} else if r != nil {
			f(r)
		}
	}
	return errors.Join(failures...)
}
