package filecache

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/transport"
)

// benchmarkClient is a client of an authority that answers at once.
func benchmarkClient(b *testing.B, store cache.Store, answered func()) *latchkey.PublicClient {
	b.Helper()
	n := 0
	c, err := latchkey.NewPublic(latchkey.Config{
		Authority: "https://login.example.com", Profile: authority.OIDC(), ClientID: "client", Cache: store,
		Transport: func(_ context.Context, req *transport.Request) (*transport.Response, error) {
			n++
			defer answered()
			return &transport.Response{Status: http.StatusOK, Header: transport.Header{{Name: "Content-Type", Value: "application/json"}}, Body: answer(req, n)}, nil
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// BenchmarkHit is a silent hit of a user among many, in memory and through the layer in the
// process: the difference is one stat.
func BenchmarkHit(b *testing.B) {
	for _, users := range []int{1, 10_000} {
		for _, where := range []string{"memory", "file"} {
			b.Run(fmt.Sprintf("%s/users=%d", where, users), func(b *testing.B) {
				var store cache.Store
				if where == "file" {
					s := openStore(b, filepath.Join(b.TempDir(), "cache"), KeyFileBeside())
					s.folder.disk = unsynced{s.folder.disk}
					store = s
				}
				benchmarkHits(b, benchmarkClient(b, store, func() {}), users)
			})
		}
	}
}

func benchmarkHits(b *testing.B, c *latchkey.PublicClient, users int) {
	accounts := make([]latchkey.Account, users)
	for i := range accounts {
		r, err := c.AcquireTokenByRefreshToken(b.Context(), fmt.Sprint("rt-", i), latchkey.RefreshTokenRequest{Scopes: []string{"a"}})
		if err != nil || r.CacheError != nil {
			b.Fatal(err, r)
		}
		accounts[i] = r.Account
	}
	scopes, i, ctx := []string{"a"}, 0, context.Background()
	b.ReportAllocs()
	for b.Loop() {
		i = (i + 7919) % users
		if r, err := c.AcquireTokenSilent(ctx, latchkey.SilentRequest{Account: accounts[i], Scopes: scopes}); err != nil || r.Source.From != latchkey.FromCache {
			b.Fatal(err, r)
		}
	}
}

// BenchmarkWindow measures the time between the authority's answer and the moment in which
// the record with it is in place: what happens then is what a kill can cost (rule R34).
func BenchmarkWindow(b *testing.B) {
	for name, unsynchronized := range map[string]bool{"disk": false, "without waiting for the disk": true} {
		b.Run(name, func(b *testing.B) { benchmarkWindow(b, unsynchronized) })
	}
}

func benchmarkWindow(b *testing.B, unsynchronized bool) {
	s := openStore(b, filepath.Join(b.TempDir(), "cache"), KeyFileBeside())
	if unsynchronized {
		s.folder.disk = unsynced{s.folder.disk}
	}
	var answered time.Time
	var window time.Duration
	s.folder.disk = &renamed{s.folder.disk, func() { window += time.Since(answered) }}
	c := benchmarkClient(b, s, func() { answered = time.Now() })
	r, err := c.AcquireTokenByRefreshToken(b.Context(), "rt-0", latchkey.RefreshTokenRequest{Scopes: []string{"a"}})
	if err != nil {
		b.Fatal(err)
	}
	window = 0
	for b.Loop() {
		if r, err = c.AcquireTokenSilent(b.Context(), latchkey.SilentRequest{Account: r.Account, Scopes: []string{"a"}, ForceRefresh: true}); err != nil || r.CacheError != nil {
			b.Fatal(err, r)
		}
	}
	b.ReportMetric(float64(window.Nanoseconds())/float64(b.N), "ns/window")
}

func answer(req *transport.Request, n int) string {
	if req.Body == "" {
		return `{"issuer":"https://login.example.com","authorization_endpoint":"https://login.example.com/authorize",` +
			`"token_endpoint":"https://login.example.com/token","jwks_uri":"https://login.example.com/keys","response_types_supported":["code"]}`
	}
	return `{"token_type":"Bearer","expires_in":3600,"access_token":"at-` + strconv.Itoa(n) + record[:2000] + `","refresh_token":"rt-` + strconv.Itoa(n) + record[:1000] + `"}`
}

// renamed calls back after each rename.
type renamed struct {
	disk
	done func()
}

func (r *renamed) rename(from, to string) error {
	err := r.disk.rename(from, to)
	r.done()
	return err
}
