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
	if len(rows) != 2*len(demoRows) {
		t.Fatalf("%d rows, want %d", len(rows), 2*len(demoRows))
	}
	for i, r := range rows {
		want := demoRows[i%len(demoRows)]
		shape := []string{"Entra", "OIDC"}[i/len(demoRows)]
		if r.Flow != want.flow+" ("+shape+")" || r.Source != want.source || r.Status != want.status || !r.OK {
			t.Errorf("row %d is %+v, want %+v in the shape %s; problem: %s", i, r.Flow, want, shape, r.problem)
		}
	}
}

// A demo whose API is not for whom the tokens are for must say so.
func TestR51_BrokenDemoFails(t *testing.T) {
	t.Parallel()
	s := runCommands(t.Context(), []*cobra.Command{demoCommand(demo{audience: "api://another"})}, "", "demo")
	if s.status != 1 || !strings.HasPrefix(s.err, "latchkey: the demo failed: 36 of 42 rows do not hold") {
		t.Errorf("status %d, standard error %q", s.status, s.err)
	}
	for _, want := range []string{"401, refused", "NO: the API refused the token: audience: ", "6 of 42 rows hold"} {
		if !strings.Contains(s.out, want) {
			t.Errorf("the table does not have %q", want)
		}
	}
	if strings.Contains(s.out, "Next,") {
		t.Error("the table says what to do next")
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
		name   string
		demo   demo
		failed bool
	}{
		{"all goes well", demo{}, false},
		{"the API refuses", demo{audience: "api://another"}, true},
		{"the authority goes away", demo{shown: nil}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var text syncBuilder
			var srv *authoritytest.Server
			table := newDemoTable(&text)
			d := tt.demo
			d.trace = logTo(&text)
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
func startStage(t *testing.T, make func(*authoritytest.Server) *stage) *stage {
	t.Helper()
	srv := &authoritytest.Server{Directory: demoDirectory(), DeviceInterval: deviceInterval}
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
	tests := []struct {
		name   string
		step   step
		source string
		want   string // the beginning of the problem; "": it holds
	}{
		{"first", step{"", sourceAuthority, app.first, app.caller}, sourceAuthority, ""},
		{"again", step{"", sourceCache, app.again, app.caller}, sourceCache, ""},
		{"it should not be cached", step{"", sourceAuthority, app.again, app.caller}, sourceCache, "the token came from: cache"},
		{"it should be cached", step{"", sourceCache, user.first, user.caller}, sourceAuthority, "the token came from: authority"},
		{"another user", step{"", sourceAuthority, user.first, caller{"blake@contoso.test", user.caller.App}}, sourceAuthority, "the API saw user"},
		{"another app", step{"", sourceCache, app.again, user.caller}, sourceCache, "the API saw user"},
		{"two tokens for one call", step{"", sourceAuthority, twice, app.caller}, sourceAuthority, "2 tokens were issued"},
		{"failure", step{"", sourceCache, fails, app.caller}, sourceCache, "latchkey: the user must sign in"},
	}
	for _, tt := range tests {
		r := s.try(ctx, tt.step)
		if r.Source != tt.source || r.OK != (tt.want == "") || !strings.HasPrefix(r.problem, tt.want) {
			t.Errorf("%s: source %q, ok %v, problem %q; want source %q, problem %q", tt.name, r.Source, r.OK, r.problem, tt.source, tt.want)
		}
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
