package flight_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/flight"
)

type secretError struct{ secret string }

func (e secretError) Error() string { return e.secret }

// A panic is everybody's error, and its value, which may be a secret, is nowhere in the text.
func TestPanics(t *testing.T) {
	const secret = "s3cr3t"
	tests := []struct {
		label string
		panic func()
		types string // natively, and in a page
	}{
		{"string", func() { panic(secret) }, "string string"},
		{"error", func() { panic(errors.New(secret)) }, "*errors.errorString error"},
		{"own error", func() { panic(secretError{secret}) }, "flight_test.secretError error"},
		{"number", func() { panic(7) }, "int value"},
		{"runtime error", func() { list := make([]int, 1); list[len(secret)] = 1 }, "runtime.boundsError runtime.Error"},
		{"Goexit", runtime.Goexit, "runtime.Goexit"},
	}
	canLeave, leave := context.WithCancel(context.Background())
	defer leave()
	stays := context.Background() // its caller makes the call itself
	for _, test := range tests {
		t.Run(test.label, func(t *testing.T) {
			var g flight.Group[int]
			first := stays
			if test.label == "Goexit" { // ends the goroutine of a caller that stays, as any other function does
				first = canLeave
			}
			open := make(chan struct{})
			f := func(context.Context) (int, error) {
				<-open
				test.panic()
				return 1, nil
			}
			waiters := []<-chan outcome{ask(first, &g, "key", f), ask(canLeave, &g, "key", f)}
			close(open)
			for i, waiter := range waiters {
				got := <-waiter
				var panicked *flight.PanicError
				if !errors.As(got.err, &panicked) || got.result != 0 || got.joined != (i > 0) {
					t.Fatalf("waiter %d got %v", i, got)
				}
				if !contains(strings.Fields(test.types), panicked.Type) {
					t.Errorf("the type is %s, want one of %s", panicked.Type, test.types)
				}
				if want := "flight: the call panicked: " + panicked.Type; got.err.Error() != want {
					t.Errorf("the text is %q, want %q", got.err, want)
				}
				if strings.Contains(panicked.Stack, secret) {
					t.Errorf("the stack shows the value:\n%s", panicked.Stack)
				}
			}
			if err := g.Wait(context.Background()); err != nil {
				t.Error(err)
			}
			result, joined, err := g.Do(context.Background(), "key", func(context.Context) (int, error) { return 2, nil })
			if result != 2 || joined || err != nil {
				t.Errorf("after the panic: %d, %v, %v", result, joined, err)
			}
		})
	}
}

// The panic of a call in a goroutine of its own is the same.
func TestPanicOfADetachedCall(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var g flight.Group[int]
	_, _, err := g.Do(ctx, "key", func(context.Context) (int, error) { panic("detached") })
	var panicked *flight.PanicError
	if !errors.As(err, &panicked) {
		t.Errorf("the error is %v", err)
	}
}

func TestPanicInTheBackground(t *testing.T) {
	var g flight.Group[int]
	g.Go(context.Background(), "key", func(context.Context) (int, error) { panic("background") })
	if err := g.Wait(context.Background()); err != nil {
		t.Error(err)
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
