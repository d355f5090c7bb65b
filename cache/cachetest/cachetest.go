// Package cachetest checks that a store keeps the contract of [cache.Store].
//
//	func TestStore(t *testing.T) {
//		cachetest.Run(t, func(t *testing.T) cache.Store { return mystore.Open(t.TempDir()) })
//	}
//
// It also checks [cache.Lister] and [cache.Freshener] if the store is one. It takes about a
// second, and never waits for a fixed time except where a lock must stay taken. RunProcesses
// checks a store that several processes share.
package cachetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
)

// Run checks a store, each part of the contract in a subtest. newStore returns an empty
// store; it is called once a subtest and releases with t.Cleanup what it has opened.
func Run(t *testing.T, newStore func(t *testing.T) cache.Store) {
	t.Helper()
	for i := range checks {
		c := &checks[i]
		t.Run(c.name, func(t *testing.T) {
			s := subject{Store: newStore(t), patience: 30 * time.Second}
			if err := s.try(c); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A check is one part of the contract. It reports a breach as an error, so that the checks
// themselves can be checked on stores that break the contract.
type check struct {
	name string
	run  func(ctx context.Context, s subject) error
}

var checks = []check{
	{"absent", checkAbsent},
	{"save and load", checkSaveAndLoad},
	{"versions", checkVersions},
	{"conflict", checkConflict},
	{"conflict on creation", checkConflictOnCreation},
	{"remove", checkRemove},
	{"remove conflict", checkRemoveConflict},
	{"R31 removed stays removed", checkRemovedStaysRemoved},
	{"data is copied", checkDataIsCopied},
	{"large entries", checkLargeEntries},
	{"R32 hostile names", checkHostileNames},
	{"done context", checkDoneContext},
	{"lock excludes", checkLockExcludes},
	{"lock is handed over", checkLockIsHandedOver},
	{"lock is per partition", checkLockIsPerPartition},
	{"lock wait ends with its context", checkLockWaitEnds},
	{"lock outlives its context", checkLockOutlivesContext},
	{"unlock twice", checkUnlockTwice},
	{"lock does not guard entries", checkLockDoesNotGuard},
	{"writers lose nothing", checkWritersLoseNothing},
	{"lock holders never conflict", checkLockHoldersNeverConflict},
	{"readers see whole entries", checkReadersSeeWholeEntries},
	{"list", checkList},
	{"list stops", checkListStops},
	{"list and change", checkListAndChange},
	{"fresh", checkFresh},
}

// A subject is the store that is checked.
type subject struct {
	cache.Store
	patience time.Duration // after which a call counts as hanging
}

// try runs one check and gives up if it hangs.
func (s subject) try(c *check) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.patience)
	defer cancel()
	result := make(chan error, 1)
	go func() { result <- c.run(ctx, s) }()
	give := time.NewTimer(s.patience + s.patience/2)
	defer give.Stop()
	select {
	case err := <-result:
		return err
	case <-give.C:
		return errors.New("a call does not return, not even when its context is done")
	}
}

// partition returns one of many ordinary partitions.
func partition(subject string) cache.Partition {
	return cache.Partition{Kind: cache.KindUser, Cloud: "login.example.com", Owner: "client", Subject: subject}
}

// save saves data over a version, and demands that it works.
func (s subject) save(ctx context.Context, p cache.Partition, data, version string) (string, error) {
	v, err := s.Save(ctx, p, cache.Entry{Data: []byte(data), Version: version})
	if err != nil {
		return "", fmt.Errorf("store.Save over version %q: %w", version, err)
	}
	if v == "" && data != "" {
		return "", errors.New(`store.Save returned the version "", which means that there is no entry`)
	}
	return v, nil
}

// expect demands that a partition has this data and version.
func (s subject) expect(ctx context.Context, p cache.Partition, data, version string) error {
	e, err := s.Load(ctx, p)
	switch {
	case err != nil:
		return fmt.Errorf("store.Load: %w", err)
	case string(e.Data) != data:
		return fmt.Errorf("store.Load returned %s, want %s", brief(string(e.Data)), brief(data))
	case e.Version != version:
		return fmt.Errorf("store.Load returned version %q, want %q", e.Version, version)
	}
	return nil
}

// expectAbsent demands that a partition has no entry.
func (s subject) expectAbsent(ctx context.Context, p cache.Partition) error {
	e, err := s.Load(ctx, p)
	switch {
	case err != nil:
		return fmt.Errorf("store.Load of a partition without an entry: %w; want no error", err)
	case e.Data != nil || e.Version != "" || e.Expires != 0:
		return fmt.Errorf("store.Load of a partition without an entry returned %v, want the zero Entry", e)
	}
	return nil
}

// expectConflict demands that saving data over a version is refused.
func (s subject) expectConflict(ctx context.Context, p cache.Partition, data, version string) error {
	_, err := s.Save(ctx, p, cache.Entry{Data: []byte(data), Version: version})
	if !errors.Is(err, cache.ErrConflict) {
		return fmt.Errorf("store.Save over version %q, which is not the current one, returned error %v, want ErrConflict", version, err)
	}
	return nil
}

func brief(data string) string {
	if len(data) > 40 {
		return fmt.Sprintf("%d bytes beginning with %q", len(data), data[:40])
	}
	return fmt.Sprintf("%q", data)
}

// first returns the first error of a list.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
