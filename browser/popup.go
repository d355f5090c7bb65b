//go:build js

package browser

import (
	"context"
	"strconv"
	"syscall/js"
	"time"

	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// A Popup is a [latchkey.UserAgent] that signs a user in by a window of its own. It is for
// one sign-in.
type Popup struct {
	// RedirectURI is the redirect page, as it is registered. Empty: this page without query
	// and fragment.
	RedirectURI string
	// State is added to the state parameter, and ignored.
	State string
	// Name is the window's; empty: a new window.
	Name string
	// Width and Height are the window's in pixels, if they fit the page; zero: 483 and 600.
	Width, Height int
	// Left and Top are where the window is on the screen; nil: in the middle of this page's.
	Left, Top *int
	// Parent is the window that opens this one. Undefined: the page's.
	Parent js.Value
	// Timeout is how long the user may take. Zero: as long as the sign-in is good.
	Timeout time.Duration
	// Ahead says that Open is called right after Authorize has begun, in the same handler, so
	// that the authority is asked while the browser is busy with the window.
	Ahead bool
	// Opened is told the window when it is open; nil: nobody is.
	Opened func(window js.Value)

	window js.Value
	id     string
	over   bool // no window is opened any more
	err    error
}

// Open opens an empty window now, unless it is open already. Call it in the function that the
// page called for the user's click, since most browsers let a page open a window only there.
// Authorize opens one if Open was not called. After Close it opens none. The error is
// [ErrBlocked].
func (p *Popup) Open() error { return p.openAt("about:blank") }

// openAt opens the window at an address. One that is open stays where it is.
func (p *Popup) openAt(address string) error {
	if p.over || p.window.Truthy() {
		return p.err
	}
	parent := p.Parent
	if !jsvalue.IsObject(parent) {
		parent = js.Global()
	}
	window, err := jsvalue.Call(parent, "open", address, p.Name, p.features(parent))
	if err != nil || !jsvalue.IsObject(window) {
		p.over, p.err = true, ErrBlocked
		return p.err
	}
	p.window = window
	_, _ = jsvalue.Call(window, "focus")
	if p.Opened != nil {
		p.Opened(window)
	}
	return nil
}

// Close closes the window, if there is one.
func (p *Popup) Close() {
	p.over = true
	if p.window.Truthy() {
		_, _ = jsvalue.Call(p.window, "close")
		p.window = js.Undefined()
	}
}

// features are the third argument of window.open.
func (p *Popup) features(parent js.Value) string {
	inner := func(name, other string) int {
		n, err := jsvalue.Number(parent, name, 0)
		if err != nil || n <= 0 || n > 1<<20 {
			if n, err = jsvalue.Number(jsvalue.Get(jsvalue.Get(parent, "document"), "documentElement"), other, 0); err != nil || n > 1<<20 {
				n = 0
			}
		}
		return int(n)
	}
	number := func(name string) int {
		n, err := jsvalue.Number(parent, name, 0)
		if err != nil || n < -1<<20 || n > 1<<20 {
			n = 0
		}
		return int(n)
	}
	pageWidth, pageHeight := inner("innerWidth", "clientWidth"), inner("innerHeight", "clientHeight")
	width, height := fit(p.Width, pageWidth, 483), fit(p.Height, pageHeight, 600)
	left := max(0, pageWidth/2-width/2+number("screenX"))
	top := max(0, pageHeight/2-height/2+number("screenY"))
	if p.Left != nil {
		left = *p.Left
	}
	if p.Top != nil {
		top = *p.Top
	}
	return "width=" + strconv.Itoa(width) + ", height=" + strconv.Itoa(height) +
		", top=" + strconv.Itoa(top) + ", left=" + strconv.Itoa(left) + ", scrollbars=yes"
}

// fit returns the size if it is one and fits the page.
func fit(size, page, other int) int {
	if size > 0 && (page == 0 || size <= page) {
		return size
	}
	return other
}

// ComposeState implements [latchkey.StateComposer].
func (p *Popup) ComposeState(random string) string {
	p.id = random
	return State{ID: random, Interaction: InteractionPopup, User: p.State}.String()
}

// Authorize implements [latchkey.UserAgent]. The error is [ErrBlocked], [ErrClosed],
// [ErrTimeout], begin's or ctx's.
func (p *Popup) Authorize(ctx context.Context, _ string, begin func(ctx context.Context, redirectURI string, responseModes []string) (string, error)) (string, error) {
	p.over = p.err != nil
	defer p.Close()
	if !p.Ahead {
		if err := p.Open(); err != nil {
			return "", err
		}
	}
	url, err := begin(ctx, redirectURI(p.RedirectURI), responseModes)
	if err != nil {
		return "", err
	}
	return p.Show(ctx, url, p.id)
}

// Show sends the window to an address of the authority, or opens it there, and returns what the
// redirect page reports for the state with that id. The error is as Authorize's.
func (p *Popup) Show(ctx context.Context, url, id string) (string, error) {
	l, err := listen(id) // before anything can be posted
	if err != nil {
		return "", err
	}
	defer l.close()
	if err := p.send(url); err != nil {
		return "", err
	}
	watch := watcher{window: p.window}
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	limit, stop := timeout(p.Timeout)
	defer stop()
	for {
		select {
		case m := <-l.messages:
			if m.closed {
				return "", ErrClosed
			}
			return m.payload, nil
		case <-ticker.C:
			if watch.closed() {
				return "", ErrClosed
			}
		case <-limit:
			return "", ErrTimeout
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}

// send sends the window to an address.
func (p *Popup) send(url string) error {
	if !p.window.Truthy() {
		return p.openAt(url)
	}
	if jsvalue.Flag(p.window, "closed") {
		return ErrClosed
	}
	if _, err := jsvalue.Call(jsvalue.Get(p.window, "location"), "replace", url); err != nil {
		return ErrClosed
	}
	return nil
}

// pollInterval is how often the window is looked at: the authority's pages do not report.
const pollInterval = 250 * time.Millisecond

// A watcher tells a window that the user closed from one that the authority's page cut
// loose (Cross-Origin-Opener-Policy): both say that they are closed, and the second is there
// still. One that was seen at another origin is not cut loose any more; of others the one
// that the user closed gives this page the focus back.
type watcher struct {
	window  js.Value
	foreign bool
	seen    int // how often it was found closed; once more, so that an answer on its way arrives
}

func (w *watcher) closed() bool {
	if !jsvalue.Flag(w.window, "closed") {
		w.seen = 0
		if _, err := jsvalue.Call(js.Global().Get("Reflect"), "get", jsvalue.Get(w.window, "location"), "href"); err != nil {
			w.foreign = true // another origin's address cannot be read
		}
		return false
	}
	focus, err := jsvalue.Call(js.Global().Get("document"), "hasFocus")
	if !w.foreign && err == nil && !focus.Truthy() {
		return false
	}
	w.seen++
	return w.seen > 1
}

// responseModes are what a redirect page can receive, the best first.
var responseModes = []string{"fragment", "query"}

// redirectURI returns the page to come back to.
func redirectURI(given string) string {
	if given != "" {
		return given
	}
	return Here()
}

// Here returns the address of this page without query and fragment; empty if there is none.
func Here() string {
	location := jsvalue.Get(js.Global(), "location")
	origin, err := jsvalue.Text(location, "origin")
	path, pathErr := jsvalue.Text(location, "pathname")
	if err != nil || pathErr != nil {
		return ""
	}
	return origin + path
}

// timeout returns a channel that is sent to after d; never if d is zero.
func timeout(d time.Duration) (<-chan time.Time, func()) {
	if d <= 0 {
		return nil, func() {}
	}
	timer := time.NewTimer(d)
	return timer.C, func() { timer.Stop() }
}
