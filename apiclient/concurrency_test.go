package apiclient_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/apiclient"
	"github.com/latchkey-auth/latchkey/transport"
)

const crowd = 100

// crowded sends many requests at once and returns how many got which status.
func crowded(t *testing.T, rt http.RoundTripper, url string) map[int]int {
	t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	got := map[int]int{}
	for range crowd {
		all.Go(func() {
			resp, err := do(t, rt, "GET", url, "")
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			got[resp.StatusCode]++
		})
	}
	all.Wait()
	return got
}

func TestR42_OneChallengeForACrowd(t *testing.T) {
	for name, test := range map[string]struct {
		challenge string
		service   bool
	}{
		"claims":          {insufficient(cp1Claims), false},
		"invalid_token":   {`Bearer error="invalid_token"`, false},
		"service":         {insufficient(cp1Claims), true},
		"service revoked": {`Bearer error="invalid_token"`, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			rt := w.transport()
			if test.service {
				rt = w.service()
			}
			// All of the crowd are refused with the first token before any of them is answered.
			var refused atomic.Int32
			var arrived sync.WaitGroup
			arrived.Add(crowd)
			first := ""
			w.api.set(func(rw http.ResponseWriter, r seen) {
				w.api.mu.Lock()
				if first == "" {
					first = r.token
				}
				old := r.token == first
				w.api.mu.Unlock()
				if old {
					refused.Add(1)
					arrived.Done()
					arrived.Wait()
					unauthorized(rw, test.challenge)
				}
			})
			if got := crowded(t, rt, w.api.url+"/a"); got[200] != crowd {
				t.Errorf("got %v", got)
			}
			want := 1
			if test.service {
				want = 2 // its first token is no renewal
			}
			if n := w.renewals(); n != want || refused.Load() != crowd {
				t.Errorf("R42 %d token requests for %d refusals, want %d", n, refused.Load(), want)
			}
		})
	}
}

// Those who come late, when the renewal is over, find that it was done.
func TestR42_Latecomers(t *testing.T) {
	w := newWorld(t)
	rt := w.transport()
	late := make(chan struct{})
	arrived := make(chan struct{}, crowd)
	first := ""
	w.api.set(func(rw http.ResponseWriter, r seen) {
		w.api.mu.Lock()
		if first == "" {
			first = r.token
		}
		old := r.token == first
		w.api.mu.Unlock()
		if old && r.URL.Path == "/late" {
			arrived <- struct{}{}
			<-late
		}
		if old {
			unauthorized(rw, insufficient(nameClaims))
		}
	})
	done := make(chan map[int]int)
	go func() { done <- crowded(t, rt, w.api.url+"/late") }()
	for range crowd {
		<-arrived
	}
	if got := status(t, rt, "GET", w.api.url+"/early", ""); got != 200 || w.renewals() != 1 {
		t.Errorf("early: status %d, %d renewals", got, w.renewals())
	}
	close(late)
	if got := <-done; got[200] != crowd || w.renewals() != 1 {
		t.Errorf("R42 late: %v, %d renewals", got, w.renewals())
	}
}

// R42: a crowd that cannot be helped asks the authority once.
func TestR42_OneRefusalForACrowd(t *testing.T) {
	w := newWorld(t)
	rt := w.transport()
	w.api.set(func(rw http.ResponseWriter, r seen) { unauthorized(rw, insufficient(nameClaims)) })
	var asked atomic.Int32
	w.meddle(func(r *transport.Request) *transport.Response {
		asked.Add(1)
		return refuse(map[string]string{"error": "interaction_required"})(r)
	}, nil)
	var all sync.WaitGroup
	for range crowd {
		all.Go(func() {
			_, err := do(t, rt, "GET", w.api.url+"/a", "")
			if !errors.Is(err, latchkey.ErrInteractionRequired) {
				t.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	if asked.Load() != 1 {
		t.Errorf("R42 the authority was asked %d times", asked.Load())
	}
}

// One transport for the users of a server: the source takes the user from the context. Challenges to all of them at
// once never mix their tokens up.
func TestUsersAreKeptApart(t *testing.T) {
	w := newWorld(t)
	type key struct{}
	users := []latchkey.Account{w.user, w.signIn("blake@contoso.test")}
	rt := w.transport()
	rt.Source = func(ctx context.Context, r apiclient.TokenRequest) (*latchkey.Result, error) {
		user, _ := ctx.Value(key{}).(latchkey.Account)
		return apiclient.ForUser(w.app, latchkey.SilentRequest{Account: user})(ctx, r)
	}
	w.api.set(func(rw http.ResponseWriter, r seen) {
		if r.claims["preferred_username"] != r.Header.Get("X-User") {
			t.Errorf("%s sent a token of %v", r.Header.Get("X-User"), r.claims["preferred_username"])
		}
		demands("xms_cc", cp1Claims)(rw, r)
	})
	var all sync.WaitGroup
	for i := range crowd {
		all.Go(func() {
			user := users[i%2]
			r, _ := http.NewRequestWithContext(context.WithValue(t.Context(), key{}, user), "GET", w.api.url+"/a", nil)
			r.Header.Set("X-User", user.Username)
			resp, err := rt.RoundTrip(r)
			if err != nil || resp.StatusCode != 200 {
				t.Errorf("%s: %v, %v", user.Username, resp, err)
				return
			}
			resp.Body.Close()
		})
	}
	all.Wait()
	if n := w.renewals(); n != 2 {
		t.Errorf("R42 %d renewals, want one for each user", n)
	}
}
