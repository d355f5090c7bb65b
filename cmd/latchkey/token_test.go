package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// A watcher is a standard error that calls seen with each user code, once.
type watcher struct {
	syncBuilder
	seen func(userCode string)
	done bool
}

var enterCode = regexp.MustCompile(`(?m)^  enter  (\S+)$`)

func (w *watcher) Write(p []byte) (int, error) {
	n, err := w.syncBuilder.Write(p)
	if m := enterCode.FindStringSubmatch(w.String()); m != nil && !w.done {
		w.done = true
		w.seen(m[1])
	}
	return n, err
}

// byDevice runs latchkey token --device; act is what the person does with the code.
func byDevice(t *testing.T, ctx context.Context, srv *authoritytest.Server, act func(userCode string), args ...string) session {
	t.Helper()
	var out syncBuilder
	errs := &watcher{seen: act}
	args = append([]string{"token", "--device", "--authority", srv.Authority(""), "--profile", "entra",
		"--client-id", srv.Directory.App("native").ClientID, "--scope", srv.Directory.App("api").Scope("Tasks.Read")}, args...)
	status := run(ctx, commands(), args, stdio{strings.NewReader(""), &out, errs})
	return session{status, out.String(), errs.String()}
}

func startServer(t *testing.T) *authoritytest.Server {
	t.Helper()
	srv := &authoritytest.Server{DeviceInterval: deviceInterval}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	return srv
}

func TestTokenByDevice(t *testing.T) {
	t.Parallel()
	srv := startServer(t)
	const avery = "avery@contoso.test"
	approve := func(code string) {
		if err := srv.ApproveDevice(t.Context(), code, avery); err != nil {
			t.Error(err)
		}
	}
	t.Run("approved", func(t *testing.T) {
		t.Parallel()
		s := byDevice(t, t.Context(), srv, approve, "--output", "json", "--account", "AVERY@contoso.test")
		if s.status != 0 {
			t.Fatalf("status %d: %s", s.status, s.err)
		}
		var answer tokenAnswer
		if err := json.Unmarshal([]byte(s.out), &answer); err != nil {
			t.Fatal(err)
		}
		if answer.Account == nil || answer.Account.Username != avery || answer.Account.TenantID == "" {
			t.Errorf("the account is %+v", answer.Account)
		}
		at, err := time.Parse(time.RFC3339, answer.ExpiresAt)
		if err != nil || at.Unix() != answer.ExpiresOn || !strings.HasSuffix(answer.ExpiresAt, "Z") {
			t.Errorf("expires_at %q and expires_on %d differ", answer.ExpiresAt, answer.ExpiresOn)
		}
		if len(answer.Scopes) == 0 || answer.AccessToken == "" || answer.TokenType != "Bearer" {
			t.Errorf("scopes %q, type %q", answer.Scopes, answer.TokenType)
		}
	})
	t.Run("R39 the command says who asks whom", func(t *testing.T) {
		t.Parallel()
		s := byDevice(t, t.Context(), srv, approve)
		host := strings.TrimPrefix(srv.URL(), "http://")
		for _, want := range []string{"client " + srv.Directory.App("native").ClientID + " at " + host, "open   " + srv.URL(), "within 15 minutes"} {
			if !strings.Contains(s.err, want) {
				t.Errorf("standard error does not have %q: %s", want, s.err)
			}
		}
		if strings.Count(s.out, "\n") != 1 || strings.Count(s.out, ".") != 2 {
			t.Error("standard output has not the token alone")
		}
	})
	t.Run("another account", func(t *testing.T) {
		t.Parallel()
		s := byDevice(t, t.Context(), srv, approve, "--account", "blake@contoso.test")
		if s.status != 1 || s.out != "" || !strings.Contains(s.err, "avery@contoso.test signed in, and --account asks for blake@contoso.test") {
			t.Errorf("status %d, %d bytes on standard output, %s", s.status, len(s.out), s.err)
		}
	})
	t.Run("denied", func(t *testing.T) {
		t.Parallel()
		s := byDevice(t, t.Context(), srv, func(code string) {
			if err := srv.DenyDevice(t.Context(), code, avery); err != nil {
				t.Error(err)
			}
		})
		if s.status != 1 || s.out != "" || !strings.Contains(s.err, "access_denied") {
			t.Errorf("status %d, standard output %q, %s", s.status, s.out, s.err)
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancelCause(t.Context())
		s := byDevice(t, ctx, srv, func(string) { cancel(&interruption{os.Interrupt}) })
		if s.status != 1 || s.out != "" || !strings.HasSuffix(s.err, "\nlatchkey: stopped by a signal (interrupt)\n") {
			t.Errorf("status %d, standard output %q, %s", s.status, s.out, s.err)
		}
	})
}

// hostile is what no terminal may get.
const hostile = "\x1b]0;owned\x07\x1b[2J\u009b31m\r\nlatchkey: all is well\u202e<script>\u2066"

var forbidden = []string{"\x1b", "\x07", "\r", "\u009b", "\u202e", "\u2066", "\nlatchkey: all is well"}

func clean(t *testing.T, s session) {
	t.Helper()
	for _, bad := range forbidden {
		if strings.Contains(s.out, bad) || strings.Contains(s.err, bad) {
			t.Errorf("%q reached the terminal: %q, %q", bad, s.out, s.err)
		}
	}
}

// hostileAuthority answers the device and token endpoints with what it is given.
func hostileAuthority(t *testing.T, device, token string) (issuer string) {
	t.Helper()
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	answer := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if strings.Contains(body, `"error"`) {
				w.WriteHeader(400)
			}
			fmt.Fprint(w, body)
		}
	}
	mux.HandleFunc("/.well-known/openid-configuration", answer(fmt.Sprintf(
		`{"issuer":%q,"authorization_endpoint":"%[2]s/a","token_endpoint":"%[2]s/t","device_authorization_endpoint":"%[2]s/d","jwks_uri":"%[2]s/k"}`, srv.URL, srv.URL)))
	mux.HandleFunc("/d", answer(device))
	mux.HandleFunc("/t", answer(token))
	return srv.URL
}

