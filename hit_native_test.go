//go:build !js

package latchkey

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/transport"
)

// layer is a store that answers Fresh, or not.
func layers() map[string]func() cache.Store {
	return map[string]func() cache.Store{
		"memory":    func() cache.Store { return nil },
		"freshener": func() cache.Store { return cache.NewMemory() },
		"old store": func() cache.Store { return &troubledStore{Store: cache.NewMemory()} },
	}
}

// What a hit has found serves no request that it is not for, and none after the cache has changed.
func TestR24_R25_R28_R31_NoStaleHit(t *testing.T) {
	ctx := context.Background()
	type scene struct {
		*wire
		c, other *PublicClient // other shares the store, if there is one
		account  Account
	}
	forcedBy := func(s *scene, c *PublicClient) {
		if _, err := c.AcquireTokenSilent(ctx, forced(s.account, "a")); err != nil {
			s.t.Fatal(err)
		}
	}
	tests := []struct {
		name   string
		change func(s *scene, ask *SilentRequest)
		want   string // the token; "": the user has to sign in
	}{
		{"R31 nothing", func(*scene, *SilentRequest) {}, "at-1"},
		{"R24 letter case of a scope", func(_ *scene, ask *SilentRequest) { ask.Scopes = []string{"A"} }, "at-1"},
		{"R24 a scope more that does not count", func(_ *scene, ask *SilentRequest) { ask.Scopes = []string{"a", "openid"} }, "at-1"},
		{"R31 signed out here", func(s *scene, _ *SilentRequest) { _ = s.c.RemoveAccount(ctx, s.account) }, ""},
		{"R31 signed out by SignOut", func(s *scene, _ *SilentRequest) { _, _ = s.c.SignOut(ctx, SignOutRequest{Account: s.account}) }, ""},
		{"R31 signed out elsewhere", func(s *scene, _ *SilentRequest) { _ = s.other.RemoveAccount(ctx, s.account); s.advance(maxLayerAge) }, ""},
		{"R25 renewed here", func(s *scene, _ *SilentRequest) { forcedBy(s, s.c) }, "at-2"},
		{"R25 renewed elsewhere", func(s *scene, _ *SilentRequest) { forcedBy(s, s.other); s.advance(maxLayerAge) }, "at-2"},
		{"R28 the clock moved back", func(s *scene, _ *SilentRequest) { s.advance(-time.Hour) }, "at-2"},
		{"R28 soon ended", func(s *scene, _ *SilentRequest) { s.advance(55 * time.Minute) }, "at-2"},
		{"R28 ended", func(s *scene, _ *SilentRequest) { s.advance(2 * time.Hour) }, "at-2"},
		{"R25 forced", func(_ *scene, ask *SilentRequest) { ask.ForceRefresh = true }, "at-2"},
		{"R25 challenged", func(_ *scene, ask *SilentRequest) {
			ask.ClaimsChallenge = `{"access_token":{"nbf":{"essential":true}}}`
		}, "at-2"},
		{"R25 rejected", func(_ *scene, ask *SilentRequest) { ask.Rejected, _ = tokenHash("at-1") }, "at-2"},
		{"R25 another was rejected", func(_ *scene, ask *SilentRequest) { ask.Rejected, _ = tokenHash("at-0") }, "at-1"},
		{"R25 claims of its own", func(_ *scene, ask *SilentRequest) { ask.Claims.AccessToken = map[string]ClaimRequest{"x": {}} }, "at-2"},
		{"R24 extra parameters", func(_ *scene, ask *SilentRequest) { ask.Extra = map[string]string{"x": "y"} }, "at-2"},
		{"R24 a resource", func(_ *scene, ask *SilentRequest) { ask.Resource = "https://api.example" }, "at-2"},
		{"R24 another scope", func(_ *scene, ask *SilentRequest) { ask.Scopes = []string{"b"} }, ""},
		{"R24 a scope more", func(_ *scene, ask *SilentRequest) { ask.Scopes = []string{"a", "b"} }, ""},
		{"another user", func(_ *scene, ask *SilentRequest) { ask.Account.HomeAccountID = "user-2" }, ""},
	}
	for layer, newStore := range layers() {
		for _, tt := range tests {
			t.Run(tt.name+", "+layer, func(t *testing.T) {
				store := newStore()
				w := newWire(t)
				s := &scene{wire: w}
				share := func(cfg *Config) { cfg.Cache = store }
				s.c = w.public(share)
				if s.other = s.c; store != nil {
					s.other = w.public(share)
				}
				w.profile.ResourceParameter = "resource"
				s.c.config.Profile.ResourceParameter = "resource"
				flow := w.begin(s.c.client, AuthCodeRequest{Scopes: []string{"a"}})
				w.token = func(q asked) answer { return w.grant(q).with("scope", q.Get("scope")+" ").answer() }
				r, err := s.c.AcquireTokenByCode(ctx, flow, "code=c&state="+flow.State())
				if err != nil {
					t.Fatal(err)
				}
				s.account = r.Account
				ask := SilentRequest{Account: r.Account, Scopes: []string{"a"}}
				for range [2]int{} { // the second one is the short way
					expect(t, w.silent(s.c.client, r.Account, "a"), "at-1", FromCache, reasonValid)
				}
				tt.change(s, &ask)
				got, err := s.c.AcquireTokenSilent(ctx, ask)
				switch {
				case tt.want == "":
					if !errors.Is(err, ErrInteractionRequired) {
						t.Errorf("%v, %v", got, err)
					}
				case err != nil:
					t.Error(err)
				case got.AccessToken() != tt.want:
					t.Errorf("the token is %s, want %s", got.AccessToken(), tt.want)
				}
			})
		}
	}
}

