package transport

import (
	"context"
	"errors"
	"syscall/js"
)

// Default returns a Func on the page's fetch. It sends no cookie and no referrer,
// neither reads nor fills the HTTP cache, and fails on a redirect (a page cannot look
// at one). A request whose context has no deadline has 30 seconds. In a program it is
// net/http.
func Default() Func { return send }

func send(ctx context.Context, req *Request) (*Response, error) {
	if err := check(req); err != nil {
		return nil, err
	}
	limited, cancel := withLimit(ctx)
	defer cancel()
	resp, err := exchange(limited, req)
	if err == nil {
		return resp, nil
	}
	if end := ended(ctx, limited); end != nil {
		return nil, failed(req, end)
	}
	return nil, failed(req, err)
}

// exchange recovers, because syscall/js turns what JavaScript throws into a panic.
func exchange(ctx context.Context, req *Request) (resp *Response, err error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if js.Global().Get("fetch").Type() != js.TypeFunction {
		return nil, errors.New("there is no fetch here; use a browser, or Node 18 and later")
	}
	stop := newAborter()
	defer func() {
		if p := recover(); p != nil {
			resp, err = nil, thrown(p)
		}
		if err != nil {
			stop.abort()
		}
	}()
	answer, err := stop.await(ctx, js.Global().Call("fetch", req.URL, options(req, stop.signal())))
	if err != nil {
		return nil, err
	}
	body, err := readBody(ctx, stop, answer)
	if err != nil {
		return nil, err
	}
	return &Response{Status: answer.Get("status").Int(), Header: fields(answer), Body: body}, nil
}

func options(req *Request, signal js.Value) map[string]any {
	headers := make([]any, 0, len(req.Header))
	for i := range req.Header {
		headers = append(headers, []any{req.Header[i].Name, req.Header[i].Value})
	}
	o := map[string]any{
		"method":         req.Method,
		"headers":        headers,
		"redirect":       "error",
		"credentials":    "omit",
		"cache":          "no-store",
		"referrerPolicy": "no-referrer",
		"signal":         signal,
	}
	if req.Body != "" {
		o["body"] = req.Body
	}
	return o
}

// fields copies the headers, which a page iterates sorted by name.
func fields(answer js.Value) Header {
	pairs := js.Global().Get("Array").Call("from", answer.Get("headers").Call("entries"))
	all := make(Header, 0, pairs.Length())
	for i := 0; i < pairs.Length(); i++ {
		pair := pairs.Index(i)
		all = append(all, Field{pair.Index(0).String(), pair.Index(1).String()})
	}
	return all
}

// readBody reads chunk by chunk, so that no more than the limit is ever held.
func readBody(ctx context.Context, stop *aborter, answer js.Value) (string, error) {
	stream := answer.Get("body")
	if !stream.Truthy() { // 204, and pages without streams
		buffer, err := stop.await(ctx, answer.Call("arrayBuffer"))
		if err != nil {
			return "", err
		}
		body, err := appendBytes(nil, buffer)
		return string(body), err
	}
	reader := stream.Call("getReader")
	var body []byte
	for {
		chunk, err := stop.await(ctx, reader.Call("read"))
		if err != nil {
			return "", err
		}
		if chunk.Get("done").Truthy() {
			return string(body), nil
		}
		if body, err = appendBytes(body, chunk.Get("value")); err != nil {
			return "", err
		}
	}
}

// appendBytes takes an ArrayBuffer or a typed array. It makes a Uint8Array of it, since
// CopyBytesToGo accepts neither a subclass nor one that another frame made.
func appendBytes(body []byte, chunk js.Value) ([]byte, error) {
	n := chunk.Get("byteLength").Int()
	if len(body)+n > MaxBody {
		return nil, ErrBodyTooLarge
	}
	piece := make([]byte, n)
	js.CopyBytesToGo(piece, js.Global().Get("Uint8Array").New(chunk))
	return append(body, piece...), nil
}

// thrown returns the cause of an exception, or of a promise that was refused. The
// message of an exception is not shown: some browsers put the whole URL in it.
func thrown(p any) error {
	text := "the request failed in the page; check the network, that the server is up and its certificate valid, " +
		"that it allows this origin (CORS) and does not redirect, and that the page's Content-Security-Policy (connect-src) allows it"
	e, ok := p.(js.Error)
	if !ok {
		return errors.New(text)
	}
	return errors.New(text + name(e.Value))
}

// name returns the exception's class, and the code that Node gives its cause.
func name(e js.Value) string {
	if e.Type() != js.TypeObject {
		return ""
	}
	s := word(e.Get("name"))
	if inner := e.Get("cause"); inner.Type() == js.TypeObject {
		s += word(inner.Get("code"))
	}
	if s == "" {
		return ""
	}
	return " (" + s[1:] + ")"
}

func word(v js.Value) string {
	if v.Type() != js.TypeString {
		return ""
	}
	s := v.String()
	for i := 0; i < len(s); i++ {
		if !alphanumeric(s[i]) && s[i] != '_' {
			return ""
		}
	}
	if s == "" || len(s) > 40 {
		return ""
	}
	return " " + s
}
