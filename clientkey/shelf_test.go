package clientkey

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
)

var reusable = latchkey.AssertionRequest{ClientID: client, Audience: audience, Reusable: true}

// W63: until shortly before its end an assertion serves again, for the same audience and
// client only.
func TestReuse(t *testing.T) {
	key := &countingKey{Signer: testKey("P-256")}
	clock := now
	p := proverOf(t, Key{Signer: key, Clock: func() time.Time { return clock }})
	first := sign(t, p, reusable)
	change := func(f func(*latchkey.AssertionRequest)) latchkey.AssertionRequest {
		r := reusable
		f(&r)
		return r
	}
	for _, tt := range []struct {
		name  string
		after time.Duration
		r     latchkey.AssertionRequest
		same  bool
	}{
		{"at once", 0, reusable, true},
		{"another audience", 0, change(func(r *latchkey.AssertionRequest) { r.Audience += "/other" }), false},
		{"another client", 0, change(func(r *latchkey.AssertionRequest) { r.ClientID = "other" }), false},
		{"another header", 0, change(func(r *latchkey.AssertionRequest) { r.LegacyThumbprint = true }), false},
		{"for once", 0, request, false},
		{"the first is still there", 0, reusable, true},
		{"just before eight minutes", 8*time.Minute - time.Second, reusable, true},
		{"after eight minutes", 8 * time.Minute, reusable, false},
		{"the clock was set back", -time.Minute, reusable, false},
	} {
		clock = now.Add(tt.after)
		if got := sign(t, p, tt.r); (got == first) != tt.same {
			t.Errorf("%s: same assertion: %v", tt.name, got == first)
		}
	}
	if n := key.signed.Load(); n != 7 {
		t.Errorf("%d signatures", n)
	}
}

// OpenID Connect Core 9: where an assertion is good once, nobody gets another one's.
func TestNoReuse(t *testing.T) {
	p := proverOf(t, Key{Signer: testKey("P-256")})
	var mu sync.Mutex
	seen := map[string]bool{}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			jwt, err := p.assertion(context.Background(), request)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || seen[jwt] {
				t.Errorf("an assertion twice, or %v", err)
			}
			seen[jwt] = true
		})
	}
	all.Wait()
}

// A thousand callers cost one signature, though all but one leave while it is made.
func TestThousandAskForOneSignature(t *testing.T) {
	key := &countingKey{Signer: testKey("rsa"), called: make(chan struct{}, 1000), open: make(chan struct{})}
	p := proverOf(t, Key{Signer: key})
	ctx, leave := context.WithCancel(context.Background())
	var gone sync.WaitGroup
	for range 999 {
		gone.Go(func() {
			if _, err := p.assertion(ctx, reusable); !errors.Is(err, context.Canceled) {
				t.Errorf("a caller that left got %v", err)
			}
		})
	}
	last := make(chan error, 1)
	go func() {
		_, err := p.assertion(context.Background(), reusable)
		last <- err
	}()
	<-key.called
	leave()
	gone.Wait() // nobody waits for the signer but the last
	close(key.open)
	if err := <-last; err != nil {
		t.Fatal(err)
	}
	sign(t, p, reusable)
	if n := key.signed.Load(); n != 1 {
		t.Errorf("%d signatures", n)
	}
}

// Nobody waits for another one's assertion, or gets it: nothing is locked while a signer works.
func TestSignerBlocksNobodyElse(t *testing.T) {
	key := &countingKey{Signer: testKey("P-256"), called: make(chan struct{}, 10), open: make(chan struct{})}
	p := proverOf(t, Key{Signer: key})
	var all sync.WaitGroup
	others := []latchkey.AssertionRequest{
		{ClientID: client, Audience: audience, Reusable: true}, {ClientID: client, Audience: audience + "/2", Reusable: true},
		{ClientID: client, Audience: audience, Reusable: true, LegacyThumbprint: true}, {ClientID: client + "2", Audience: audience, Reusable: true},
		{ClientID: client, Audience: audience}, {ClientID: client, Audience: audience},
	}
	for _, r := range others {
		all.Go(func() {
			if _, err := p.assertion(context.Background(), r); err != nil {
				t.Error(err)
			}
		})
	}
	for range others {
		<-key.called
	}
	close(key.open)
	all.Wait()
}

func TestShelfIsBounded(t *testing.T) {
	key := &countingKey{Signer: testKey("P-256")}
	clock := now
	p := proverOf(t, Key{Signer: key, Clock: func() time.Time { return clock }})
	r := reusable
	for i := range maxShelf + 10 {
		r.Audience = fmt.Sprint(audience, "/", i)
		sign(t, p, r)
		clock = clock.Add(10 * time.Millisecond)
	}
	if n := len(p.shelf.kept); n != maxShelf {
		t.Errorf("%d assertions are kept", n)
	}
	sign(t, p, r)
	if n := key.signed.Load(); n != maxShelf+10 {
		t.Errorf("the last one was signed again: %d", n)
	}
}

func TestSignerFails(t *testing.T) {
	cause := errors.New("HSM: session closed\x1b[2J")
	for _, r := range []latchkey.AssertionRequest{request, reusable} {
		key := &countingKey{Signer: testKey("P-256")}
		p := proverOf(t, Key{Signer: key})
		key.fail.Store(&cause)
		_, err := p.assertion(context.Background(), r)
		wantError(t, err, "Key.Signer", "can be reached")
		if !errors.Is(err, cause) {
			t.Error("the cause is not wrapped")
		}
		key.fail.Store(nil)
		sign(t, p, r) // a failure is not kept

		key.panics.Store(true)
		r.Audience += "/2"
		_, err = p.assertion(context.Background(), r)
		if err == nil || strings.Contains(err.Error(), "42") {
			t.Errorf("a signer that panics: %v", err)
		}
		key.panics.Store(false)
		sign(t, p, r)
	}
}

// A caller that has left asks nothing of the signer.
func TestCallerHasLeft(t *testing.T) {
	key := &countingKey{Signer: testKey("P-256")}
	p := proverOf(t, Key{Signer: key})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.assertion(ctx, reusable); !errors.Is(err, context.Canceled) || key.signed.Load() != 0 {
		t.Errorf("%v, %d signatures", err, key.signed.Load())
	}
}
