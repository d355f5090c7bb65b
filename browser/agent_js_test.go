package browser

import (
	"context"
	"errors"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/internal/fakepage"
	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// answer makes page.visit open the redirect page with a fragment for the state of the URL.
func visit(page js.Value, body string) {
	page.Set("visit", js.Global().Get("Function").New("url", "target", `
		const state = new URL(url).searchParams.get("state");
		const answer = a => "https://app.test/redirect#" + new URLSearchParams({state, ...a});
		const post = m => { const c = new BroadcastChannel(JSON.parse(atob(state.split("|")[0])).id); c.postMessage(m); c.close() };
		`+body))
}

// begin is what the client does between opening the window and using it.
func begin(agent interface{ ComposeState(string) string }) func(context.Context, string, []string) (string, error) {
	return func(_ context.Context, redirectURI string, modes []string) (string, error) {
		if redirectURI != "https://app.test/redirect" || strings.Join(modes, " ") != "fragment query" {
			return "", errors.New("redirect URI " + redirectURI)
		}
		return "https://op.test/authorize?state=" + js.Global().Call("encodeURIComponent", agent.ComposeState("random-id")).String(), nil
	}
}

func TestPopup(t *testing.T) {
	page := fakepage.Install()
	visit(page, `return answer({code: "c"})`)
	var opened js.Value
	p := &Popup{RedirectURI: "https://app.test/redirect", State: "mine", Width: 300, Opened: func(w js.Value) { opened = w }}
	if err := p.Open(); err != nil || !opened.Truthy() {
		t.Fatal(err)
	}
	if url := opened.Get("url").String(); url != "about:blank" {
		t.Errorf("opened at %s", url)
	}
	callback, err := p.Authorize(soon(t), "", begin(p))
	if err != nil || Answered(callback) != (State{ID: "random-id", Interaction: InteractionPopup, User: "mine"}).String() {
		t.Errorf("%q, %v", callback, err)
	}
	if n := page.Get("windows").Length(); n != 1 || !opened.Get("closed").Bool() {
		t.Errorf("%d windows, the first closed: %v", n, opened.Get("closed"))
	}
	if features := opened.Get("features").String(); features != "width=300, height=600, top=0, left=0, scrollbars=yes" {
		t.Error(features)
	}
}

func TestPopupThatFails(t *testing.T) {
	failed := errors.New("no authority")
	tests := []struct {
		name  string
		page  string // what happens before
		visit string
		begin error
		want  error
	}{
		{"blocked", `arguments[0].blocked = true`, ``, nil, ErrBlocked},
		{"begin fails", ``, ``, failed, failed},
		{"closed by the user", ``, `setTimeout(() => { target.closed = true })`, nil, ErrClosed},
		{"closed at the authority's page", ``, `
			Object.defineProperty(target.location, "href", {get() { setTimeout(() => { target.closed = true }); throw new DOMException("", "SecurityError") }});
			globalThis.document.hasFocus = () => false`, nil, ErrClosed},
		{"the redirect page reports that it is closed", ``, `post({v: 1, closed: true})`, nil, ErrClosed},
		{"nothing comes", ``, ``, nil, ErrTimeout},
		{"cut loose by the authority's page, and nothing comes", `globalThis.document.hasFocus = () => false`, `target.closed = true`, nil, ErrTimeout},
		{"R47 hostile messages", ``, `
			for (const m of [null, 1, "x", {}, {v: 2, payload: "x"}, {v: 1}, {v: 1, payload: 7}, {v: "1", payload: "x"}, {v: 1, closed: "yes"},
				{v: 1, payload: "\ud800"}, {v: 1, payload: "x".repeat(70000)}, {type: "msal:popup-relay-response:v1", payload: "x"}]) post(m)`, nil, ErrTimeout},
		{"R47 messages on another channel", ``, `
			const c = new BroadcastChannel("another-id"); c.postMessage({v: 1, payload: "code=x"}); c.close()`, nil, ErrTimeout},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := fakepage.Install()
			eval(tt.page, page)
			visit(page, tt.visit)
			p := &Popup{RedirectURI: "https://app.test/redirect"}
			if errors.Is(tt.want, ErrTimeout) {
				p.Timeout = time.Second
			}
			next := begin(p)
			if tt.begin != nil {
				next = func(context.Context, string, []string) (string, error) { return "", tt.begin }
			}
			if callback, err := p.Authorize(soon(t), "", next); !errors.Is(err, tt.want) {
				t.Errorf("%q, %v; want %v", callback, err, tt.want)
			}
			windows := page.Get("windows")
			for i := 0; i < windows.Length(); i++ {
				if !windows.Index(i).Get("closed").Bool() {
					t.Error("the window is still open")
				}
			}
			// The next click works.
			eval(`arguments[0].blocked = false; globalThis.document.hasFocus = () => true`, page)
			visit(page, `return answer({code: "c"})`)
			again := &Popup{RedirectURI: "https://app.test/redirect"}
			if _, err := again.Authorize(soon(t), "", begin(again)); err != nil {
				t.Errorf("the next one: %v", err)
			}
		})
	}
}

