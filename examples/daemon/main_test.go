package main

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestDaemon(t *testing.T) {
	const want = `The API answers: everybody's tasks: water the plants, write the report
The API answers: everybody's tasks: water the plants, write the report
The API answers: everybody's tasks: water the plants, write the report
Requests for a token: 1
`
	var out strings.Builder
	if err := demo(t.Context(), &out); err != nil || out.String() != want {
		t.Errorf("%v; it prints\n%s", err, out.String())
	}
}

func TestDaemonIsStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var out strings.Builder
	if err := demo(ctx, &out); !errors.Is(err, context.Canceled) || out.Len() > 0 {
		t.Errorf("%v; it prints\n%s", err, out.String())
	}
}
