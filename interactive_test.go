//go:build !js

package latchkey_test

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/latchkey-auth/latchkey"
)

// An agent takes a user through the authority's pages.
type agent struct {
	w       *world
	user    string
	asked   atomic.Int32  // how often pages were shown
	hold    chan struct{} // if not nil, the user waits for it
	showing chan struct{} // if not nil, told when pages are shown
	modes   []string
}

func (a *agent) Authorize(ctx context.Context, loopbackHost string, begin func(context.Context, string, []string) (string, error)) (string, error) {
	page, err := begin(ctx, "http://"+loopbackHost+":4321", a.modes)
	if err != nil {
		return "", err
	}
	a.asked.Add(1)
	if a.showing != nil {
		a.showing <- struct{}{}
	}
	if a.hold != nil {
		select {
		case <-a.hold:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	back, err := a.w.srv.Complete(ctx, page, a.user)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(back)
	if err != nil {
		return "", err
	}
	return u.RawQuery, nil
}

func TestInteractive(t *testing.T) {
	for _, modes := range [][]string{nil, {"query"}, {"form_post", "query"}} {
		eachProvider(t, "authorization_code", func(t *testing.T, w *world) {
			c := w.public()
			a := &agent{w: w, user: w.user.Username, modes: modes}
			r, err := c.AcquireTokenInteractive(w.ctx, a, latchkey.InteractiveRequest{Scopes: w.scopes()})
			w.check(r, err, latchkey.FromAuthority, "sign-in")
			w.checkUser(r)
			w.afterwards(c, r)
		})
	}
}

// R36: callers who want what a running interaction will bring join it.
func TestR36_Join(t *testing.T) {
	type outcome struct {
		r   *latchkey.Result
		err error
	}
	tests := []struct {
		name   string
		second latchkey.InteractiveRequest
		asked  int32
	}{
		{"the same", latchkey.InteractiveRequest{}, 1},
		{"fewer scopes", latchkey.InteractiveRequest{Scopes: []string{}}, 1},
		{"R36 more scopes", latchkey.InteractiveRequest{Scopes: []string{"openid", "email", "profile"}}, 2},
		{"R36 prompt login", latchkey.InteractiveRequest{Prompt: "login"}, 2},
		{"R36 prompt select_account", latchkey.InteractiveRequest{Prompt: "select_account"}, 2},
		{"R36 another login hint", latchkey.InteractiveRequest{LoginHint: "avery@contoso.test"}, 2},
		{"R36 other claims", latchkey.InteractiveRequest{ClaimsChallenge: `{"id_token":{"auth_time":null}}`}, 2},
		{"R36 another account", latchkey.InteractiveRequest{Account: latchkey.Account{HomeAccountID: "x"}}, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, shapes[0])
			var joined sync.WaitGroup
			joined.Add(1)
			cfg := w.config("native")
			cfg.Trace = &latchkey.Trace{FlightJoined: func(context.Context, latchkey.Event) { joined.Done() }}
			c := w.publicFrom(cfg)
			a := &agent{w: w, user: w.user.Username, hold: make(chan struct{}), showing: make(chan struct{}, 2)}
			outcomes := make(chan outcome, 2)
			ask := func(r latchkey.InteractiveRequest) {
				got, err := c.AcquireTokenInteractive(w.ctx, a, r)
				outcomes <- outcome{got, err}
			}
			first := latchkey.InteractiveRequest{Scopes: w.scopes()}
			go ask(first)
			<-a.showing
			if test.second.Scopes == nil {
				test.second.Scopes = w.scopes()
			}
			go ask(test.second)
			if test.asked == 1 {
				joined.Wait()
			} else {
				<-a.showing
			}
			close(a.hold)
			one, two := <-outcomes, <-outcomes
			if one.err != nil || two.err != nil {
				t.Fatalf("got %v and %v", one.err, two.err)
			}
			if n := a.asked.Load(); n != test.asked {
				t.Errorf("the user was asked %d times, want %d", n, test.asked)
			}
			if test.asked == 1 && one.r.AccessToken() != two.r.AccessToken() {
				t.Error("they have different tokens")
			}
		})
	}
}

// R36: whoever joined an interaction that its caller abandoned begins anew, and a
// result for another user is not given to the joiner.
func TestR36_JoinerGoesOn(t *testing.T) {
	t.Run("abandoned", func(t *testing.T) {
		w := newWorld(t, shapes[0])
		joined := make(chan struct{}, 1)
		cfg := w.config("native")
		cfg.Trace = &latchkey.Trace{FlightJoined: func(context.Context, latchkey.Event) { joined <- struct{}{} }}
		c := w.publicFrom(cfg)
		a := &agent{w: w, user: w.user.Username, hold: make(chan struct{}), showing: make(chan struct{}, 2)}
		request := latchkey.InteractiveRequest{Scopes: w.scopes()}
		ctx, leave := context.WithCancel(w.ctx)
		left := make(chan error, 1)
		go func() {
			_, err := c.AcquireTokenInteractive(ctx, a, request)
			left <- err
		}()
		<-a.showing
		done := make(chan error, 1)
		go func() {
			_, err := c.AcquireTokenInteractive(w.ctx, a, request)
			done <- err
		}()
		<-joined
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("the one who left got %v", err)
		}
		<-a.showing
		close(a.hold)
		if err := <-done; err != nil {
			t.Errorf("the joiner got %v", err)
		}
	})
	t.Run("another user", func(t *testing.T) {
		w := newWorld(t, shapes[0])
		joined := make(chan struct{}, 1)
		cfg := w.config("native")
		cfg.Trace = &latchkey.Trace{FlightJoined: func(context.Context, latchkey.Event) { joined <- struct{}{} }}
		c := w.publicFrom(cfg)
		wrong := &agent{w: w, user: "blake@contoso.test", hold: make(chan struct{}), showing: make(chan struct{}, 1)}
		right := &agent{w: w, user: "avery@contoso.test"}
		request := latchkey.InteractiveRequest{Scopes: w.scopes(), LoginHint: "avery@contoso.test"}
		go c.AcquireTokenInteractive(w.ctx, wrong, request)
		<-wrong.showing
		done := make(chan *latchkey.Result, 1)
		go func() {
			r, err := c.AcquireTokenInteractive(w.ctx, right, request)
			if err != nil {
				t.Error(err)
			}
			done <- r
		}()
		<-joined
		close(wrong.hold)
		if r := <-done; r.Account.Username != "avery@contoso.test" {
			t.Errorf("got a token of %s", r.Account.Username)
		}
	})
}
