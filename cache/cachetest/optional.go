package cachetest

import (
	"context"
	"fmt"

	"github.com/latchkey-auth/latchkey/cache"
)

// listed counts how often each partition is listed.
func listed(ctx context.Context, l cache.Lister, k cache.Kind, owner string) (map[cache.Partition]int, error) {
	found := map[cache.Partition]int{}
	err := l.List(ctx, k, owner, func(p cache.Partition) bool {
		found[p]++
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("store.List: %w", err)
	}
	return found, nil
}

func checkList(ctx context.Context, s subject) error {
	l, ok := s.Store.(cache.Lister)
	if !ok {
		return nil
	}
	if err := expectLists(ctx, l, nil); err != nil {
		return fmt.Errorf("of an empty store: %w", err)
	}
	all := append(hostilePartitions(),
		cache.Partition{Kind: cache.KindUser, Cloud: "login.example.com", Owner: "client2", Subject: "user"},
		cache.Partition{Kind: cache.KindApp, Cloud: "login.example.com", Owner: "client", Subject: "tenant"},
		cache.Partition{Kind: cache.KindUser, Cloud: "another.example.com", Owner: "client", Subject: "user"},
		cache.Partition{Kind: cache.KindUser, Cloud: "login.example.com", Owner: "../client", Subject: "user"},
	)
	versions := make([]string, len(all))
	for i, p := range all {
		v, err := s.save(ctx, p, "entry", "")
		if err != nil {
			return fmt.Errorf("partition %s: %w", name(p), err)
		}
		versions[i] = v
	}
	if err := expectLists(ctx, l, all); err != nil {
		return err
	}
	var left []cache.Partition
	for i, p := range all {
		if i%3 != 0 {
			left = append(left, p)
		} else if _, err := s.save(ctx, p, "", versions[i]); err != nil {
			return fmt.Errorf("removing partition %s: %w", name(p), err)
		}
	}
	if err := expectLists(ctx, l, left); err != nil {
		return fmt.Errorf("after some were removed: %w", err)
	}
	return nil
}

// expectLists demands that for each kind and owner exactly their partitions are listed.
func expectLists(ctx context.Context, l cache.Lister, all []cache.Partition) error {
	for _, k := range []cache.Kind{cache.KindUser, cache.KindApp, cache.KindOnBehalfOf, ""} {
		for _, owner := range []string{"client", "client2", "clien", "../client", "bc", "", "nobody"} {
			found, err := listed(ctx, l, k, owner)
			if err != nil {
				return err
			}
			for _, p := range all {
				if p.Kind != k || p.Owner != owner {
					continue
				}
				if n := found[p]; n != 1 {
					return fmt.Errorf("store.List of kind %q and owner %q yielded partition %s %d times, want once", k, owner, name(p), n)
				}
				delete(found, p)
			}
			for p := range found {
				return fmt.Errorf("store.List of kind %q and owner %q yielded partition %s, which is not there or not theirs", k, owner, name(p))
			}
		}
	}
	return nil
}

func checkListStops(ctx context.Context, s subject) error {
	l, ok := s.Store.(cache.Lister)
	if !ok {
		return nil
	}
	for _, user := range []string{"a", "b", "c", "d", "e"} {
		if _, err := s.save(ctx, partition(user), "entry", ""); err != nil {
			return err
		}
	}
	for _, want := range []int{1, 3} {
		n, last := 0, want
		err := l.List(ctx, cache.KindUser, "client", func(cache.Partition) bool {
			n++
			return n < last
		})
		if err != nil || n != want {
			return fmt.Errorf("store.List called yield %d times and returned error %v; yield returned false at call %d", n, err, want)
		}
	}
	return nil
}

// checkListAndChange removes what is listed, as signing everybody out does.
func checkListAndChange(ctx context.Context, s subject) error {
	l, ok := s.Store.(cache.Lister)
	if !ok {
		return nil
	}
	for _, user := range []string{"a", "b", "c"} {
		if _, err := s.save(ctx, partition(user), "entry", ""); err != nil {
			return err
		}
	}
	var failed error
	err := l.List(ctx, cache.KindUser, "client", func(p cache.Partition) bool {
		e, err := s.Load(ctx, p)
		if err == nil {
			_, err = s.save(ctx, p, "", e.Version)
		}
		failed = err
		return err == nil
	})
	if err := first(err, failed); err != nil {
		return fmt.Errorf("removing a partition while List yields it: %w", err)
	}
	return expectLists(ctx, l, nil)
}

func checkFresh(ctx context.Context, s subject) error {
	f, ok := s.Store.(cache.Freshener)
	if !ok {
		return nil
	}
	p := partition("user")
	expect := func(when, version string, want bool) error {
		got, err := f.Fresh(ctx, p, version)
		if err != nil || got != want {
			return fmt.Errorf("%s: Fresh returned %v and error %v, want %v", when, got, err, want)
		}
		return nil
	}
	if err := first(
		expect(`no entry, version ""`, "", true),
		expect("no entry, some version", "1", false),
	); err != nil {
		return err
	}
	v1, err := s.save(ctx, p, "one", "")
	if err != nil {
		return err
	}
	if err := first(
		expect("an entry, its version", v1, true),
		expect(`an entry, version ""`, "", false),
	); err != nil {
		return err
	}
	v2, err := s.save(ctx, p, "one", v1)
	if err != nil {
		return err
	}
	if err := first(
		expect("a newer entry, the old version", v1, false),
		expect("a newer entry, its version", v2, true),
	); err != nil {
		return err
	}
	if _, err := s.save(ctx, p, "", v2); err != nil {
		return err
	}
	return first(
		expect("a removed entry, its version", v2, false),
		expect(`a removed entry, version ""`, "", true),
	)
}
