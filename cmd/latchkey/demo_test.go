package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/spf13/cobra"
)

// demoRows are what the demo must show, in each shape.
var demoRows = []struct {
	flow, source string
	status       int
}{
	{"client credentials", sourceAuthority, 200},
	{"client credentials, again", sourceCache, 200},
	{"client credentials, after expiry", sourceAuthority, 200},
	{"client credentials, certificate", sourceAuthority, 200},
	{"client credentials, certificate, again", sourceCache, 200},
	{"client credentials, certificate, after expiry", sourceAuthority, 200},
	{"interactive, system browser", sourceAuthority, 200},
	{"interactive, system browser, again", sourceCache, 200},
	{"interactive, system browser, after expiry", sourceRenewed, 200},
	{"authorization code, public", sourceAuthority, 200},
	{"authorization code, public, again", sourceCache, 200},
	{"authorization code, public, after expiry", sourceRenewed, 200},
	{"authorization code, confidential", sourceAuthority, 200},
	{"authorization code, confidential, again", sourceCache, 200},
	{"authorization code, confidential, after expiry", sourceRenewed, 200},
	{"device code", sourceAuthority, 200},
	{"device code, again", sourceCache, 200},
	{"device code, after expiry", sourceRenewed, 200},
	{"username and password", sourceAuthority, 200},
	{"username and password, again", sourceCache, 200},
	{"username and password, after expiry", sourceRenewed, 200},
	{"refresh token import", sourceRenewed, 200},
	{"refresh token import, again", sourceCache, 200},
	{"refresh token import, after expiry", sourceRenewed, 200},
	{"on-behalf-of", sourceAuthority, 200},
	{"on-behalf-of, again", sourceCache, 200},
	{"on-behalf-of, after expiry", sourceAuthority, 200},
	{"no token", sourceNone, 401},
	{"token for another API", sourceAuthority, 401},
	{"expired token", sourceAuthority, 401},
}

func TestDemo(t *testing.T) {
	t.Parallel()
	rows, err := demo{}.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, shape := range []string{"Entra", "OIDC"} {
		for _, want := range demoRows {
			if shape == "OIDC" && strings.HasPrefix(want.flow, "on-behalf-of") {
				continue // Microsoft Entra's alone
			}
			if len(rows) == 0 {
				t.Fatalf("there is no row for %s (%s)", want.flow, shape)
			}
			r := rows[0]
			rows = rows[1:]
			if r.Flow != want.flow+" ("+shape+")" || r.Source != want.source || r.Status != want.status || !r.OK {
				t.Errorf("the row is %+v, want %+v in the shape %s; problem: %s", r.Flow, want, shape, r.problem)
			}
		}
	}
	if len(rows) > 0 {
		t.Errorf("%d rows more, first %s", len(rows), rows[0].Flow)
	}
}

// A demo whose API is not for whom the tokens are for must say so.
func TestR51_BrokenDemoFails(t *testing.T) {
	t.Parallel()
	s := runCommands(t.Context(), []*cobra.Command{demoCommand(demo{audience: "api://another"})}, "", "demo")
	if s.status != 1 || !strings.HasPrefix(s.err, "latchkey: the demo failed: 51 of 57 rows do not hold") {
		t.Errorf("status %d, standard error %q", s.status, s.err)
	}
	for _, want := range []string{"401, refused", "NO: the API refused the token: aud: ", "6 of 57 rows hold"} {
		if !strings.Contains(s.out, want) {
			t.Errorf("the table does not have %q", want)
		}
	}
	if strings.Contains(s.out, "Next,") {
		t.Error("the table says what to do next")
	}
}