// A user of two tenants gets the token of the one that is asked for, however often.
func TestR24_HitsOfTwoTenants(t *testing.T) {
	ctx := context.Background()
	w := newEntraWire(t, homeID)
	c := w.public()
	r := w.signIn(c.client, "a")
	for i := 0; i < 3; i++ {
		expectToken(t, c, SilentRequest{Account: r.Account, Scopes: []string{"a"}}, "at-1")
		expectToken(t, c, SilentRequest{Account: r.Account, Scopes: []string{"a"}, Tenant: guestID}, "at-2")
	}
	if got, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Scopes: []string{"a"}, Tenant: guestID}); err != nil || got.Account.TenantID != guestID {
		t.Errorf("%+v, %v", got, err)
	}
}

func expectToken(t *testing.T, c *PublicClient, ask SilentRequest, want string) {
	t.Helper()
	got, err := c.AcquireTokenSilent(context.Background(), ask)
	if err != nil || got.AccessToken() != want {
		t.Errorf("%v, %v, want %s", got, err, want)
	}
}

// The short way refuses what the long one does: it is no way around a check.
func TestHitChecksScopes(t *testing.T) {
	w := newWire(t)
	c := w.public()
	r := w.signIn(c.client, "a", "b")
	for range [2]int{} {
		expectToken(t, c, SilentRequest{Account: r.Account, Scopes: []string{"a", "b"}}, "at-1")
		for _, bad := range [][]string{{"a b"}, {"a", ""}, {"a", " b"}, {"a\n"}, {""}} {
			_, err := c.AcquireTokenSilent(context.Background(), SilentRequest{Account: r.Account, Scopes: bad})
			var refused *ArgumentError
			if !errors.As(err, &refused) {
				t.Errorf("%q: %v", bad, err)
			}
		}
	}
}

func TestSpells(t *testing.T) {
	tests := []struct {
		words  string
		scopes []string
		want   bool
	}{
		{"a", []string{"a"}, true},
		{"a b", []string{"a", "b"}, true},
		{"", nil, false},
		{"", []string{""}, true}, // such a request is refused before, and no token has such scopes
		{"a", nil, false},
		{"a", []string{"b"}, false},
		{"a", []string{"A"}, false},
		{"a b", []string{"a b"}, false},
		{"a b", []string{"b", "a"}, false},
		{"a b", []string{"a"}, false},
		{"a", []string{"a", "b"}, false},
		{"ab", []string{"a", "b"}, false},
		{"a  b", []string{"a", "", "b"}, true},
	}
	for _, tt := range tests {
		if got := spells(tt.words, tt.scopes); got != tt.want {
			t.Errorf("%q, %q: %v", tt.words, tt.scopes, got)
		}
	}
}

