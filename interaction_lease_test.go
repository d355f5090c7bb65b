//go:build !js

package latchkey_test

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache"
)

type outcome struct {
	r   *latchkey.Result
	err error
}

// Neighbours are two clients on one store, as two processes are.
type neighbours struct {
	w             *world
	first, second *latchkey.PublicClient
	awaited       chan latchkey.Event // what the second is told
}

func newNeighbours(w *world, store cache.Store) *neighbours {
	n := &neighbours{w: w, awaited: make(chan latchkey.Event, 1)}
	cfg := w.config("native")
	cfg.Cache, cfg.Program = store, "the first"
	n.first = w.publicFrom(cfg)
	cfg.Program = "the second"
	cfg.Trace = &latchkey.Trace{InteractionAwaited: func(_ context.Context, e latchkey.Event) { n.awaited <- e }}
	n.second = w.publicFrom(cfg)
	return n
}

// A noAgent is a user who says no once hold is closed.
type noAgent struct{ *agent }

func (a *noAgent) Authorize(ctx context.Context, host string, begin func(context.Context, string, []string) (string, error)) (string, error) {
	page, err := begin(ctx, "http://"+host+":4321", nil)
	if err != nil {
		return "", err
	}
	a.showing <- struct{}{}
	<-a.hold
	u, err := url.Parse(page)
	if err != nil {
		return "", err
	}
	return url.Values{"error": {"access_denied"}, "state": {u.Query().Get("state")}}.Encode(), nil
}

func ask(ctx context.Context, c *latchkey.PublicClient, a latchkey.UserAgent, r latchkey.InteractiveRequest) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		r, err := c.AcquireTokenInteractive(ctx, a, r)
		done <- outcome{r, err}
	}()
	return done
}

func holding(w *world, user string) *agent {
	return &agent{w: w, user: user, hold: make(chan struct{}), showing: make(chan struct{}, 1)}
}

// R36: one process asks the user, and another that wants the same has its result.
func TestR36_AcrossProcesses(t *testing.T) {
	for _, s := range shapes {
		for _, fewer := range []bool{false, true} {
			w := newWorld(t, s)
			n := newNeighbours(w, cache.NewMemory())
			a, b := holding(w, w.user.Username), holding(w, w.user.Username)
			one := ask(w.ctx, n.first, a, latchkey.InteractiveRequest{Scopes: w.scopes()})
			<-a.showing
			request := latchkey.InteractiveRequest{Scopes: w.scopes()}
			if fewer {
				request.Scopes = request.Scopes[:1]
			}
			two := ask(w.ctx, n.second, b, request)
			if e := <-n.awaited; e.Holder != "the first" || e.ClientID == "" {
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
			if asked := b.asked.Load(); asked != 0 {
				t.Errorf("the second asked the user %d times", asked)
			}
		}
	}
}

// R36: no process waits for, or takes, what is for another user, for less, or asked anew.
func TestR36_AcrossProcessesNotTheSame(t *testing.T) {
	tests := []struct {
		name   string
		second latchkey.InteractiveRequest
	}{
		{"more scopes", latchkey.InteractiveRequest{Scopes: []string{"openid", "email", "profile"}}},
		{"prompt login", latchkey.InteractiveRequest{Prompt: "login"}},
		{"another login hint", latchkey.InteractiveRequest{LoginHint: "blake@contoso.test"}},
		{"other claims", latchkey.InteractiveRequest{ClaimsChallenge: `{"id_token":{"auth_time":null}}`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, shapes[0])
			n := newNeighbours(w, cache.NewMemory())
			a, b := holding(w, w.user.Username), holding(w, w.user.Username)
			one := ask(w.ctx, n.first, a, latchkey.InteractiveRequest{Scopes: w.scopes(), Prompt: test.second.Prompt})
			<-a.showing
			if test.second.Scopes == nil {
				test.second.Scopes = w.scopes()
			}
			two := ask(w.ctx, n.second, b, test.second)
			<-b.showing // while the first still asks
			close(a.hold)
			close(b.hold)
			if first, second := <-one, <-two; first.err != nil || second.err != nil {
				t.Errorf("got %v and %v", first.err, second.err)
			}
		})
	}
}