// A person may sign in as anybody: whom the API must see is in the authority's log.
func TestR51_DemoWithAPerson(t *testing.T) {
	t.Parallel()
	var srv *authoritytest.Server
	pages := 0
	d := demo{started: func(s *authoritytest.Server) { srv = s }, open: func(ctx context.Context, page string) error {
		pages++
		return follow(ctx, srv, page, "blake@contoso.test")
	}}
	s := runCommands(t.Context(), []*cobra.Command{demoCommand(d)}, "", "demo", "--browser")
	if s.status != 0 || pages != 2 || strings.Count(s.out, "200, hello blake@contoso.test") != 6 {
		t.Errorf("status %d, %d pages, %s", s.status, pages, s.out)
	}
	for _, u := range srv.Directory.Users {
		if !strings.Contains(s.err, "  "+u.Username+"  "+string(u.Password)+"\n") || strings.Contains(s.out, string(u.Password)) {
			t.Errorf("%s cannot sign in by what was printed", u.Username)
		}
	}
}

func TestDemoInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	d := demo{shown: func(r row) { cancel(errors.New("enough")) }}
	if _, err := d.run(ctx); err == nil || err.Error() != "enough" {
		t.Errorf("error %v, want the cause", err)
	}
}

// No secret that the authority issued or knows may be in anything that the demo prints,
// logs or returns as an error, whether it goes well, the API refuses everything, or the
// authority goes away in the middle.
func TestNoSecretIsPrintable(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name            string
		demo            demo
		explain, failed bool
	}{
		{"all goes well", demo{}, false, false},
		{"the API refuses", demo{audience: "api://another"}, false, true},
		{"the authority goes away", demo{}, false, true},
		{"all goes well", demo{}, true, false},
		{"the authority goes away", demo{}, true, true},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s, explained %v", tt.name, tt.explain), func(t *testing.T) {
			t.Parallel()
			var text syncBuilder
			var srv *authoritytest.Server
			table := newDemoTable(&text)
			d := tt.demo
			if tt.explain {
				d.explain = newExplainer(&text)
			} else {
				d.trace = logTo(&text)
			}
			d.started = func(s *authoritytest.Server) { srv = s }
			d.shown = func(r row) {
				table.row(r)
				if tt.name == "the authority goes away" && r.name == "device code, after expiry" {
					srv.Close()
				}
			}
			rows, err := d.run(t.Context())
			describe(&text, err)
			if err := errors.Join(writeJSON(&text, rows, true), table.finish(rows)); err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if r.err != nil {
					newExplainer(&text).outcome(nil, r.err)
				}
				describe(&text, r.err)
				fmt.Fprintln(&text, r.problem, r.answer)
			}
			if failed := err != nil || failedRows(rows) > 0; failed != tt.failed {
				t.Fatalf("failed: %v (%v), want %v", failed, err, tt.failed)
			}
			secrets := forms(srv)
			if len(secrets) < 20 {
				t.Fatalf("the authority knows %d secrets only", len(secrets))
			}
			if leaked := leaks(text.String(), secrets); leaked > 0 {
				t.Errorf("%d of %d secrets are in what was printed", leaked, len(secrets))
			}
			if tt.explain && strings.Count(text.String(), hiddenValue) < 30 {
				t.Error("hardly anything is hidden: was it explained?")
			}
			if leaks(text.String()+secrets[0], secrets) == 0 {
				t.Error("the search finds nothing that is there")
			}
		})
	}
}

// A syncBuilder is a strings.Builder that several goroutines may write to.
type syncBuilder struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *syncBuilder) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuilder) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// describe writes an error in every way that package fmt has.
func describe(b io.Writer, err error) {
	for err != nil {
		fmt.Fprintf(b, "%v\n%+v\n%#v\n%q\n", err, err, err, err)
		err = errors.Unwrap(err)
	}
}

// forms returns the authority's secrets, and those of its clients as an Authorization
// header has them.
func forms(srv *authoritytest.Server) []string {
	all := srv.Secrets()
	for _, a := range srv.Directory.Apps {
		for _, s := range a.Secrets {
			all = append(all, base64.StdEncoding.EncodeToString([]byte(a.ClientID+":"+string(s))))
		}
	}
	return all
}