// What the short way thinks of a token is what judge does, at every second of its life.
func TestR28_HitAgreesWithJudge(t *testing.T) {
	c := newWire(t).public(func(cfg *Config) { cfg.RenewBefore = 20 * time.Second }).client
	for _, token := range []cache.AccessToken{
		{CachedAt: 1000, ExpiresOn: 1100},
		{CachedAt: 1000, ExpiresOn: 1003},
		{CachedAt: 1000, ExpiresOn: 1000},
		{CachedAt: 1000, ExpiresOn: 1100, RefreshOn: 1050},
		{CachedAt: 1000, ExpiresOn: 1100, RefreshOn: 1099},
		{CachedAt: 1000, ExpiresOn: 0},
	} {
		kept := token
		kept.RequestedScopes = "a"
		h := &held{record: &cache.Record{AccessTokens: []*cache.AccessToken{&kept}}}
		var f finding
		if !c.search(h, &cache.Query{Scopes: []string{"a"}}, &f) {
			t.Fatal("nothing found")
		}
		for now := int64(990); now < 1110; now++ {
			if got, want := f.from <= now && now < f.until, c.judge(&kept, now) == ""; got != want {
				t.Errorf("%+v at %d: %v, want %v", &kept, now, got, want)
			}
		}
	}
}

// A record keeps what was found in it, up to a number, and every scope is still found.
func TestFindingsAreBounded(t *testing.T) {
	w := newEntraWire(t, homeID)
	c := w.public()
	r := w.signIn(c.client, "s0")
	p := c.partition(cache.KindUser, "login.windows.net", r.Account.HomeAccountID)
	for i := 1; i < 8; i++ {
		expect(t, w.silent(c.client, r.Account, "s"+strconv.Itoa(i)), "at-"+strconv.Itoa(i+1), FromAuthority, reasonNoToken)
	}
	for range [3]int{} {
		for i := 0; i < 8; i++ {
			expect(t, w.silent(c.client, r.Account, "s"+strconv.Itoa(i)), "at-"+strconv.Itoa(i+1), FromCache, reasonValid)
		}
	}
	if n := c.vault.peek(p).found.last.Load().number; n != maxFindings {
		t.Errorf("%d findings", n)
	}
}

