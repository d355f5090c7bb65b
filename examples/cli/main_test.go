package main

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestCLI(t *testing.T) {
	const want = `You are signed in as avery@contoso.test
The API answers: your tasks: water the plants
The API answers: your tasks: water the plants
The API answers: your tasks: water the plants
`
	for name, device := range map[string]bool{"browser": false, "device": true} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if err := demo(t.Context(), device, true, &out); err != nil || out.String() != want {
				t.Errorf("%v; it prints\n%s", err, out.String())
			}
		})
	}
}

// A person is told what to do, and may give up.
func TestCLIForAPerson(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out := &watched{stop: stop}
	err := demo(ctx, true, false, out)
	if !errors.Is(err, context.Canceled) || !strings.Contains(out.String(), "Sign in as avery@contoso.test with the password ") ||
		!strings.Contains(out.String(), "and enter the code ") {
		t.Errorf("%v; it prints\n%s", err, out.String())
	}
}

// A watched output stops the program when it shows a code.
type watched struct {
	strings.Builder
	stop func()
}

func (w *watched) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "code ") {
		w.stop()
	}
	return w.Builder.Write(p)
}