func leaks(text string, secrets []string) int {
	n := 0
	for _, s := range secrets {
		if strings.Contains(text, s) {
			n++
		}
	}
	return n
}

// startStage returns a stage with its API.
func startStage(t *testing.T, make func(*demoServer) *stage) *stage {
	t.Helper()
	srv, err := newDemoServer()
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	s := make(srv)
	stop, err := s.startAPI()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return s
}

// A row is judged by the authority's log and the API's answer, not by what a client says.
func TestR51_RowsAreSeenFromOutside(t *testing.T) {
	s := startStage(t, entraStage)
	ctx := t.Context()
	app, err := s.clientCredentials(ctx)
	if err != nil {
		t.Fatal(err)
	}
	user, err := s.password(ctx)
	if err != nil {
		t.Fatal(err)
	}
	twice := func(ctx context.Context) (*latchkey.Result, error) {
		for range 2 {
			if _, err := s.byPassword(mustPublic(t, s), s.scopes())(ctx); err != nil {
				return nil, err
			}
		}
		return app.again(ctx)
	}
	fails := func(context.Context) (*latchkey.Result, error) { return nil, latchkey.ErrInteractionRequired }
	other := user
	other.caller.User = "blake@contoso.test"
	foreign := app
	foreign.caller = user.caller
	any := user
	any.caller.User = anyUser
	tests := []struct {
		name   string
		step   step
		source string
		want   string // the beginning of the problem; "": it holds
	}{
		{"first", step{app, "", sourceAuthority, app.first}, sourceAuthority, ""},
		{"again", step{app, "", sourceCache, app.again}, sourceCache, ""},
		{"it should not be cached", step{app, "", sourceAuthority, app.again}, sourceCache, "the token came from: cache"},
		{"it should be cached", step{user, "", sourceCache, user.first}, sourceAuthority, "the token came from: authority"},
		{"another user", step{other, "", sourceAuthority, user.first}, sourceAuthority, "the API saw user"},
		{"whoever signed in", step{any, "", sourceAuthority, user.first}, sourceAuthority, ""},
		{"another app", step{foreign, "", sourceCache, app.again}, sourceCache, "the API saw user"},
		{"two tokens for one call", step{app, "", sourceAuthority, twice}, sourceAuthority, "2 tokens were issued"},
		{"failure", step{app, "", sourceCache, fails}, sourceCache, "latchkey: the user must sign in"},
	}
	for _, tt := range tests {
		r := s.try(ctx, tt.step)
		if r.Source != tt.source || r.OK != (tt.want == "") || !strings.HasPrefix(r.problem, tt.want) {
			t.Errorf("%s: source %q, ok %v, problem %q; want source %q, problem %q", tt.name, r.Source, r.OK, r.problem, tt.source, tt.want)
		}
	}
	broken := app
	broken.prepare = func(context.Context) error { return errors.New("not ready") }
	if r := s.try(ctx, step{broken, "", sourceCache, app.again}); r.OK || r.problem != "not ready" || r.Status != 0 {
		t.Errorf("what is to be done before has failed: ok %v, problem %q", r.OK, r.problem)
	}
	if r := s.refused(ctx, "", sourceCache, app.again); r.OK || !strings.HasPrefix(r.problem, "the API did not refuse") {
		t.Errorf("a good token as a refusal: ok %v, problem %q", r.OK, r.problem)
	}
	if r := s.refused(ctx, "", sourceCache, s.otherToken); r.OK || !strings.HasPrefix(r.problem, "the token came from") {
		t.Errorf("a wrong source of a refused token: ok %v, problem %q", r.OK, r.problem)
	}
	if r := s.refused(ctx, "", sourceCache, fails); r.OK {
		t.Error("a failure counts as a refusal")
	}
}

func mustPublic(t *testing.T, s *stage) *latchkey.PublicClient {
	t.Helper()
	client, err := latchkey.NewPublic(s.config(s.app("native")))
	if err != nil {
		t.Fatal(err)
	}
	return client
}
