package latchkey

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/transport"
)

// forced is a request that always asks the authority.
func forced(a Account, scopes ...string) SilentRequest {
	return SilentRequest{Account: a, Scopes: scopes, ForceRefresh: true}
}

func TestR13_RefreshKeepsWhatDidNotCome(t *testing.T) {
	ctx := context.Background()
	for _, w := range []*wire{newWire(t), newEntraWire(t, homeID)} {
		t.Run("R13 "+w.profile.Name, func(t *testing.T) {
			c := w.public()
			r := w.signIn(c.client, "a")
			w.token = func(q asked) answer { return w.grant(q).without("refresh_token", "id_token", "client_info").answer() }
			for range [2]int{} {
				got, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a"))
				if err != nil {
					t.Fatal(err)
				}
				if w.last().Get("refresh_token") != "rt-1" {
					t.Errorf("sent %q, not the refresh token that is still good", w.last().Get("refresh_token"))
				}
				if got.Account != r.Account || got.IDToken() != r.IDToken() || got.Claims().Text("sub") != "user-1" {
					t.Errorf("account %+v, claims %s", got.Account, got.Claims().JSON())
				}
			}
			w.token = nil
			if _, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a")); err != nil {
				t.Fatal(err)
			}
			if _, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a")); err != nil || w.last().Get("refresh_token") != "rt-4" {
				t.Errorf("after a rotation: %v, sent %q", err, w.last().Get("refresh_token"))
			}
		})
	}
}

func TestR13_RefreshIDToken(t *testing.T) {
	ctx := context.Background()
	tests := []struct {
		name   string
		entra  bool
		change func(claims members)
		checks []string // nil: accepted
	}{
		{"R13 no nonce", false, func(members) {}, nil},
		{"R13 the old nonce", false, func(c members) { c["nonce"] = "the old one" }, nil},
		{"R13 another nonce", false, func(c members) { c["nonce"] = "another" }, []string{"nonce"}},
		{"R13 another sub", false, func(c members) { c["sub"] = "user-2" }, []string{"sub"}},
		{"R13 another iss", false, func(c members) { c["iss"] = "https://evil.example" }, []string{"iss"}},
		{"R13 another aud", false, func(c members) { c["aud"] = "another" }, []string{"aud"}},
		{"R13 one more aud", false, func(c members) { c["aud"], c["azp"] = []string{wireClient, "another"}, wireClient }, []string{"aud"}},
		{"R13 aud as a list", false, func(c members) { c["aud"] = []string{wireClient} }, nil},
		{"R13 other claims may change", false, func(c members) { c["name"], c["iat"] = "New Name", 1_799_999_999 }, nil},
		{"R13 Entra, another sub", true, func(c members) { c["sub"] = "user-2" }, []string{"sub"}},
		{"R13 Entra, another tenant", true, func(c members) { c["iss"], c["tid"] = wireCloud+guestID+"/v2.0", guestID }, []string{"iss"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t)
			if tt.entra {
				w = newEntraWire(t, homeID)
			}
			store := cache.NewMemory()
			c := w.public(func(cfg *Config) { cfg.Cache = store })
			r := w.signIn(c.client, "a")
			before := stored(t, store)
			w.token = func(q asked) answer {
				claims := w.claims(q)
				tt.change(claims)
				if claims["nonce"] == "the old one" {
					claims["nonce"] = r.Claims().Text("nonce")
				}
				return w.grant(q).with("id_token", jwt(claims)).answer()
			}
			got, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a"))
			if tt.checks == nil {
				if err != nil {
					t.Fatal(err)
				}
				expect(t, got, "at-2", FromAuthority, reasonForced)
				return
			}
			wantCheck(t, err, tt.checks...)
			if errors.Is(err, ErrInteractionRequired) {
				t.Error("a refused answer is no sign-out")
			}
			if after := stored(t, store); after != before {
				t.Error("something was saved")
			}
			expect(t, w.silent(c.client, r.Account, "a"), "at-1", FromCache, reasonValid)
		})
	}
}

