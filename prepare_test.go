package latchkey

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/host"
	"github.com/latchkey-auth/latchkey/transport"
)

func TestPrepare(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	discovered, down := 0, true
	c := w.public(func(cfg *Config) {
		send := cfg.Transport
		cfg.Transport = func(ctx context.Context, r *transport.Request) (*transport.Response, error) {
			if r.Method == "GET" {
				if discovered++; down {
					return nil, errors.New("down")
				}
			}
			return send(ctx, r)
		}
	})
	var failed *authority.Error
	if err := c.Prepare(ctx); !errors.As(err, &failed) {
		t.Fatalf("an authority that is down: %v", err)
	}
	down = false
	var spare *verifier
	for i := 0; i < 2; i++ {
		if err := c.Prepare(ctx); err != nil {
			t.Fatal(err)
		}
		before := spare
		if spare = c.spare.Load(); spare == nil || before != nil && spare != before {
			t.Fatal("no verifier was made, or another one in its place")
		}
	}
	if discovered != 2 {
		t.Fatalf("discovery was asked %d times", discovered)
	}
	w.begin(c.client, AuthCodeRequest{})
	if c.spare.Load() != nil || discovered != 2 {
		t.Errorf("the verifier is kept, or discovery was asked again: %d times", discovered)
	}
}

// A verifier that was made ahead is used once, however many sign-ins begin.
func TestPreparedVerifier(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	c := w.public()
	if err := c.Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	ahead := c.spare.Load().secret
	flows := make([]*AuthCodeFlow, 8)
	var all sync.WaitGroup
	for i := range flows {
		i := i
		all.Add(1)
		go func() {
			defer all.Done()
			var err error
			if flows[i], err = c.AuthCodeURL(ctx, AuthCodeRequest{RedirectURI: redirectURI}); err != nil {
				t.Error(err)
			}
		}()
	}
	all.Wait()
	seen, used := map[string]bool{}, 0
	for _, flow := range flows {
		verifier := flow.state.verifier
		if seen[verifier] {
			t.Error("two sign-ins have one verifier")
		}
		if seen[verifier] = true; verifier == ahead {
			used++
		}
		challenge, err := host.Digest(256, verifier)
		if err != nil {
			t.Fatal(err)
		}
		if got := authorizeFields(t, flow).Get("code_challenge"); got != b64.Encode(challenge) {
			t.Errorf("the challenge %s is another verifier's", got)
		}
	}
	if used != 1 {
		t.Errorf("what was made ahead is used %d times", used)
	}
}
