package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/internal/printable"
	"github.com/latchkey-auth/latchkey/loopback"
)

// interactive: a program on the user's computer opens the browser (RFC 8252), and the
// answer comes to a loopback port.
func (s *stage) interactive(context.Context) (flow, error) {
	app := s.app("native")
	client, err := latchkey.NewPublic(s.config(app))
	by := s.byScript
	who := demoUser
	if s.person != nil {
		by, who = s.byPerson, anyUser
	}
	f := s.userFlow("interactive, system browser", app, client, func(ctx context.Context) (*latchkey.Result, error) {
		return by(ctx, client)
	})
	f.caller.User = who
	return f, err
}

// byScript signs in as a person would, in place of a browser: over HTTP, through the
// authority's pages to the loopback port.
func (s *stage) byScript(ctx context.Context, client *latchkey.PublicClient) (*latchkey.Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	agent := loopback.Browser{Prompt: io.Discard, Open: func(ctx context.Context, page string) error {
		if err := follow(ctx, s.srv.Server, page, demoUser); err != nil {
			cancel(err) // else nobody would ever come
		}
		return nil
	}}
	return client.AcquireTokenInteractive(ctx, s.agent(agent), latchkey.InteractiveRequest{Scopes: s.scopes()})
}

// follow completes the authority's pages as a user, and goes where they lead to.
func follow(ctx context.Context, srv *authoritytest.Server, page, username string) error {
	callback, err := srv.Complete(ctx, page, username)
	if err != nil {
		return err
	}
	return visitCallback(page, callback)
}

// visitCallback brings the answer to an authorization URL to where it belongs, as a browser
// does.
func visitCallback(page, callback string) error {
	u, err := url.Parse(page)
	if err != nil {
		return errCallback
	}
	r, err := http.NewRequest(http.MethodGet, callback, nil)
	if u.Query().Get("response_mode") == "form_post" {
		target, form, _ := strings.Cut(callback, "?")
		r, err = http.NewRequest(http.MethodPost, target, strings.NewReader(form))
		if err == nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
	}
	if err != nil {
		return errCallback // the text of err would have the code in it
	}
	// Not with ctx, which ends when the answer is there, before the closing page is read.
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		return errCallback
	}
	return resp.Body.Close()
}

// patience is how long a person may take to sign in, in each shape.
const patience = 10 * time.Minute

// byPerson lets a person sign in, in the browser of this computer.
func (s *stage) byPerson(ctx context.Context, client *latchkey.PublicClient) (*latchkey.Result, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("nobody has signed in: %w", latchkey.ErrInteractionRequired))
	defer cancel()
	fmt.Fprintf(s.person, "\nSign in with the browser, in the %s. Users and passwords:\n", s.title)
	for _, u := range s.srv.Directory.Users {
		fmt.Fprintf(s.person, "  %s  %s\n", printable.Escape(u.Username), printable.Escape(string(u.Password)))
	}
	agent := loopback.Browser{Prompt: s.person, Open: s.openBrowser}
	return client.AcquireTokenInteractive(ctx, s.agent(agent), latchkey.InteractiveRequest{Scopes: s.scopes()})
}
