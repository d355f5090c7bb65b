package loopback

import (
	"context"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"os"
	"time"
)

// A Browser is a latchkey.UserAgent: it sends the user to the system's browser and
// receives the redirect on a loopback port. The zero value is ready for use. It is safe
// for concurrent use, though only one sign-in at a time can have a fixed port.
type Browser struct {
	// Host is the host of the redirect URI: "localhost" or a loopback address. Empty: the
	// one that the authority's profile names.
	Host string
	// Port is the port of the redirect URI. Zero: any that is free. A port that is taken
	// is an [*Error].
	Port int
	// Path is the path of the redirect URI, such as "/callback". Empty: none.
	Path string

	// Open shows a URL to the user. It returns when that is done, or when ctx, which
	// lasts as long as the sign-in, ends. If it fails, the URL is printed to Prompt. Nil:
	// [Open].
	Open func(ctx context.Context, url string) error
	// Prompt is where the URL is printed if no browser can be opened. Nil: [os.Stderr].
	Prompt io.Writer

	// Done is the closing page of a user who was let in, and Failed of one who was not.
	// They are executed with a [Page]. Nil: a page of this package.
	Done, Failed *template.Template
}

// A machine is what a sign-in uses of the computer. Tests have others.
type machine struct {
	hold holder
	open func(ctx context.Context, url string) error
	// limit bounds the reading of a request and the writing of its answer (rule R37).
	limit time.Duration
}

// responseModes are the ways in which the answer can come, the best first: a form keeps
// the code out of the browser's history (OAuth 2.0 Form Post Response Mode).
func responseModes() []string { return []string{"form_post", "query"} }

// Authorize is for latchkey.AcquireTokenInteractive. It holds a port of loopbackHost,
// gets the authority's page from begin, shows it to the user, and returns the raw query
// or form body that the user came back with. The state is that of the page's URL; what
// else the answer says is for the caller to check. An error is begin's, or an [*Error]:
// a field that must be mended, no way to show the page, or the end of ctx.
func (b Browser) Authorize(ctx context.Context, loopbackHost string, begin func(ctx context.Context, redirectURI string, responseModes []string) (authURL string, err error)) (callback string, err error) {
	m := machine{hold: listenTCP, open: Open, limit: 5 * time.Second}
	return m.authorize(ctx, b, loopbackHost, begin)
}

func (m machine) authorize(ctx context.Context, b Browser, host string, begin func(context.Context, string, []string) (string, error)) (string, error) {
	p, err := b.place(host)
	if err != nil {
		return "", err
	}
	pages, err := b.pages()
	if err != nil {
		return "", err
	}
	held, taken := p.hold(ctx, m.hold)
	if taken != nil && p.port == 0 {
		return "", taken
	}
	defer held.close()
	authURL, err := begin(ctx, p.redirectURI(), responseModes())
	switch {
	case err != nil:
		return "", err
	case taken != nil:
		// Not before begin: what holds a fixed port may be the interaction that it joins.
		return "", taken
	}
	state, err := stateOf(authURL)
	if err != nil {
		return "", err
	}
	r := newReceiver(p, state, pages, m.limit)
	defer r.serve(held)()
	return m.wait(ctx, b, authURL, p, r)
}

// wait shows the URL to the user and waits for the answer.
func (m machine) wait(ctx context.Context, b Browser, authURL string, p *place, r *receiver) (string, error) {
	open := b.Open
	if open == nil {
		open = m.open
	}
	openCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	opened := make(chan error, 1)
	go func() { opened <- open(openCtx, authURL) }()
	for {
		select {
		case callback := <-r.answer:
			return callback, nil
		case err := <-r.broken:
			return "", &Error{Problem: "the loopback port was lost: try again", Err: err}
		case <-ctx.Done():
			return "", &Error{Problem: "the sign-in was not finished in the browser", Err: ended(ctx)}
		case err := <-opened:
			opened = nil
			if err == nil || ctx.Err() != nil {
				continue
			}
			if err := prompt(b.prompt(), authURL, p, err); err != nil {
				return "", &Error{Field: "Prompt", Problem: "no browser could be opened, and the address could not be shown either: set Open", Err: err}
			}
		}
	}
}

// ended returns the context's error together with its cause.
func ended(ctx context.Context) error {
	if cause := context.Cause(ctx); cause != ctx.Err() {
		return fmt.Errorf("%w: %w", ctx.Err(), cause)
	}
	return ctx.Err()
}

func (b *Browser) prompt() io.Writer {
	if b.Prompt == nil {
		return os.Stderr
	}
	return b.Prompt
}

// stateOf returns the state that the answer to an authorization request must have (RFC
// 6749 section 10.12).
func stateOf(authURL string) (string, error) {
	if err := checkURL(authURL); err != nil {
		return "", err
	}
	u, err := url.Parse(authURL)
	if err != nil {
		return "", errURL // without the error's text, which has the URL
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || len(query["state"]) != 1 || query["state"][0] == "" {
		return "", &Error{Problem: "the authorization URL must have one state: without it no answer can be told from a forged one"}
	}
	return query["state"][0], nil
}