func TestPopupAheadOfItsWindow(t *testing.T) {
	for _, blocked := range []bool{false, true} {
		page := fakepage.Install()
		page.Set("blocked", blocked)
		visit(page, `return answer({code: "c"})`)
		p := &Popup{RedirectURI: "https://app.test/redirect", Ahead: true}
		begun, open, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		jsvalue.Go(func() {
			_, err := p.Authorize(soon(t), "", func(ctx context.Context, redirectURI string, modes []string) (string, error) {
				close(begun)
				<-open
				return begin(p)(ctx, redirectURI, modes)
			})
			ended <- err
		})
		select {
		case <-begun:
		case err := <-ended:
			t.Fatalf("it did not begin: %v", err)
		}
		if n := page.Get("windows").Length(); n != 0 {
			t.Errorf("%d windows before the page has opened one", n)
		}
		opened := p.Open()
		page.Set("blocked", false)
		close(open)
		if err := <-ended; blocked && !(errors.Is(opened, ErrBlocked) && errors.Is(err, ErrBlocked)) || !blocked && (opened != nil || err != nil) {
			t.Errorf("blocked %v: %v, then %v", blocked, opened, err)
		}
		_ = p.Open()
		if n := page.Get("windows").Length(); blocked && n != 0 || !blocked && n != 1 {
			t.Errorf("blocked %v: %d windows in the end", blocked, n)
		}
	}
}

func TestPopupEndsWithItsContext(t *testing.T) {
	page := fakepage.Install()
	p := &Popup{RedirectURI: "https://app.test/redirect"}
	ctx, cancel := context.WithCancel(context.Background())
	page.Set("visit", js.FuncOf(func(js.Value, []js.Value) any { cancel(); return nil }))
	if _, err := p.Authorize(ctx, "", begin(p)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestFrame(t *testing.T) {
	page := fakepage.Install()
	for body, want := range map[string]error{`return answer({error: "login_required"})`: nil, ``: ErrTimeout, `post({v: 1, closed: true})`: ErrClosed} {
		visit(page, body)
		f := &Frame{RedirectURI: "https://app.test/redirect", Timeout: 30 * time.Second}
		if want == ErrTimeout {
			f.Timeout = 100 * time.Millisecond
		}
		callback, err := f.Authorize(soon(t), "", begin(f))
		if !errors.Is(err, want) || want == nil && Answered(callback) == "" {
			t.Errorf("%s: %q, %v", body, callback, err)
		}
		frames := page.Get("frames")
		last := frames.Index(frames.Length() - 1)
		if !last.Get("removed").Truthy() || last.Get("attributes").Get("sandbox").String() != "allow-scripts allow-same-origin allow-forms" {
			t.Errorf("the frame stays, or has no sandbox")
		}
	}
	eval(`globalThis.document.body = null`)
	f := &Frame{RedirectURI: "https://app.test/redirect"}
	if _, err := f.Authorize(soon(t), "", begin(f)); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a page without a body: %v", err)
	}
}

func TestHints(t *testing.T) {
	fakepage.Install()
	heard := make(chan string, 10)
	for _, client := range []string{"mine", "theirs"} {
		name := client
		h, err := Listen(name, func() { heard <- name })
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
	}
	sender, err := Listen("mine", func() { heard <- "the sender" })
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	eval(`const c = new BroadcastChannel("latchkey.hints.1"); for (const m of [null, 1, {}, {client: 7}, {client: "\ud800"}]) c.postMessage(m); c.close()`)
	sender.Send()
	if who := <-heard; who != "mine" {
		t.Errorf("%s heard it", who)
	}
	if len(heard) > 0 {
		t.Errorf("%s heard it too", <-heard)
	}
}
