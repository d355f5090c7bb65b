package flight_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/flight"
)

// A watched context tells when a caller of Do has joined its call and is about to wait for it.
type watched struct {
	context.Context
	waits func()
}

func (w watched) Done() <-chan struct{} {
	w.waits()
	return w.Context.Done()
}

type outcome struct {
	result int
	joined bool
	err    error
}

// ask calls Do in the background, and returns once the caller waits.
func ask(ctx context.Context, g *flight.Group[int], key string, f func(context.Context) (int, error)) <-chan outcome {
	waits := make(chan struct{}, 1)
	got := make(chan outcome, 1)
	go func() {
		ctx := watched{ctx, func() {
			select {
			case waits <- struct{}{}:
			default:
			}
		}}
		result, joined, err := g.Do(ctx, key, f)
		got <- outcome{result, joined, err}
	}()
	<-waits
	return got
}

// A gate is a function for Do that counts its calls and returns the count when it is opened.
type gate struct {
	calls int64
	open  chan struct{}
}

func newGate() *gate { return &gate{open: make(chan struct{})} }

func (f *gate) run(context.Context) (int, error) {
	n := atomic.AddInt64(&f.calls, 1)
	<-f.open
	return int(n), nil
}

func TestOneCallForAThousandWaiters(t *testing.T) {
	var g flight.Group[int]
	f := newGate()
	var waiters []<-chan outcome
	for i := 0; i < 1000; i++ {
		waiters = append(waiters, ask(context.Background(), &g, "key", f.run))
	}
	close(f.open)
	for i, waiter := range waiters {
		if got, want := <-waiter, (outcome{1, i > 0, nil}); got != want {
			t.Fatalf("waiter %d got %v, want %v", i, got, want)
		}
	}
	if f.calls != 1 {
		t.Errorf("%d calls", f.calls)
	}
}

func TestCancellingMostTakesNothingFromTheLast(t *testing.T) {
	var g flight.Group[int]
	f := newGate()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	// The first one starts the call and leaves, too: the call is not its own.
	var leaving []<-chan outcome
	for i := 0; i < 999; i++ {
		leaving = append(leaving, ask(ctx, &g, "key", f.run))
	}
	last := ask(context.Background(), &g, "key", f.run)
	cancel()
	for i, waiter := range leaving {
		if got := <-waiter; got.err != context.Canceled || got.result != 0 || got.joined != (i > 0) {
			t.Fatalf("waiter %d got %v", i, got)
		}
	}
	late := ask(context.Background(), &g, "key", f.run)
	close(f.open)
	for _, waiter := range []<-chan outcome{last, late} {
		if got, want := <-waiter, (outcome{1, true, nil}); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	if f.calls != 1 {
		t.Errorf("%d calls", f.calls)
	}
}

func TestTheCallKeepsValuesOnly(t *testing.T) {
	type key struct{}
	var g flight.Group[int]
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, "value"))
	began := make(chan struct{})
	open := make(chan struct{})
	seen := make(chan context.Context, 1)
	waiter := ask(ctx, &g, "key", func(ctx context.Context) (int, error) {
		close(began)
		<-open
		seen <- ctx
		return 0, nil
	})
	<-began
	cancel()
	<-waiter
	close(open)
	inside := <-seen
	if _, bounded := inside.Deadline(); inside.Err() != nil || inside.Done() != nil || bounded {
		t.Errorf("the call's context can end: %v", inside.Err())
	}
	if inside.Value(key{}) != "value" {
		t.Error("the call's context has lost its values")
	}
}