// R23, R39: what an authority says cannot change the terminal or put words in the
// command's mouth.
func TestR23_TokenEscapesHostileText(t *testing.T) {
	t.Setenv(secretVariable, "")
	text, err := json.Marshal(hostile)
	if err != nil {
		t.Fatal(err)
	}
	h := string(text)
	refusal := `{"error":` + h + `,"error_description":` + h + `,"suberror":` + h + `}`
	device := `{"device_code":"d","user_code":` + h + `,"verification_uri":"https://login.example/` + `x","message":` + h + `,"expires_in":900,"interval":1}`
	t.Run("device code", func(t *testing.T) {
		issuer := hostileAuthority(t, device, refusal)
		s := latchkeyRun(t.Context(), "", "token", "--device", "--authority", issuer, "--client-id", "c")
		clean(t, s)
		if s.status != 1 || !strings.Contains(s.err, `enter  \x1b]0;owned`) || strings.Count(s.err, "owned") > 4 {
			t.Errorf("status %d, %q", s.status, s.err)
		}
	})
	t.Run("refusal", func(t *testing.T) {
		issuer := hostileAuthority(t, refusal, refusal)
		s := latchkeyRun(t.Context(), "secret-from-stdin\n", "token", "--authority", issuer, "--client-id", "c", "--secret-file", "-")
		clean(t, s)
		if s.status != 1 || s.out != "" || !strings.Contains(s.err, `\x1b]0;owned`) || strings.Contains(s.err, "secret-from-stdin") {
			t.Errorf("status %d, %q", s.status, s.err)
		}
	})
	for _, output := range []string{"token", "json", "header"} {
		t.Run("access token as "+output, func(t *testing.T) {
			issuer := hostileAuthority(t, refusal, `{"access_token":`+h+`,"token_type":"Bearer","expires_in":3600}`)
			s := latchkeyRun(t.Context(), "secret\n", "token", "--authority", issuer, "--client-id", "c", "--secret-file", "-", "--output", output)
			clean(t, s)
			if s.status != 1 || s.out != "" {
				t.Errorf("status %d, standard output %q, %q", s.status, s.out, s.err)
			}
		})
	}
	t.Run("scopes", func(t *testing.T) {
		issuer := hostileAuthority(t, refusal, `{"access_token":"a","token_type":"Bearer","expires_in":3600,"scope":`+h+`}`)
		s := latchkeyRun(t.Context(), "secret\n", "token", "--authority", issuer, "--client-id", "c", "--secret-file", "-", "--output", "json", "--verbose")
		clean(t, s)
		if s.status != 0 || !json.Valid([]byte(s.out)) {
			t.Errorf("status %d, standard output %q, %q", s.status, s.out, s.err)
		}
	})
}
