package transport_test

import (
	"runtime"
	"syscall/js"
	"testing"
)

// eval runs JavaScript as the body of a function with the given arguments.
func eval(body string, args ...any) js.Value {
	return js.Global().Get("Function").New(body).Invoke(args...)
}

// A page is what a test sees of the calls to fetch.
type page struct{ v js.Value }

// newPage replaces fetch until the test ends. The function body answers a call: it has
// url, options and page, whose calls list holds every call as a real Request, made from
// the same arguments, so that an option that fetch does not accept is an exception.
func newPage(t *testing.T, body string) page {
	t.Helper()
	p := page{eval(`
		const page = {calls: [], functions: [], fetch: globalThis.fetch, race: Promise.race};
		const answer = new Function("url", "options", "page", arguments[0]);
		globalThis.fetch = function(url, options) {
			page.calls.push({url, options, request: new Request(url, options)});
			return answer.call(this, url, options, page);
		};
		Promise.race = function(list) {
			const p = page.race.call(Promise, list), then = p.then;
			p.then = (kept, refused) => { page.functions.push(kept, refused); return then.call(p, kept, refused); };
			return p;
		};
		return page;`, body)}
	t.Cleanup(func() {
		eval(`globalThis.fetch = arguments[0].fetch; Promise.race = arguments[0].race`, p.v)
	})
	return p
}

// call returns the arguments of the call with that number.
func (p page) call(i int) js.Value { return p.v.Get("calls").Index(i) }

// callbacks returns how many callbacks were made, and how many of them were not
// released: the wasm runtime complains when a released one is called. What GopherJS
// counts cannot be seen from here, so there it is 0.
func (p page) callbacks(t *testing.T) (made, kept int) {
	t.Helper()
	turn()
	made = p.v.Get("functions").Length()
	if runtime.GOARCH != "wasm" {
		return made, 0
	}
	released := eval(`
		let released = 0;
		const original = console.error;
		console.error = () => released++;
		for (const f of arguments[0].functions) f();
		console.error = original;
		return released;`, p.v)
	return made, made - released.Int()
}

// turn lets the page run what is due.
func turn() {
	done := make(chan struct{})
	f := js.FuncOf(func(js.Value, []js.Value) any {
		close(done)
		return nil
	})
	js.Global().Call("setTimeout", f, 0)
	<-done
	f.Release()
}

// nodeServer starts a server of Node's, which the same event loop serves, and returns
// its URL. The function body answers: it has request, answer and seen, a list.
func nodeServer(t *testing.T, body string) (url string, seen js.Value) {
	t.Helper()
	ready := make(chan struct{})
	listening := js.FuncOf(func(js.Value, []js.Value) any {
		close(ready)
		return nil
	})
	defer listening.Release()
	server := eval(`
		const seen = [];
		const serve = new Function("request", "answer", "seen", arguments[0]);
		const server = process.getBuiltinModule("http").createServer((q, a) => { seen.push(q); serve(q, a, seen); });
		server.listen(0, "127.0.0.1", () => arguments[1]());
		return {server, seen};`, body, listening)
	<-ready
	t.Cleanup(func() {
		server.Get("server").Call("close")
		server.Get("server").Call("closeAllConnections")
	})
	port := server.Get("server").Call("address").Get("port")
	return "http://127.0.0.1:" + eval(`return String(arguments[0])`, port).String(), server.Get("seen")
}
