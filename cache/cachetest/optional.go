package cachetest

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/latchkey-auth/latchkey/cache"
)

// list returns the names of the partitions that the store lists, each followed by a line
// feed, in order.
func list(ctx context.Context, l cache.Lister, k cache.Kind, owner string) (string, error) {
	var found []cache.Partition
	err := l.List(ctx, k, owner, func(p cache.Partition) bool {
		found = append(found, p)
		return true
	})
	if err != nil {
		return "", fmt.Errorf("List: %w", err)
	}
	return names(found), nil
}

func names(list []cache.Partition) string {
	var all []string
	for _, p := range list {
		all = append(all, p.Name()+"\n")
	}
	sort.Strings(all)
	return strings.Join(all, "")
}

func checkList(ctx context.Context, s subject) error {
	l, ok := s.Store.(cache.Lister)
	if !ok {
		return nil
	}
	if got, err := list(ctx, l, cache.KindUser, "client"); err != nil || got != "" {
		return fmt.Errorf("List of an empty store yielded %s and error %v", brief(got), err)
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
			var want []cache.Partition
			for _, p := range all {
				if p.Kind == k && p.Owner == owner {
					want = append(want, p)
				}
			}
			got, err := list(ctx, l, k, owner)
			if err != nil {
				return err
			}
			if got != names(want) {
				return fmt.Errorf("List of kind %q and owner %q yielded\n%qwant\n%q", k, owner, got, names(want))
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
		n := 0
		err := l.List(ctx, cache.KindUser, "client", func(cache.Partition) bool {
			n++
			return n < want
		})
		if err != nil || n != want {
			return fmt.Errorf("List called yield %d times and returned error %v; yield returned false at call %d", n, err, want)
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
	if left, err := list(ctx, l, cache.KindUser, "client"); err != nil || left != "" {
		return fmt.Errorf("after all were removed, List yielded %s and error %v", brief(left), err)
	}
	return nil
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
