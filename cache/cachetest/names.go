package cachetest

import (
	"context"
	"fmt"
	"strings"

	"github.com/latchkey-auth/latchkey/cache"
)

// hostilePartitions are all different, and a store that uses their fields carelessly takes
// some of them for the same, or cannot keep them.
func hostilePartitions() []cache.Partition {
	long := strings.Repeat("long/", 2000)
	subjects := []string{
		"", " ", ".", "..", "../user", "../../../../tmp/user", "/user", "user/", "user/.", `..\user`, `C:\user`, "CON", "user:stream",
		"user", "User", "USER", "user ", "user.", "user\x00", "user\x00.json", "\x00", "user\n", "user\r\nDEL *", "{user}", "user*", "user?",
		"user%2F", "user%", "üser", "u\u0308ser", "\U0001F511", "\u202eresu", "\xff", "\xfe", "\xed\xa0\x80", "\xed\xa0\x81", "\ufffd",
		"-", "-rf", "$HOME", "`id`", "'; DROP TABLE entries; --", `"`, "__proto__", "constructor", long, long + "x", long + "y",
	}
	var list []cache.Partition
	for _, subject := range subjects {
		list = append(list, partition(subject))
	}
	return append(list,
		// Fields that are one text when they are put together, with and without separators.
		cache.Partition{Kind: "user", Cloud: "ab", Owner: "c", Subject: "d"},
		cache.Partition{Kind: "user", Cloud: "a", Owner: "bc", Subject: "d"},
		cache.Partition{Kind: "user", Cloud: "a", Owner: "b", Subject: "cd"},
		cache.Partition{Kind: "usera", Cloud: "", Owner: "bc", Subject: "d"},
		cache.Partition{Kind: "user", Cloud: "", Owner: "", Subject: "abcd"},
		cache.Partition{Kind: "user", Cloud: "abcd", Owner: "", Subject: ""},
		cache.Partition{Kind: "user", Cloud: "a-b", Owner: "c", Subject: ""},
		cache.Partition{Kind: "user", Cloud: "a", Owner: "b-c", Subject: ""},
		cache.Partition{Kind: "user", Cloud: "a:b", Owner: "c", Subject: ""},
		cache.Partition{Kind: "user", Cloud: "a", Owner: "b:c", Subject: ""},
		cache.Partition{Kind: "user", Cloud: "a/b", Owner: "c", Subject: ""},
		cache.Partition{Kind: "user", Cloud: "a", Owner: "b/c", Subject: ""},
		cache.Partition{Kind: "user", Cloud: "a\x00b", Owner: "c", Subject: ""},
		cache.Partition{Kind: "user", Cloud: "a", Owner: "b\x00c", Subject: ""},
		cache.Partition{Kind: "user", Cloud: "1:a1:b", Owner: "c", Subject: ""},
		cache.Partition{Kind: "user", Cloud: "1:a", Owner: "1:bc", Subject: ""},
		cache.Partition{Kind: "app", Cloud: "a", Owner: "b", Subject: "cd"},
		cache.Partition{},
	)
}

func checkHostileNames(ctx context.Context, s subject) error {
	list := hostilePartitions()
	versions := make([]string, len(list))
	content := func(i int) string { return fmt.Sprintf("entry %d", i) }
	for i, p := range list {
		v, err := s.save(ctx, p, content(i), "")
		if err != nil {
			return fmt.Errorf("partition %s: %w", name(p), err)
		}
		versions[i] = v
	}
	for i, p := range list {
		if err := s.expect(ctx, p, content(i), versions[i]); err != nil {
			return fmt.Errorf("partition %s: %w", name(p), err)
		}
	}
	// Removing one must leave each of the others.
	for i, p := range list {
		if _, err := s.save(ctx, p, "", versions[i]); err != nil {
			return fmt.Errorf("removing partition %s: %w", name(p), err)
		}
		if err := s.expectAbsent(ctx, p); err != nil {
			return fmt.Errorf("removed partition %s: %w", name(p), err)
		}
		for j := i + 1; j < len(list); j += 1 + len(list)/8 {
			if err := s.expect(ctx, list[j], content(j), versions[j]); err != nil {
				return fmt.Errorf("partition %s, after %s was removed: %w", name(list[j]), name(p), err)
			}
		}
	}
	return nil
}

// name describes a partition for the reader of a failure.
func name(p cache.Partition) string { return brief(p.Name()) }
