//go:build js

package browser

import (
	"context"
	"syscall/js"
	"time"

	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// A Frame is a [latchkey.UserAgent] that asks the authority in a hidden frame, which works
// only without the user: give the request the prompt "none", and be ready for
// [latchkey.ErrInteractionRequired]. It is for one request.
type Frame struct {
	// RedirectURI is the redirect page, as it is registered. Empty: this page without query
	// and fragment.
	RedirectURI string
	// State is added to the state parameter, and ignored.
	State string
	// Timeout is how long the authority may take. Zero: 10 seconds.
	Timeout time.Duration

	id string
}

// ComposeState implements [latchkey.StateComposer].
func (f *Frame) ComposeState(random string) string {
	f.id = random
	return State{ID: random, Interaction: InteractionSilent, User: f.State}.String()
}

// Authorize implements [latchkey.UserAgent]. The error is [ErrTimeout], begin's or ctx's.
func (f *Frame) Authorize(ctx context.Context, _ string, begin func(ctx context.Context, redirectURI string, responseModes []string) (string, error)) (string, error) {
	url, err := begin(ctx, redirectURI(f.RedirectURI), responseModes)
	if err != nil {
		return "", err
	}
	l, err := listen(f.id)
	if err != nil {
		return "", err
	}
	defer l.close()
	remove, err := addFrame(url)
	if err != nil {
		return "", err
	}
	defer remove()
	limit := f.Timeout
	if limit <= 0 {
		limit = 10 * time.Second
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case m := <-l.messages:
		if m.closed {
			return "", ErrClosed
		}
		return m.payload, nil
	case <-timer.C:
		return "", ErrTimeout
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// addFrame puts a hidden frame in the page.
func addFrame(url string) (remove func(), err error) {
	document := js.Global().Get("document")
	frame, err := jsvalue.Call(document, "createElement", "iframe")
	if err != nil {
		return nil, ErrUnavailable
	}
	style := jsvalue.Get(frame, "style")
	for _, s := range [...][2]string{{"visibility", "hidden"}, {"position", "absolute"}, {"width", "0"}, {"height", "0"}, {"border", "0"}} {
		_ = jsvalue.Set(style, s[0], s[1])
	}
	for _, a := range [...][2]string{
		{"title", "Authentication"}, {"aria-hidden", "true"},
		{"sandbox", "allow-scripts allow-same-origin allow-forms"}, {"allow", "local-network-access *"},
		{"referrerpolicy", "no-referrer"}, {"src", url},
	} {
		if _, err := jsvalue.Call(frame, "setAttribute", a[0], a[1]); err != nil {
			return nil, ErrUnavailable
		}
	}
	parent := jsvalue.Get(document, "body")
	if !jsvalue.IsObject(parent) {
		parent = jsvalue.Get(document, "documentElement")
	}
	if _, err := jsvalue.Call(parent, "appendChild", frame); err != nil {
		return nil, ErrUnavailable
	}
	return func() { _, _ = jsvalue.Call(frame, "remove") }, nil
}
