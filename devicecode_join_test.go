//go:build !js

package latchkey_test

import (
	"context"
	"testing"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache"
)

// A screen shows codes to a user, who enters one once hold is closed.
type screen struct {
	w     *world
	user  string
	hold  chan struct{}
	shown chan struct{}
}

func newScreen(w *world, user string) *screen {
	return &screen{w, user, make(chan struct{}), make(chan struct{}, 1)}
}

func (s *screen) prompt(ctx context.Context, code latchkey.DeviceCode) error {
	s.shown <- struct{}{}
	select {
	case <-s.hold:
		return s.w.srv.ApproveDevice(ctx, code.UserCode, s.user)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func askByDevice(ctx context.Context, c *latchkey.PublicClient, s *screen, r latchkey.DeviceCodeRequest) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		r, err := c.AcquireTokenByDeviceCode(ctx, s.prompt, r)
		done <- outcome{r, err}
	}()
	return done
}

// R36: one process shows a code, and another that wants the same for the same user has its
// result.
func TestR36_DeviceAcrossProcesses(t *testing.T) {
	eachShape(t, func(t *testing.T, w *world) {
		n := newNeighbours(w, cache.NewMemory())
		a, b := newScreen(w, w.user.Username), newScreen(w, w.user.Username)
		request := latchkey.DeviceCodeRequest{Scopes: w.scopes(), Join: "the user here"}
		one := askByDevice(w.ctx, n.first, a, request)
		<-a.shown
		request.Scopes = request.Scopes[:1]
		two := askByDevice(w.ctx, n.second, b, request)
		if e := <-n.awaited; e.Holder != "the first" || e.Grant != "urn:ietf:params:oauth:grant-type:device_code" {
			t.Errorf("the second waits for %+v", e)
		}
		close(a.hold)
		first, second := <-one, <-two
		if first.err != nil || second.err != nil {
			t.Fatalf("got %v and %v", first.err, second.err)
		}
		if second.r.AccessToken() != first.r.AccessToken() || second.r.Account != first.r.Account || second.r.Source.From != latchkey.FromCache {
			t.Errorf("the second has another result: %v", second.r)
		}
		if len(b.shown) != 0 {
			t.Error("the second showed a code too")
		}
	})
}

// R36: nobody gets by another one's code what is for somebody else, or for something else.
func TestR36_DeviceNotTheSame(t *testing.T) {
	const here = "the user here"
	tests := []struct {
		name, join string // the first one's Join
		change     func(*latchkey.DeviceCodeRequest)
	}{
		{"join nobody, as by omission", "", func(*latchkey.DeviceCodeRequest) {}},
		{"joins nobody", here, func(r *latchkey.DeviceCodeRequest) { r.Join = "" }},
		{"for another user", here, func(r *latchkey.DeviceCodeRequest) { r.Join = "somebody else" }},
		{"more scopes", here, func(r *latchkey.DeviceCodeRequest) { r.Scopes = []string{"openid", "email", "profile"} }},
		{"other claims", here, func(r *latchkey.DeviceCodeRequest) { r.ClaimsChallenge = `{"id_token":{"auth_time":null}}` }},
		{"another parameter", here, func(r *latchkey.DeviceCodeRequest) { r.Extra = map[string]string{"x": "y"} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, shapes[0])
			n := newNeighbours(w, cache.NewMemory())
			a, b := newScreen(w, "avery@contoso.test"), newScreen(w, "blake@contoso.test")
			request := latchkey.DeviceCodeRequest{Scopes: w.scopes(), Join: tt.join}
			one := askByDevice(w.ctx, n.first, a, request)
			<-a.shown
			tt.change(&request)
			two := askByDevice(w.ctx, n.second, b, request)
			<-b.shown // while the first still asks
			close(a.hold)
			close(b.hold)
			first, second := <-one, <-two
			if first.err != nil || second.err != nil {
				t.Fatalf("got %v and %v", first.err, second.err)
			}
			if first.r.Account.Username != "avery@contoso.test" || second.r.Account.Username != "blake@contoso.test" {
				t.Errorf("they are %s and %s", first.r.Account.Username, second.r.Account.Username)
			}
		})
	}
	t.Run("a browser", func(t *testing.T) {
		w := newWorld(t, shapes[0])
		n := newNeighbours(w, cache.NewMemory())
		a, b := holding(w, w.user.Username), newScreen(w, w.user.Username)
		one := ask(w.ctx, n.first, a, latchkey.InteractiveRequest{Scopes: w.scopes()})
		<-a.showing
		two := askByDevice(w.ctx, n.second, b, latchkey.DeviceCodeRequest{Scopes: w.scopes(), Join: here})
		<-b.shown
		close(a.hold)
		close(b.hold)
		if first, second := <-one, <-two; first.err != nil || second.err != nil {
			t.Errorf("got %v and %v", first.err, second.err)
		}
	})
}
