//go:build !js

package latchkey

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestPassword(t *testing.T) {
	for _, w := range []*wire{newWire(t), newEntraWire(t, homeID)} {
		t.Run(w.profile.Name, func(t *testing.T) {
			c := w.public()
			r, err := c.AcquireTokenByUsernamePassword(t.Context(), "alice@contoso.example", "p&ss wörd", UsernamePasswordRequest{Scopes: []string{"a"}, CorrelationID: "co"})
			if err != nil {
				t.Fatal(err)
			}
			expect(t, r, "at-1", FromAuthority, reasonSignIn)
			q := w.last()
			if q.Get("grant_type") != grantPassword || q.Get("username") != "alice@contoso.example" || q.Get("password") != "p&ss wörd" ||
				q.Get("scope") != joinScopes(userScopes(&w.profile, testMetadata(t, w), []string{"a"})) {
				t.Errorf("sent %v", q.Values)
			}
			expect(t, w.silent(c.client, r.Account, "a"), "at-1", FromCache, reasonValid)
			_, err = c.AcquireTokenByUsernamePassword(t.Context(), "", "p", UsernamePasswordRequest{})
			wantArgument(t, err, "username")
			_, err = c.AcquireTokenByUsernamePassword(t.Context(), "u", "", UsernamePasswordRequest{})
			wantArgument(t, err, "password")
			w.token = func(asked) answer { return refusal("invalid_grant") }
			_, err = c.AcquireTokenByUsernamePassword(t.Context(), "u", "hush-secret", UsernamePasswordRequest{})
			if errorCode(err) != "invalid_grant" || strings.Contains(err.Error(), "hush-secret") {
				t.Errorf("%v", err)
			}
		})
	}
}

// atOnce runs both and returns when both have ended. Each token request waits until two have arrived, or for a minute.
func atOnce(t *testing.T, w *wire, one, two func()) {
	t.Helper()
	var mu sync.Mutex
	arrived := make(chan struct{})
	n := 0
	w.token = func(q asked) answer {
		w.seconds.Store(time.Now().Unix())
		mu.Lock()
		if n++; n == 2 {
			close(arrived)
		}
		mu.Unlock()
		select {
		case <-arrived:
		case <-time.After(30 * time.Second):
		}
		return w.grant(q).with("id_token", jwt(w.claims(q).with("sub", q.Get("username")+q.Get("scope")))).answer()
	}
	var wg sync.WaitGroup
	wg.Go(one)
	wg.Go(two)
	wg.Wait()
}

// Two users' sign-ins never share an answer, though the program gave both one correlation id.
func TestR24_PasswordsAreNotJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t)
		c := w.public(func(cfg *Config) { cfg.Clock = time.Now })
		ask := func(user string) func() {
			return func() {
				r, err := c.AcquireTokenByUsernamePassword(t.Context(), user, "p", UsernamePasswordRequest{CorrelationID: "the-same"})
				if err != nil {
					t.Error(err)
				} else if !strings.HasPrefix(r.Account.HomeAccountID, user) {
					t.Errorf("%s got the token of %s", user, r.Account.HomeAccountID)
				}
			}
		}
		atOnce(t, w, ask("alice"), ask("bob"))
		if n := len(w.requests(grantPassword)); n != 2 {
			t.Errorf("%d requests for two users", n)
		}
	})
}

// Two imports of one token share an answer only if they want the same.
func TestR24_ImportsAreJoinedIfEqual(t *testing.T) {
	for name, second := range map[string]RefreshTokenRequest{
		"equal": {Scopes: []string{"a"}}, "scopes": {Scopes: []string{"b"}}, "resource": {Scopes: []string{"a"}, Resource: "x"},
		"extra": {Scopes: []string{"a"}, Extra: map[string]string{"x": "y"}}, "claims": {Scopes: []string{"a"}, Claims: parseClaims(t, `{"access_token":{"x":null}}`)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t)
				c := w.public(func(cfg *Config) { cfg.Clock = time.Now })
				ask := func(r RefreshTokenRequest) func() {
					return func() {
						got, err := c.AcquireTokenByRefreshToken(t.Context(), "rt", r)
						if err != nil {
							t.Error(err)
						} else if joinScopes(got.Scopes()) != joinScopes(r.Scopes) {
							t.Errorf("asked for %v, got %v", r.Scopes, got.Scopes())
						}
					}
				}
				atOnce(t, w, ask(RefreshTokenRequest{Scopes: []string{"a"}}), ask(second))
				if n := len(w.requests(grantRefresh)); (n == 1) != (name == "equal") {
					t.Errorf("%d requests", n)
				}
			})
		})
	}
}
