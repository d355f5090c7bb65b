package transport

// An Error says that a request got no complete answer, why, and what to do about
// it. It matches [context.Canceled] if the caller's context was cancelled, and
// [context.DeadlineExceeded] if it took too long, by whatever limit. Its text never
// has the URL's path or query, a header or a body.
type Error struct {
	Method string // of the request
	Host   string // host, and port if the URL has one; "" if the URL is unusable
	Err    error  // the cause; nil reads as "no answer"
}

// Error returns the method, the host, the cause and the remedy.
func (e *Error) Error() string {
	text := "transport: " + e.Method
	if e.Host != "" {
		text += " " + e.Host
	}
	if e.Err == nil {
		return text + ": no answer"
	}
	return text + ": " + e.Err.Error()
}

// GoString is the same as Error.
func (e *Error) GoString() string { return e.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// failed returns the Error of a request that passed check.
func failed(req *Request, cause error) *Error {
	_, host, _, _ := target(req.URL)
	return &Error{Method: req.Method, Host: host, Err: cause}
}

// A cause shows text instead of the text of err, which may have a URL in it, and
// keeps err for errors.Is and errors.As.
type cause struct {
	text string
	err  error
}

func (c *cause) Error() string    { return c.text }
func (c *cause) GoString() string { return c.text }
func (c *cause) Unwrap() error    { return c.err }
