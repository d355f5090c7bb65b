package transport_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"syscall/js"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/transport"
)

const pageURL = "https://login.example/token?code=" + secret

func get(url string) *transport.Request { return &transport.Request{Method: "GET", URL: url} }

// refusal checks what every failure must keep.
func refusal(t *testing.T, resp *transport.Response, err error) {
	t.Helper()
	var failure *transport.Error
	if resp != nil || !errors.As(err, &failure) {
		t.Fatalf("got %v, %v; want an *Error", resp, err)
	}
	hides(t, err)
}

func released(t *testing.T, p page) {
	t.Helper()
	made, kept := p.callbacks(t)
	if made == 0 || kept != 0 {
		t.Errorf("%d callbacks, %d of them not released", made, kept)
	}
}

func TestR19_PageRequestOptions(t *testing.T) {
	p := newPage(t, `return Promise.resolve(new Response("ok"))`)
	_, err := transport.Default()(context.Background(), &transport.Request{
		Method: "POST",
		URL:    pageURL,
		Header: transport.Header{{Name: "X-One", Value: "1"}, {Name: "X-One", Value: "2"}},
		Body:   "a=%C3%BC",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{"options", "request"} {
		got := p.call(0).Get(from)
		for name, want := range map[string]string{
			"redirect": "error", "credentials": "omit", "cache": "no-store", "referrerPolicy": "no-referrer", "method": "POST",
		} {
			if got.Get(name).String() != want {
				t.Errorf("%s.%s = %s, want %s", from, name, got.Get(name).String(), want)
			}
		}
	}
	if got := p.call(0).Get("request").Get("headers").Call("get", "x-one").String(); got != "1, 2" {
		t.Errorf("header: %q", got)
	}
	if got := p.call(0).Get("options").Get("body").String(); got != "a=%C3%BC" {
		t.Errorf("body: %q", got)
	}
	if got := p.call(0).Get("url").String(); got != pageURL {
		t.Errorf("URL: %q", got)
	}
	if signal := p.call(0).Get("options").Get("signal"); signal.Get("aborted").Bool() {
		t.Error("aborted after a whole answer")
	}
	released(t, p)
}

func TestPageAnswer(t *testing.T) {
	tests := []struct {
		name, answer string
		status       int
		body         string
	}{
		{"text", `new Response("gr\u00fc\u00df \ud83d\ude00", {status: 400, headers: {b: "2", a: "1", "content-type": "x"}})`, 400, "grüß 😀"},
		{"bytes", `new Response(new Uint8Array([0, 255, 10]), {status: 200, headers: {b: "2", a: "1", "content-type": "x"}})`, 200, "\x00\xff\n"},
		{"no content", `new Response(null, {status: 204, headers: {b: "2", a: "1", "content-type": "x"}})`, 204, ""},
		{"empty", `new Response("", {headers: {b: "2", a: "1", "content-type": "x"}})`, 200, ""},
		{"no streams", `({status: 201, headers: new Headers({b: "2", a: "1", "content-type": "x"}), arrayBuffer: () => Promise.resolve(new Uint8Array([104, 105]).buffer)})`, 201, "hi"},
		{"subclass of Uint8Array", `new Response(new ReadableStream({start(c) { c.enqueue(Buffer.from("one ")); c.enqueue(new Uint8Array(0)); c.enqueue(Buffer.from("two")); c.close(); }}), {headers: {b: "2", a: "1", "content-type": "x"}})`, 200, "one two"},
	}
	for _, tt := range tests {
		tt := tt
		t.Run(tt.name, func(t *testing.T) {
			p := newPage(t, `return Promise.resolve(`+tt.answer+`)`)
			resp, err := transport.Default()(context.Background(), get(pageURL))
			if err != nil {
				t.Fatal(err)
			}
			if resp.Status != tt.status || resp.Body != tt.body {
				t.Errorf("got %d %q", resp.Status, resp.Body)
			}
			if len(resp.Header) != 3 || resp.Header[0] != (transport.Field{Name: "a", Value: "1"}) || resp.Header.Get("B") != "2" {
				t.Errorf("got %v", resp.Header)
			}
			if !p.call(0).Get("options").Get("body").IsUndefined() {
				t.Error("a GET has a body")
			}
			released(t, p)
		})
	}
}

func TestPageBodyLimit(t *testing.T) {
	tests := []struct {
		name, answer string
		tooLarge     bool
	}{
		{"exactly", `new Response(new Uint8Array(1 << 20))`, false},
		{"one more", `new Response(new Uint8Array((1 << 20) + 1))`, true},
		{"endless", `new Response(new ReadableStream({pull(c) { page.pulled = (page.pulled || 0) + 1; c.enqueue(new Uint8Array(1 << 16)); }}))`, true},
		{"no streams", `({status: 200, headers: new Headers(), arrayBuffer: () => Promise.resolve(new ArrayBuffer((1 << 20) + 1))})`, true},
	}
	for _, tt := range tests {
		tt := tt
		t.Run(tt.name, func(t *testing.T) {
			p := newPage(t, `return Promise.resolve(`+tt.answer+`)`)
			resp, err := transport.Default()(context.Background(), get(pageURL))
			aborted := p.call(0).Get("options").Get("signal").Get("aborted").Bool()
			if aborted != tt.tooLarge {
				t.Errorf("aborted: %v", aborted)
			}
			if pulled := p.v.Get("pulled"); pulled.Type() == js.TypeNumber && pulled.Int() > 20 {
				t.Errorf("%d chunks of 64 KiB were read", pulled.Int())
			}
			released(t, p)
			if !tt.tooLarge {
				if err != nil || len(resp.Body) != transport.MaxBody {
					t.Errorf("got %v, %v", resp, err)
				}
				return
			}
			refusal(t, resp, err)
			if !errors.Is(err, transport.ErrBodyTooLarge) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestPageContextEnds(t *testing.T) {
	answers := map[string]string{
		"fetch honours the signal": `page.started(); return new Promise((_, refuse) => options.signal.addEventListener("abort", () => refuse(options.signal.reason)))`,
		"fetch ignores the signal": `page.started(); return new Promise(() => {})`,
		"body never ends":          `return Promise.resolve(new Response(new ReadableStream({pull() { page.started(); return new Promise(() => {}); }})))`,
	}
	reason := errors.New("the user closed the window")
	for name, answer := range answers {
		name, answer := name, answer
		t.Run(name+", cancelled", func(t *testing.T) {
			p := newPage(t, answer)
			ctx, cancel := context.WithCancelCause(context.Background())
			started := js.FuncOf(func(js.Value, []js.Value) any {
				cancel(reason)
				return nil
			})
			p.v.Set("started", started)
			resp, err := transport.Default()(ctx, get(pageURL))
			turn() // a stream may be pulled before it is read
			started.Release()
			refusal(t, resp, err)
			if !errors.Is(err, context.Canceled) || !errors.Is(err, reason) {
				t.Errorf("got %v", err)
			}
			if !p.call(0).Get("options").Get("signal").Get("aborted").Bool() {
				t.Error("not aborted")
			}
			released(t, p)
		})
		t.Run(name+", deadline", func(t *testing.T) {
			p := newPage(t, answer)
			eval(`arguments[0].started = () => {}`, p.v)
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
			defer cancel()
			resp, err := transport.Default()(ctx, get(pageURL))
			refusal(t, resp, err)
			if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "the caller's deadline") {
				t.Errorf("got %v", err)
			}
			released(t, p)
		})
	}
	t.Run("cancelled before", func(t *testing.T) {
		p := newPage(t, `return Promise.resolve(new Response("ok"))`)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		resp, err := transport.Default()(ctx, get(pageURL))
		refusal(t, resp, err)
		if !errors.Is(err, context.Canceled) || p.v.Get("calls").Length() != 0 {
			t.Errorf("got %v after %d calls", err, p.v.Get("calls").Length())
		}
	})
}

func TestPageFailures(t *testing.T) {
	tests := []struct{ name, answer, want string }{
		{"network", `return Promise.reject(new TypeError("Failed to parse URL from " + url))`, "(TypeError)"},
		{"Node's cause", `return Promise.reject(new TypeError("fetch failed", {cause: Object.assign(new Error(url), {code: "ECONNREFUSED"})}))`, "(TypeError ECONNREFUSED)"},
		{"cause with odd code", `return Promise.reject(new TypeError("fetch failed", {cause: {code: url}}))`, "(TypeError)"},
		{"odd name", `return Promise.reject({name: url})`, "(connect-src)"},
		{"a string", `return Promise.reject(url)`, "CORS"},
		{"nothing", `return Promise.reject()`, "CORS"},
		{"exception", `throw new SyntaxError(url)`, "(SyntaxError)"},
		{"no promise", `return undefined`, "the page"},
		{"answer without headers", `return Promise.resolve({status: 200, body: null, arrayBuffer: () => Promise.resolve(new ArrayBuffer(0))})`, "the page"},
		{"body breaks", `return Promise.resolve(new Response(new ReadableStream({pull(c) { c.error(new RangeError(url)); }})))`, "(RangeError)"},
		{"chunks are text", `return Promise.resolve({status: 200, headers: new Headers(), body: {getReader: () => ({read: () => Promise.resolve({done: false, value: url})})}})`, "the page"},
	}
	for _, tt := range tests {
		tt := tt
		t.Run(tt.name, func(t *testing.T) {
			p := newPage(t, tt.answer)
			resp, err := transport.Default()(context.Background(), get(pageURL))
			refusal(t, resp, err)
			if !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "transport: GET login.example: ") {
				t.Errorf("want %q in: %v", tt.want, err)
			}
			if _, kept := p.callbacks(t); kept != 0 {
				t.Errorf("%d callbacks not released", kept)
			}
		})
	}
	t.Run("no fetch", func(t *testing.T) {
		newPage(t, ``)
		js.Global().Set("fetch", js.Undefined())
		resp, err := transport.Default()(context.Background(), get(pageURL))
		refusal(t, resp, err)
		if !strings.Contains(err.Error(), "no fetch") {
			t.Errorf("got %v", err)
		}
	})
}

func TestPageRequestsAtOnce(t *testing.T) {
	p := newPage(t, `return new Promise(keep => setTimeout(() => keep(new Response(url)), page.calls.length % 3))`)
	var all sync.WaitGroup
	for i := 0; i < 50; i++ {
		url := "https://login.example/" + strings.Repeat("x", i)
		all.Add(1)
		go func() {
			defer all.Done()
			resp, err := transport.Default()(context.Background(), get(url))
			if err != nil || resp.Body != url {
				t.Errorf("got %v, %v", resp, err)
			}
		}()
	}
	all.Wait()
	released(t, p)
}

// The tests below use the real fetch.

func TestR19_PageRefusesRedirects(t *testing.T) {
	url, seen := nodeServer(t, `answer.writeHead(302, {Location: "/elsewhere"}); answer.end()`)
	resp, err := transport.Default()(context.Background(), get(url+"/?code="+secret))
	refusal(t, resp, err)
	if seen.Length() != 1 || !strings.Contains(err.Error(), "redirect") {
		t.Errorf("%d requests, %v", seen.Length(), err)
	}
}

func TestPageOverRealHTTP(t *testing.T) {
	url, seen := nodeServer(t, `
		if (request.url === "/refused") { request.socket.destroy(); return; }
		if (request.url === "/cut") { answer.writeHead(200, {"Content-Length": "100"}); answer.write("x", () => request.socket.destroy()); return; }
		const z = process.getBuiltinModule("zlib").gzipSync("x".repeat(request.url === "/bomb" ? (1 << 20) + 1 : 5));
		answer.writeHead(200, {"Content-Encoding": "gzip", "X-A": "1", "Set-Cookie": "a=b"});
		answer.end(z);`)
	send := transport.Default()
	req := get(url + "/ok")
	req.Header = transport.Header{{Name: "X-One", Value: "1"}}
	resp, err := send(context.Background(), req)
	if err != nil || resp.Body != "xxxxx" || resp.Header.Get("x-a") != "1" {
		t.Fatalf("got %v, %v", resp, err)
	}
	if got := seen.Index(0).Get("headers"); got.Get("x-one").String() != "1" || !got.Get("cookie").IsUndefined() || !got.Get("referer").IsUndefined() {
		t.Error("the server saw other headers")
	}
	for _, path := range []string{"/refused", "/cut", "/bomb"} {
		resp, err := send(context.Background(), get(url+path))
		refusal(t, resp, err)
		if errors.Is(err, transport.ErrBodyTooLarge) != (path == "/bomb") {
			t.Errorf("%s: %v", path, err)
		}
	}
}