func TestHowAWaitersContextEnds(t *testing.T) {
	cause := errors.New("shutting down")
	plain, cancelPlain := context.WithCancel(context.Background())
	cancelPlain()
	caused, cancelCaused := context.WithCancelCause(context.Background())
	cancelCaused(cause)
	child, cancelChild := context.WithCancel(caused)
	defer cancelChild()
	tests := []struct {
		label string
		ctx   context.Context
		is    []error
		text  string
	}{
		{"canceled", plain, []error{context.Canceled}, "context canceled"},
		{"with a cause", caused, []error{context.Canceled, cause}, "context canceled: shutting down"},
		{"with its parent's cause", child, []error{context.Canceled, cause}, "context canceled: shutting down"},
	}
	for _, test := range tests {
		t.Run(test.label, func(t *testing.T) {
			check := func(err error) {
				t.Helper()
				for _, want := range test.is {
					if !errors.Is(err, want) {
						t.Errorf("%v is not %v", err, want)
					}
				}
				if err == nil || err.Error() != test.text {
					t.Errorf("the text is %q, want %q", err, test.text)
				}
			}
			var g flight.Group[int]
			_, joined, err := g.Do(test.ctx, "key", func(context.Context) (int, error) {
				t.Error("called for a context that has ended")
				return 0, nil
			})
			check(err)
			if joined {
				t.Error("joined nothing")
			}
			f := newGate()
			g.Go(context.Background(), "key", f.run)
			check(g.Wait(test.ctx))
			close(f.open)
			if err := g.Wait(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
}

// When the result is there and the context has ended, too, the result counts.
func TestResultBeforeCancellation(t *testing.T) {
	for i := 0; i < 50; i++ {
		var g flight.Group[int]
		f := newGate()
		base, cancel := context.WithCancel(context.Background())
		looks := 0
		ctx := watched{base, func() {
			if looks++; looks == 2 { // before the first one the call does not run
				close(f.open)
				if err := g.Wait(context.Background()); err != nil {
					t.Error(err)
				}
				cancel()
			}
		}}
		result, joined, err := g.Do(ctx, "key", f.run)
		if got, want := (outcome{result, joined, err}), (outcome{1, false, nil}); got != want {
			t.Fatalf("round %d: got %v, want %v", i, got, want)
		}
	}
}

func TestErrorsAreShared(t *testing.T) {
	var g flight.Group[int]
	f := newGate()
	failure := errors.New("failure")
	fail := func(ctx context.Context) (int, error) {
		n, _ := f.run(ctx)
		return n + 6, failure
	}
	waiters := []<-chan outcome{ask(context.Background(), &g, "key", fail), ask(context.Background(), &g, "key", fail)}
	close(f.open)
	for i, waiter := range waiters {
		if got, want := <-waiter, (outcome{7, i > 0, failure}); got != want {
			t.Errorf("waiter %d got %v, want %v", i, got, want)
		}
	}
}

func TestACallThatEndedIsForgotten(t *testing.T) {
	var g flight.Group[int]
	f := newGate()
	close(f.open)
	for want := 1; want <= 3; want++ {
		result, joined, err := g.Do(context.Background(), "key", f.run)
		if result != want || joined || err != nil {
			t.Errorf("call %d: %d, %v, %v", want, result, joined, err)
		}
	}
}

func TestKeysAreIndependent(t *testing.T) {
	var g flight.Group[int]
	slow, fast := newGate(), newGate()
	waiter := ask(context.Background(), &g, "slow", slow.run)
	close(fast.open)
	if _, joined, err := g.Do(context.Background(), "fast", fast.run); joined || err != nil {
		t.Errorf("joined %v, %v", joined, err)
	}
	close(slow.open)
	if got := <-waiter; got.err != nil {
		t.Error(got.err)
	}
}

func TestGo(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	var g flight.Group[int]
	f := newGate()
	if !g.Go(ended, "key", f.run) {
		t.Error("Go starts nothing")
	}
	if g.Go(context.Background(), "key", f.run) {
		t.Error("Go starts a second call")
	}
	waiter := ask(context.Background(), &g, "key", f.run)
	close(f.open)
	if got, want := <-waiter, (outcome{1, true, nil}); got != want {
		t.Errorf("joined a call of Go: got %v, want %v", got, want)
	}
	if !g.Go(context.Background(), "key", f.run) {
		t.Error("Go starts nothing after the first call has ended")
	}
	if err := g.Wait(context.Background()); err != nil || atomic.LoadInt64(&f.calls) != 2 {
		t.Errorf("%v, %d calls", err, f.calls)
	}
}

func TestWait(t *testing.T) {
	var g flight.Group[int]
	if err := g.Wait(context.Background()); err != nil {
		t.Errorf("with no call ever: %v", err)
	}
	a, b := newGate(), newGate()
	g.Go(context.Background(), "a", a.run)
	g.Go(context.Background(), "b", b.run)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	close(a.open)
	if err := g.Wait(ctx); err != context.Canceled {
		t.Errorf("with an ended context: %v", err)
	}
	waited := make(chan error, 1)
	go func() { waited <- g.Wait(context.Background()) }()
	select {
	case err := <-waited:
		t.Errorf("Wait returns while a call runs: %v", err)
	default:
	}
	close(b.open)
	if err := <-waited; err != nil {
		t.Errorf("after both calls: %v", err)
	}
	if err := g.Wait(ctx); err != nil {
		t.Errorf("nothing runs, and still: %v", err)
	}
}

func ExampleGroup_Do() {
	var renewals flight.Group[string]
	token, joined, err := renewals.Do(context.Background(), "account and scopes", func(ctx context.Context) (string, error) {
		return "a new token", nil
	})
	fmt.Println(token, joined, err)
	// Output: a new token false <nil>
}
