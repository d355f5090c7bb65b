package browser

import (
	"context"
	"syscall/js"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/internal/fakepage"
	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

func eval(body string, args ...any) js.Value {
	return js.Global().Get("Function").New(body).Invoke(args...)
}

// newStore opens a store in a new page, or in this one if old is given.
func newStore(t *testing.T, area Area) *Store {
	t.Helper()
	if !inChromium() {
		fakepage.Install()
	}
	return openStore(t, area)
}

func openStore(t *testing.T, area Area) *Store {
	t.Helper()
	s, err := ready(context.Background(), area)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ready opens a store and waits for it.
func ready(ctx context.Context, area Area) (*Store, error) {
	s, err := Open(area)
	if err != nil {
		return nil, err
	}
	if err := s.Ready(ctx); err != nil {
		return nil, err
	}
	return s, s.Sweep(ctx)
}

// inChromium reports whether the page is a real one, which is emptied rather than replaced.
func inChromium() bool {
	if !jsvalue.IsObject(jsvalue.Get(js.Global(), "chrome")) {
		return false
	}
	for _, area := range []Area{Local, Session} {
		_, _ = jsvalue.Call(js.Global().Get(string(area)), "clear")
	}
	return true
}

// soon is a context for what must end.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}