// A hit allocates its result and nothing else.
func TestHitAllocates(t *testing.T) {
	ctx := context.Background()
	w := newEntraWire(t, homeID)
	c := w.public()
	r := w.signIn(c.client, "a", "b")
	ask := SilentRequest{Account: Account{HomeAccountID: r.Account.HomeAccountID}, Scopes: []string{"a", "b"}}
	service := &ConfidentialClient{w.confidential(Secret("s"))}
	app := ClientCredentialRequest{Scopes: []string{"a/.default"}, Tenant: guestID}
	assertion := jwt(members{"sub": "user-1", "exp": w.seconds.Load() + 3600})
	behalf := OnBehalfOfRequest{Scopes: []string{"a"}}
	for name, do := range map[string]struct {
		most float64
		hit  func() (*Result, error)
	}{
		"silent":       {1, func() (*Result, error) { return c.AcquireTokenSilent(ctx, ask) }},
		"app":          {1, func() (*Result, error) { return service.AcquireTokenByClientCredential(ctx, app) }},
		"on behalf of": {2, func() (*Result, error) { return service.AcquireTokenOnBehalfOf(ctx, assertion, behalf) }},
	} {
		if _, err := do.hit(); err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() { _, _ = do.hit() }); n > do.most {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// Readers without a lock see each record that stays, whatever happens to the others.
func TestShardsAreSearchedWhileTheyChange(t *testing.T) {
	ctx := context.Background()
	v := newVault(nil, func() time.Time { return time.Unix(1_800_000_000, 0) })
	partition := func(kind string, n int) cache.Partition {
		return cache.Partition{Kind: cache.KindUser, Owner: "app", Subject: kind + strconv.Itoa(n)}
	}
	put := func(p cache.Partition) {
		_, err := v.update(ctx, p, &change{create: true, apply: func(r *cache.Record) { r.PutAccount(&cache.Account{HomeAccountID: p.Subject}) }})
		if err != nil {
			t.Error(err)
		}
	}
	const stays, comes = 50, 2000
	for n := 0; n < stays; n++ {
		put(partition("stays", n))
	}
	var writers, readers sync.WaitGroup
	var done atomic.Bool
	for r := 0; r < 2; r++ {
		readers.Add(1)
		go func() {
			defer readers.Done()
			for n := 0; !done.Load(); n++ {
				p := partition("stays", n%stays)
				if h := v.peek(p); h == nil || h.record.Accounts[0].HomeAccountID != p.Subject {
					t.Error("a record was not found: " + p.Subject)
					return
				}
				p = partition("comes", n%comes)
				if h := v.peek(p); h != nil && h.record.Accounts[0].HomeAccountID != p.Subject {
					t.Error("the record of another user")
					return
				}
			}
		}()
	}
	for r := 0; r < 2; r++ {
		writers.Add(1)
		go func() {
			defer writers.Done()
			for n := 0; n < comes; n++ {
				put(partition("comes", n))
				if n%3 != 0 {
					v.drop(partition("comes", n-n%7))
				}
				put(partition("stays", n%stays))
			}
		}()
	}
	writers.Wait()
	done.Store(true)
	readers.Wait()
	kept := map[string]bool{}
	for _, h := range v.all() {
		if kept[h.partition.Subject] {
			t.Error("held twice: " + h.partition.Subject)
		}
		kept[h.partition.Subject] = true
	}
	for n := 0; n < comes; n++ {
		if p := partition("comes", n); kept[p.Subject] != (v.peek(p) != nil) {
			t.Error(p.Subject)
		}
	}
}

// A table in which records come and go does not grow for ever.
func TestShardsDoNotGrow(t *testing.T) {
	v := newVault(nil, time.Now)
	p := cache.Partition{Subject: "the same shard"}
	s, at := v.shard(p)
	for n := 0; n < 10_000; n++ {
		p.Owner = strconv.Itoa(n)
		s.put(at, &held{partition: p})
		s.remove(at, p)
	}
	if n := len(*s.slots.Load()); n > 16 || s.count != 0 {
		t.Errorf("%d slots for %d records", n, s.count)
	}
}

// On one client and a store with an entry for each user no call fails and none gets the token of another user, whoever
// signs in meanwhile.
func TestManyGoroutinesOnOneClient(t *testing.T) {
	const goroutines, users, calls = 64, 64, 20_000
	ctx := context.Background()
	for layer, newStore := range layers() {
		w := newWire(t)
		var issued atomic.Int64
		c := w.public(func(cfg *Config) {
			cfg.Cache = newStore()
			send := cfg.Transport
			cfg.Transport = func(ctx context.Context, r *transport.Request) (*transport.Response, error) {
				if r.Method == "GET" {
					return send(ctx, r)
				}
				_, user, _ := strings.Cut(r.Body, "refresh_token=")
				user, _, _ = strings.Cut(user, "&")
				claims := members{"iss": wireIssuer, "sub": user, "aud": wireClient, "iat": 1_800_000_000, "exp": 1_800_003_600}
				body := members{"token_type": "Bearer", "access_token": user + "/" + strconv.FormatInt(issued.Add(1), 10), "expires_in": 3600,
					"refresh_token": user, "id_token": jwt(claims), "scope": "a"}
				return &transport.Response{Status: 200, Body: body.String()}, nil
			}
		})
		signIn := func(n int) {
			if _, err := c.AcquireTokenByRefreshToken(ctx, fmt.Sprint("user-", n), RefreshTokenRequest{Scopes: []string{"a"}}); err != nil {
				t.Error(err)
			}
		}
		for n := 0; n < users; n++ {
			signIn(n)
		}
		var failed atomic.Int64
		var all sync.WaitGroup
		for g := 0; g < goroutines; g++ {
			all.Add(1)
			go func() {
				defer all.Done()
				for i := 0; i < calls/goroutines; i++ {
					user := fmt.Sprint("user-", (g*31+i*7)%users)
					r, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: Account{HomeAccountID: user}, Scopes: []string{"a"}})
					if err != nil || r.Account.HomeAccountID != user || !strings.HasPrefix(r.AccessToken(), user+"/") {
						failed.Add(1)
					}
					if i%50 == 0 {
						signIn((g + i) % users)
					}
				}
			}()
		}
		all.Wait()
		if n := failed.Load(); n != 0 {
			t.Errorf("%s: %d of %d calls failed", layer, n, calls)
		}
	}
}