// R36: whoever waited asks the user if there is nothing to join after all.
func TestR36_AcrossProcessesGoesOn(t *testing.T) {
	t.Run("another user signed in", func(t *testing.T) {
		w := newWorld(t, shapes[0])
		n := newNeighbours(w, cache.NewMemory())
		request := latchkey.InteractiveRequest{Scopes: w.scopes(), LoginHint: "avery@contoso.test"}
		a, b := holding(w, "blake@contoso.test"), holding(w, "avery@contoso.test")
		one := ask(w.ctx, n.first, a, request)
		<-a.showing
		two := ask(w.ctx, n.second, b, request)
		<-n.awaited
		close(a.hold)
		close(b.hold)
		first, second := <-one, <-two
		if first.err != nil || second.err != nil {
			t.Fatalf("got %v and %v", first.err, second.err)
		}
		if second.r.Account.Username != "avery@contoso.test" || b.asked.Load() != 1 {
			t.Errorf("%s signed in, after %d questions", second.r.Account.Username, b.asked.Load())
		}
	})
	t.Run("the first gave up", func(t *testing.T) {
		w := newWorld(t, shapes[0])
		n := newNeighbours(w, cache.NewMemory())
		request := latchkey.InteractiveRequest{Scopes: w.scopes()}
		a, b := holding(w, w.user.Username), holding(w, w.user.Username)
		ctx, leave := context.WithCancel(w.ctx)
		one := ask(ctx, n.first, a, request)
		<-a.showing
		two := ask(w.ctx, n.second, b, request)
		<-n.awaited
		leave()
		<-one
		close(b.hold)
		if second := <-two; second.err != nil || b.asked.Load() != 1 {
			t.Errorf("got %v after %d questions", second.err, b.asked.Load())
		}
	})
	t.Run("signed out meanwhile", func(t *testing.T) {
		w := newWorld(t, shapes[0])
		store := cache.NewMemory()
		n := newNeighbours(w, store)
		request := latchkey.InteractiveRequest{Scopes: w.scopes()}
		a, b := holding(w, w.user.Username), holding(w, w.user.Username)
		one := ask(w.ctx, n.first, a, request)
		<-a.showing
		close(a.hold)
		first := <-one
		if first.err != nil {
			t.Fatal(first.err)
		}
		if err := n.first.RemoveAccount(w.ctx, first.r.Account); err != nil {
			t.Fatal(err)
		}
		close(b.hold)
		if second := <-ask(w.ctx, n.second, b, request); second.err != nil || b.asked.Load() != 1 {
			t.Errorf("got %v after %d questions", second.err, b.asked.Load())
		}
	})
}

// R36: the result is the very token that the user was asked for, not another one of theirs.
func TestR36_AcrossProcessesAnotherToken(t *testing.T) {
	w := newWorld(t, shapes[0])
	store := &meddled{Memory: cache.NewMemory()}
	n := newNeighbours(w, store)
	request := latchkey.InteractiveRequest{Scopes: w.scopes()}
	a, b := holding(w, w.user.Username), holding(w, w.user.Username)
	one := ask(w.ctx, n.first, a, request)
	<-a.showing
	two := ask(w.ctx, n.second, b, request)
	<-n.awaited
	store.before = func() {
		store.before = nil
		if _, err := n.first.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Scopes: w.scopes(), ForceRefresh: true}); err != nil {
			t.Error(err)
		}
	}
	close(a.hold)
	close(b.hold)
	first, second := <-one, <-two
	if first.err != nil || second.err != nil || b.asked.Load() != 1 {
		t.Errorf("got %v and %v after %d questions", first.err, second.err, b.asked.Load())
	}
}

// A meddled store does something before it saves what came of an interaction.
type meddled struct {
	*cache.Memory
	before func()
}

func (m *meddled) Save(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
	if m.before != nil && p.Kind == cache.KindInteraction {
		m.before()
	}
	return m.Memory.Save(ctx, p, e)
}

// Whoever has the lease may take a moment to say so; meanwhile nobody is told a wrong name.
func TestInteractionAwaitedByName(t *testing.T) {
	w := newWorld(t, shapes[0])
	store := &slowToTell{Memory: cache.NewMemory(), looked: make(chan struct{}, 100), held: make(chan struct{})}
	n := newNeighbours(w, store)
	request := latchkey.InteractiveRequest{Scopes: w.scopes()}
	a, b := holding(w, w.user.Username), holding(w, w.user.Username)
	one := ask(w.ctx, n.first, a, request)
	<-store.held
	two := ask(w.ctx, n.second, b, request)
	if e := <-n.awaited; e.Holder != "the first" {
		t.Errorf("the second waits for %q", e.Holder)
	}
	close(a.hold)
	if first, second := <-one, <-two; first.err != nil || second.err != nil || b.asked.Load() != 0 {
		t.Errorf("got %v and %v after %d questions", first.err, second.err, b.asked.Load())
	}
}