// An ID token for fewer scopes has fewer claims, and the user has the same names as before.
func TestR13_NamesAreKept(t *testing.T) {
	w := newWire(t)
	c := w.public()
	r := w.signIn(c.client, "a")
	w.token = func(q asked) answer {
		claims := w.claims(q)
		delete(claims, "preferred_username")
		claims["name"] = "New Name"
		return w.grant(q).with("id_token", jwt(claims)).answer()
	}
	got, err := c.AcquireTokenSilent(context.Background(), forced(r.Account, "a"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Account.Username == "" || got.Account.Username != r.Account.Username || got.Account.Name != "New Name" {
		t.Errorf("%+v has become %+v", r.Account, got.Account)
	}
}

// A refresh that is answered for another user is refused without an ID token to compare, too.
func TestR13_AnotherUserByClientInfo(t *testing.T) {
	w := newEntraWire(t, homeID)
	c := w.public()
	r := w.signIn(c.client, "a")
	w.token = func(q asked) answer {
		return w.grant(q).without("id_token").with("client_info", clientInfo("user-2", homeID)).answer()
	}
	_, err := c.AcquireTokenSilent(context.Background(), forced(r.Account, "a"))
	wantCheck(t, err, "sub")
	expect(t, w.silent(c.client, r.Account, "a"), "at-1", FromCache, reasonValid)
}

// stored returns all that a store holds.
func stored(t testing.TB, s *cache.Memory) string {
	t.Helper()
	ctx, all := context.Background(), ""
	for _, k := range []cache.Kind{cache.KindUser, cache.KindApp} {
		err := s.List(ctx, k, wireClient, func(p cache.Partition) bool {
			e, err := s.Load(ctx, p)
			if err != nil {
				t.Fatal(err)
			}
			all += p.Name() + " " + e.Version + " " + string(e.Data) + "\n"
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestR22_LostRace(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	store := cache.NewMemory()
	share := func(cfg *Config) { cfg.Cache = store }
	c, winner := w.public(share), w.public(share)
	r := w.signIn(c.client, "a")

	w.token = func(q asked) answer {
		if q.Get("refresh_token") != "rt-1" {
			return w.grant(q).answer()
		}
		// Somebody without the lock was faster: rt-1 is spent, and what it gave is in the store.
		w.token = nil
		if _, err := winner.AcquireTokenByRefreshToken(ctx, "won", RefreshTokenRequest{Scopes: []string{"a"}}); err != nil {
			t.Error(err)
		}
		return refusal("invalid_grant")
	}
	got, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a"))
	if err != nil {
		t.Fatalf("losing the race: %v", err)
	}
	expect(t, got, "at-3", FromAuthority, reasonForced)
	if w.last().Get("refresh_token") != "rt-2" {
		t.Errorf("sent %q, not the winner's token", w.last().Get("refresh_token"))
	}
}

func TestR22_NoNewerToken(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	c := w.public(func(cfg *Config) { cfg.Cache = cache.NewMemory() })
	r := w.signIn(c.client, "a")
	w.token = func(asked) answer { return refusal("invalid_grant") }
	_, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a"))
	if !errors.Is(err, ErrInteractionRequired) || len(w.requests(grantRefresh)) != 1 {
		t.Errorf("%v after %d requests, want ErrInteractionRequired after one", err, len(w.requests(grantRefresh)))
	}
}

// If the winner's token is refused as well, that is the end.
func TestR22_LostTwice(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	store := cache.NewMemory()
	share := func(cfg *Config) { cfg.Cache = store }
	c, winner := w.public(share), w.public(share)
	r := w.signIn(c.client, "a")
	w.token = func(q asked) answer {
		if q.Get("refresh_token") == "won" {
			return w.grant(q).answer()
		}
		if _, err := winner.AcquireTokenByRefreshToken(ctx, "won", RefreshTokenRequest{Scopes: []string{"a"}}); err != nil {
			t.Error(err)
		}
		return refusal("invalid_grant")
	}
	_, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a"))
	spent := 0
	for _, q := range w.requests(grantRefresh) {
		if q.Get("refresh_token") != "won" {
			spent++
		}
	}
	if !errors.Is(err, ErrInteractionRequired) || spent != 2 {
		t.Errorf("%v after %d attempts", err, spent)
	}
}

// A store that fails just then cannot tell a lost race from a sign-out, so neither do we.
func TestR22_StoreFails(t *testing.T) {
	w := newWire(t)
	store := &troubledStore{Store: cache.NewMemory()}
	c := w.public(func(cfg *Config) { cfg.Cache = store })
	r := w.signIn(c.client, "a")
	w.token = func(asked) answer {
		store.fail("Load")
		return refusal("invalid_grant")
	}
	_, err := c.AcquireTokenSilent(context.Background(), forced(r.Account, "a"))
	if errors.Is(err, ErrInteractionRequired) || !errors.Is(err, errStore) {
		t.Errorf("error %v, want the store's", err)
	}
}

func TestR22_NoAnswer(t *testing.T) {
	ctx := context.Background()
	lost := &transport.Error{Method: "POST", Host: "op.example", Err: errors.New("reset")}
	flows := map[string]func(*client, Account) error{
		"silent": func(c *client, a Account) error {
			_, err := c.AcquireTokenSilent(ctx, forced(a, "a"))
			return err
		},
		"import": func(c *client, _ Account) error {
			_, err := c.AcquireTokenByRefreshToken(ctx, "rt", RefreshTokenRequest{})
			return err
		},
	}
	tests := []struct {
		name   string
		errors []error // of the requests, in order
		want   int     // requests
		ok     bool
	}{
		{"R22 answered", []error{nil}, 1, true},
		{"R22 repeated once", []error{lost, nil}, 2, true},
		{"R22 not twice", []error{lost, lost, nil}, 2, false},
		{"R22 an answer that is too long is one", []error{&transport.Error{Method: "POST", Err: transport.ErrBodyTooLarge}, nil}, 1, false},
	}
	for name, ask := range flows {
		for _, tt := range tests {
			t.Run(tt.name+", "+name, func(t *testing.T) {
				w := newWire(t)
				c := w.public()
				r := w.signIn(c.client, "a")
				n := 0
				w.token = func(q asked) answer {
					n++
					if err := tt.errors[n-1]; err != nil {
						return answer{err: err}
					}
					return w.grant(q).answer()
				}
				err := ask(c.client, r.Account)
				if n != tt.want || (err == nil) != tt.ok {
					t.Errorf("%d requests, %v", n, err)
				}
				var e *transport.Error
				if err != nil && !errors.As(err, &e) {
					t.Errorf("error %T, want a *transport.Error", err)
				}
				all := w.requests(grantRefresh)
				if n == 2 && all[0].Get("refresh_token") != all[1].Get("refresh_token") {
					t.Error("the repetition was with another token")
				}
			})
		}
	}
	t.Run("R22 a code never", func(t *testing.T) {
		w := newWire(t)
		w.token = func(asked) answer { return answer{err: lost} }
		if _, err := w.trySignIn(w.public().client); !errors.Is(err, lost) || len(w.requests(grantCode)) != 1 {
			t.Errorf("%d requests, %v", len(w.requests(grantCode)), err)
		}
	})
	t.Run("R22 an error answer never", func(t *testing.T) {
		w := newWire(t)
		c := w.public()
		r := w.signIn(c.client, "a")
		w.token = func(asked) answer { return answer{status: 503} }
		if _, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a")); err == nil || len(w.requests(grantRefresh)) != 1 {
			t.Errorf("%d requests, %v", len(w.requests(grantRefresh)), err)
		}
	})
}

// Whoever signs in again after the clock went back gets the new refresh token, not the one from the future.
func TestR28_SignInAfterClockMovedBack(t *testing.T) {
	w := newWire(t)
	c := w.public()
	w.advance(1000 * 24 * time.Hour)
	w.signIn(c.client, "a")
	w.advance(-1000 * 24 * time.Hour)
	r := w.signIn(c.client, "a")
	if _, err := c.AcquireTokenSilent(context.Background(), forced(r.Account, "a")); err != nil || w.last().Get("refresh_token") != "rt-2" {
		t.Errorf("%v, sent %q, want rt-2", err, w.last().Get("refresh_token"))
	}
}

// An imported token belongs to whoever it says, and is renewed like any other.
func TestImport(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	c := w.public()
	w.token = func(q asked) answer {
		return w.grant(q).with("id_token", jwt(w.claims(q).with("nonce", "another program's"))).answer()
	}
	r, err := c.AcquireTokenByRefreshToken(ctx, "elsewhere", RefreshTokenRequest{Scopes: []string{"a"}})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, r, "at-1", FromAuthority, reasonImport)
	if q := w.last(); q.Get("refresh_token") != "elsewhere" || q.Get("scope") != "a" {
		t.Errorf("sent %v, scope %q", q.Values, q.Get("scope"))
	}
	expect(t, w.silent(c.client, r.Account, "a"), "at-1", FromCache, reasonValid)
	if _, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a")); err != nil || w.last().Get("refresh_token") != "rt-1" {
		t.Errorf("%v, sent %q", err, w.last().Get("refresh_token"))
	}
	_, err = c.AcquireTokenByRefreshToken(ctx, "", RefreshTokenRequest{})
	wantArgument(t, err, "refreshToken")
}
