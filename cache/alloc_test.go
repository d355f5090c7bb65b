//go:build !js

package cache

import (
	"context"
	"fmt"
	"testing"
)

func TestFindDoesNotAllocate(t *testing.T) {
	user := &Record{AccessTokens: []*AccessToken{plainToken(), plainToken()}}
	app := manyResources(1000)
	for _, test := range []struct {
		name string
		r    *Record
		q    Query
		hit  bool
	}{
		{"one scope", user, Query{Realm: "tenant", Scopes: []string{"read"}}, true},
		{"another case", user, Query{Realm: "tenant", Scopes: []string{"openid", "READ", "Write"}, TokenType: "bearer"}, true},
		{"miss", user, Query{Realm: "tenant", Scopes: []string{"none"}}, false},
		{"index", app, Query{Scopes: []string{"https://Resource0500.example.com/.default"}}, true},
		{"index miss", app, Query{Scopes: []string{"https://resource.example.com/.default"}}, false},
	} {
		if hit := test.r.Find(&test.q) != nil; hit != test.hit {
			t.Errorf("%s: hit is %v", test.name, hit)
		}
		if n := testing.AllocsPerRun(100, func() { test.r.Find(&test.q) }); n != 0 {
			t.Errorf("%s: Find allocates %v times", test.name, n)
		}
	}
}

func TestFreshDoesNotAllocate(t *testing.T) {
	m, ctx := NewMemory(), context.Background()
	p := Partition{KindUser, "https://login.example.com/tenant", "client", "user"}
	v, err := m.Save(ctx, p, Entry{Data: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = m.Fresh(ctx, p, v) }); n != 0 {
		t.Errorf("Fresh allocates %v times", n)
	}
}

func BenchmarkFind(b *testing.B) {
	b.Run("user", func(b *testing.B) {
		r := &Record{AccessTokens: []*AccessToken{plainToken()}}
		q := Query{Realm: "tenant", Scopes: []string{"https://api.example.com/Write"}}
		b.ReportAllocs()
		for b.Loop() {
			r.Find(&q)
		}
	})
	for _, n := range []int{1, indexFrom - 1, indexFrom, 100, 1000} {
		b.Run(fmt.Sprintf("resources=%d", n), func(b *testing.B) {
			r := manyResources(n)
			queries := make([]Query, n)
			for i := range queries {
				queries[i].Scopes = []string{string(r.AccessTokens[i*7919%n].Secret)}
			}
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				if r.Find(&queries[i]) == nil {
					b.Fatal("miss")
				}
				if i++; i == n {
					i = 0
				}
			}
		})
	}
}

func BenchmarkRecord(b *testing.B) {
	for _, n := range []int{1, 1000} {
		r := manyResources(n)
		data := r.Encode()
		b.Run(fmt.Sprintf("Encode/tokens=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Encode()
			}
		})
		b.Run(fmt.Sprintf("DecodeRecord/tokens=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := DecodeRecord(data); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("PutAccessToken/tokens=%d", n), func(b *testing.B) {
			token := *r.AccessTokens[n/2]
			b.ReportAllocs()
			for b.Loop() {
				r.Clone().PutAccessToken(&token)
			}
		})
	}
}
