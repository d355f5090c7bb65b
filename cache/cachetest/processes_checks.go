//go:build !js

package cachetest

import (
	"context"
	"fmt"
	"strconv"

	"github.com/latchkey-auth/latchkey/cache"
)

var processChecks = []processCheck{
	{"lock excludes other processes", checkLockExcludesProcesses},
	{"R34 lock ends with its process", checkLockEndsWithProcess},
	{"other processes' entries are seen", checkProcessesSeeEntries},
	{"writers in processes lose nothing", checkProcessesLoseNothing},
	{"lock holders in processes never conflict", checkProcessesNeverConflict},
	{"R34 killed while saving", checkKilledWhileSaving},
}

func checkLockExcludesProcesses(ctx context.Context, s subject, others *processes) error {
	p := partition("user")
	other, err := others.start(roleHold)
	if err != nil {
		return err
	}
	if err := first(other.expect("locked"), s.expectTaken(ctx, p)); err != nil {
		return err
	}
	another := partition("another user")
	if err := s.expectFree(ctx, another); err != nil {
		return fmt.Errorf("another partition: %w", err)
	}
	return first(other.tell("unlock"), other.expect("unlocked"), s.expectFree(ctx, p))
}

func checkLockEndsWithProcess(ctx context.Context, s subject, others *processes) error {
	p := partition("user")
	for i := 0; i < 3; i++ {
		other, err := others.start(roleHold)
		if err != nil {
			return err
		}
		if err := first(other.expect("locked"), s.expectTaken(ctx, p)); err != nil {
			return err
		}
		other.kill()
		if err := s.expectFree(ctx, p); err != nil {
			return fmt.Errorf("after the process that had the lock was killed: %w", err)
		}
	}
	return nil
}

func checkProcessesSeeEntries(ctx context.Context, s subject, others *processes) error {
	p := partition("user")
	v, err := s.save(ctx, p, "1", "")
	if err != nil {
		return err
	}
	other, err := others.start(roleWrite)
	if err != nil {
		return err
	}
	if err := first(other.expect("loaded"), other.tell("save"), other.end(), s.expectNumber(ctx, p, 1+rounds), s.expectConflict(ctx, p, "0", v)); err != nil {
		return err
	}
	if f, ok := s.Store.(cache.Freshener); ok {
		if fresh, err := f.Fresh(ctx, p, v); err != nil || fresh {
			return fmt.Errorf("store.Fresh returned %v and error %v for a version that another process has replaced", fresh, err)
		}
	}
	return nil
}

const someProcesses = 4

// checkProcessesLoseNothing lets nobody save before everybody has loaded, so that at least
// once they all collide.
func checkProcessesLoseNothing(ctx context.Context, s subject, others *processes) error {
	if err := others.startSome(roleWrite); err != nil {
		return err
	}
	for _, other := range others.all {
		if err := other.expect("loaded"); err != nil {
			return err
		}
	}
	for _, other := range others.all {
		if err := other.tell("save"); err != nil {
			return err
		}
	}
	return first(others.end(), s.expectNumber(ctx, partition("user"), someProcesses*rounds))
}

func checkProcessesNeverConflict(ctx context.Context, s subject, others *processes) error {
	return first(others.startSome(roleHoldWrite), others.end(), s.expectNumber(ctx, partition("user"), someProcesses*rounds))
}

func (ps *processes) startSome(role string) error {
	for i := 0; i < someProcesses; i++ {
		if _, err := ps.start(role); err != nil {
			return err
		}
	}
	return nil
}

func (ps *processes) end() error {
	for _, p := range ps.all {
		if err := p.end(); err != nil {
			return err
		}
	}
	return nil
}

func checkKilledWhileSaving(ctx context.Context, s subject, others *processes) error {
	p := partition("user")
	for i := 0; i < 8; i++ {
		other, err := others.start(roleSave)
		if err != nil {
			return err
		}
		saved := 0
		for n := 0; n < 3+i; n++ {
			text, err := other.hear()
			if err != nil {
				return err
			}
			if saved, err = strconv.Atoi(text); err != nil {
				return err
			}
		}
		other.kill()
		if err := s.expectAtLeast(ctx, p, saved); err != nil {
			return err
		}
	}
	return nil
}

// expectAtLeast demands that what a killed process had saved is there, or something newer,
// and that its lock is free.
func (s subject) expectAtLeast(ctx context.Context, p cache.Partition, saved int) error {
	e, err := s.Load(ctx, p)
	if err != nil {
		return fmt.Errorf("store.Load, after a process was killed while it saved: %w", err)
	}
	n, err := wholeNumber(string(e.Data))
	if err != nil {
		return err
	}
	if n < saved {
		return fmt.Errorf("store.Load returned entry %d, but Save had returned for entry %d", n, saved)
	}
	if err := s.expectFree(ctx, p); err != nil {
		return err
	}
	_, err = s.save(ctx, p, wholeEntry(n), e.Version)
	return err
}
