package cache

import (
	"context"
	"fmt"
	"testing"
)

// A bounded store keeps what was used last, be it saved, loaded or found fresh, and never loses what it just saved.
func TestMemoryLimit(t *testing.T) {
	ctx := context.Background()
	for _, limit := range []int{1, 2, 15, 64} {
		m := &Memory{Limit: limit}
		at := func(i int) Partition { return Partition{Kind: KindUser, Owner: "client", Subject: fmt.Sprint(i)} }
		for i := 0; i < 5*limit+3; i++ {
			version, err := m.Save(ctx, at(i), Entry{Data: []byte("x")})
			if err != nil {
				t.Fatal(err)
			}
			if fresh, err := m.Fresh(ctx, at(i), version); !fresh || err != nil {
				t.Fatalf("limit %d: entry %d is gone: %v", limit, i, err)
			}
			if e, err := m.Load(ctx, at(0)); limit > 2 && (err != nil || e.Version == "") {
				t.Fatalf("limit %d: the entry that is always in use is gone after %d: %v", limit, i, err)
			}
			if n := len(m.partitions(KindUser, "client")); n > limit {
				t.Fatalf("%d entries, at most %d", n, limit)
			}
		}
		if n := len(m.partitions(KindUser, "client")); n < limit-limit/16 {
			t.Errorf("limit %d: only %d entries are left", limit, n)
		}
		if limit == 64 {
			if e, _ := m.Load(ctx, at(1)); e.Version != "" {
				t.Error("the oldest entry is still there")
			}
		}
	}
}