// A slowToTell store saves the first note once somebody has looked for it in vain.
type slowToTell struct {
	*cache.Memory
	looked chan struct{}
	held   chan struct{} // closed when the first has the lease
	once   sync.Once
}

func (s *slowToTell) Load(ctx context.Context, p cache.Partition) (cache.Entry, error) {
	e, err := s.Memory.Load(ctx, p)
	if p.Kind == cache.KindInteraction {
		s.looked <- struct{}{}
	}
	return e, err
}

func (s *slowToTell) Save(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
	if p.Kind == cache.KindInteraction {
		s.once.Do(func() {
			close(s.held)
			for range 3 { // the first looks twice itself
				<-s.looked
			}
		})
	}
	return s.Memory.Save(ctx, p, e)
}

// A sign-in that was over before the call is none to join: the caller wants another one.
func TestR36_AcrossProcessesOnlyWhileItRuns(t *testing.T) {
	w := newWorld(t, shapes[0])
	n := newNeighbours(w, cache.NewMemory())
	a := &agent{w: w, user: w.user.Username}
	for range 2 {
		if _, err := n.first.AcquireTokenInteractive(w.ctx, a, latchkey.InteractiveRequest{Scopes: w.scopes()}); err != nil {
			t.Fatal(err)
		}
		w.srv.Clock.Advance(time.Second)
	}
	if asked := a.asked.Load(); asked != 2 {
		t.Errorf("the user was asked %d times, want 2", asked)
	}
}

// A user who says no says it to all who wait.
func TestR36_AcrossProcessesRefused(t *testing.T) {
	w := newWorld(t, shapes[0])
	n := newNeighbours(w, cache.NewMemory())
	request := latchkey.InteractiveRequest{Scopes: w.scopes()}
	a, b := &noAgent{holding(w, "")}, holding(w, w.user.Username)
	one := ask(w.ctx, n.first, a, request)
	<-a.showing
	two := ask(w.ctx, n.second, b, request)
	<-n.awaited
	close(a.hold)
	for _, got := range []outcome{<-one, <-two} {
		var refused *latchkey.Error
		if !errors.As(got.err, &refused) || refused.Code != "access_denied" || refused.Endpoint != "authorization" {
			t.Errorf("got %v", got.err)
		}
	}
	if b.asked.Load() != 0 {
		t.Error("the second asked the user too")
	}
}

// Whoever waits can leave, with its own reason.
func TestInteractionAwaitedNoLonger(t *testing.T) {
	w := newWorld(t, shapes[0])
	n := newNeighbours(w, cache.NewMemory())
	request := latchkey.InteractiveRequest{Scopes: w.scopes()}
	a, b := holding(w, w.user.Username), holding(w, w.user.Username)
	one := ask(w.ctx, n.first, a, request)
	<-a.showing
	reason := errors.New("enough")
	ctx, leave := context.WithCancelCause(w.ctx)
	two := ask(ctx, n.second, b, request)
	<-n.awaited
	leave(reason)
	if second := <-two; !errors.Is(second.err, reason) {
		t.Errorf("got %v, want the reason to leave", second.err)
	}
	close(a.hold)
	if first := <-one; first.err != nil {
		t.Error(first.err)
	}
}

// A store that gives no lease keeps nobody from signing in.
func TestInteractionWithoutLease(t *testing.T) {
	w := newWorld(t, shapes[0])
	n := newNeighbours(w, unlockable{cache.NewMemory()})
	a := &agent{w: w, user: w.user.Username}
	if r, err := n.first.AcquireTokenInteractive(w.ctx, a, latchkey.InteractiveRequest{Scopes: w.scopes()}); err != nil || r.CacheError != nil {
		t.Errorf("got %v and %v", r, err)
	}
}

type unlockable struct{ cache.Store }

func (unlockable) Lock(context.Context, cache.Partition) (func(), error) {
	return nil, errors.New("no locks here")
}
