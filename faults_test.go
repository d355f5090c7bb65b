//go:build !js

package latchkey_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// A faultScenario is how the client meets one kind of fault of the authority.
type faultScenario func(t *testing.T, w *faultWorld)

// faultScenarios has one of each of authoritytest.FaultKinds.
func faultScenarios() map[string]faultScenario {
	all := map[string]faultScenario{"error": meetErrors}
	for _, more := range []map[string]faultScenario{answerScenarios, changeScenarios, wireScenarios, callbackScenarios, faultKeyScenarios, tokenScenarios()} {
		maps.Copy(all, more)
	}
	return all
}

// Whatever the authority does wrong, the client says what it is, keeps nothing of it,
// loses nothing that it had, and gets a token next time.
func TestFaults(t *testing.T) {
	scenarios, kinds := faultScenarios(), authoritytest.FaultKinds()
	for kind := range scenarios {
		if !slices.Contains(kinds, kind) {
			t.Errorf("%s is no kind of fault", kind)
		}
	}
	for _, kind := range kinds {
		run := scenarios[kind]
		if run == nil {
			t.Errorf("no scenario meets %s", kind)
			continue
		}
		for _, s := range shapes {
			t.Run(kind+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				w := newFaultWorld(t, s)
				run(t, w)
				if w.acted.Load() == 0 {
					t.Error("the authority was never wrong")
				}
			})
		}
	}
}

// A faultWorld is a world whose authority can be told to be wrong. It lets a rotated
// refresh token be used again for a while.
type faultWorld struct {
	*world
	acted atomic.Int64  // what the rules have met
	met   chan struct{} // gets a value for each, as long as there is room
}

func newFaultWorld(t *testing.T, s shape) *faultWorld {
	t.Helper()
	return startFaultWorld(t, s, &authoritytest.Server{RefreshReuseInterval: 24 * time.Hour})
}

func startFaultWorld(t *testing.T, s shape, srv *authoritytest.Server) *faultWorld {
	t.Helper()
	w := &faultWorld{met: make(chan struct{}, 1)}
	srv.OnFault = func(authoritytest.FaultStatus) {
		w.acted.Add(1)
		select {
		case w.met <- struct{}{}:
		default:
		}
	}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	w.world = &world{
		t: t, shape: s, srv: srv,
		user:  srv.Directory.User("avery@contoso.test"),
		scope: srv.Directory.App("api").Scope("Tasks.Read"),
		ctx:   t.Context(),
	}
	return w
}

func (w *faultWorld) inject(faults ...authoritytest.Fault) {
	w.t.Helper()
	w.srv.InjectFault(w.t, faults...)
}

// A codeClient can sign a user in by code and renew.
type codeClient = *latchkey.PublicClient

// tryCode is a sign-in that may fail when the code is redeemed.
func (w *faultWorld) tryCode(c codeClient) (*latchkey.Result, error) {
	w.t.Helper()
	flow, err := c.AuthCodeURL(w.ctx, latchkey.AuthCodeRequest{RedirectURI: w.redirectURI(), Scopes: w.scopes()})
	if err != nil {
		return nil, err
	}
	return c.AcquireTokenByCode(w.ctx, flow, w.browse(flow.URL()))
}

// tryRenewal spends the refresh token, whatever the cache has.
func (w *faultWorld) tryRenewal(c codeClient, of *latchkey.Result) (*latchkey.Result, error) {
	return c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: of.Account, Scopes: w.scopes(), ForceRefresh: true})
}

// signedIn is a client with a user.
func (w *faultWorld) signedIn() (codeClient, *latchkey.Result) {
	w.t.Helper()
	c := w.public()
	r, err := w.tryCode(c)
	w.check(r, err, latchkey.FromAuthority, "sign-in")
	return c, r
}

// nobody fails the test if the client keeps anything.
func (w *faultWorld) nobody(c codeClient) {
	w.t.Helper()
	if all, err := c.Accounts(w.ctx); err != nil || len(all) != 0 {
		w.t.Errorf("accounts %v, %v: something was kept", all, err)
	}
}

// kept fails the test unless the client has exactly what it had: the user and the token,
// without asking anybody.
func (w *faultWorld) kept(c codeClient, had *latchkey.Result) {
	w.t.Helper()
	if all, err := c.Accounts(w.ctx); err != nil || len(all) != 1 || all[0] != had.Account {
		w.t.Errorf("accounts %v, %v, want %v alone", all, err, had.Account)
	}
	before := len(w.srv.Requests())
	r, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: had.Account, Scopes: w.scopes()})
	w.check(r, err, latchkey.FromCache, "valid")
	if r.AccessToken() != had.AccessToken() || r.IDToken() != had.IDToken() || len(w.srv.Requests()) != before {
		w.t.Error("the tokens are not those from before")
	}
}

// refusedBy fails the test unless the error is that of a check.
func (w *faultWorld) refusedBy(err error, check string) {
	w.t.Helper()
	var refused *latchkey.ValidationError
	if !errors.As(err, &refused) || refused.Check != check {
		w.t.Errorf("error %v, want one of the check %s", err, check)
	}
	if errors.Is(err, latchkey.ErrInteractionRequired) {
		w.t.Errorf("%v asks for the user, who cannot help", err)
	}
}

// A faultAttempt is one way to a token in which the authority can be wrong.
type faultAttempt struct {
	grant string
	try   func() (*latchkey.Result, error)
	check func() // what must hold after it has failed
}

// attempts are a sign-in by a code, a renewal, and a service's own token, each with a
// client that has what its way needs.
func (w *faultWorld) attempts() []faultAttempt {
	w.t.Helper()
	fresh := w.public()
	c, had := w.signedIn()
	service := w.confidential("daemon")
	latest := func(r *latchkey.Result, err error) (*latchkey.Result, error) {
		if r != nil {
			had = r
		}
		return r, err
	}
	return []faultAttempt{
		{"authorization_code", func() (*latchkey.Result, error) { return w.tryCode(fresh) }, func() { w.nobody(fresh) }},
		{"authorization_code", func() (*latchkey.Result, error) { return latest(w.tryCode(c)) }, func() { w.kept(c, had) }},
		{"refresh_token", func() (*latchkey.Result, error) { return latest(w.tryRenewal(c, had)) }, func() { w.kept(c, had) }},
		{"client_credentials", func() (*latchkey.Result, error) {
			return service.AcquireTokenByClientCredential(w.ctx, w.appRequest())
		}, func() {}},
	}
}

// everywhere has each way to a token meet a fault of the token endpoint, and tries again
// after it. check looks at the error; refreshes is how many requests a renewal sends, where
// all else sends one.
func (w *faultWorld) everywhere(f authoritytest.Fault, refreshes int, check func(grant string, err error)) {
	w.t.Helper()
	for _, a := range w.attempts() {
		requests := 1
		if a.grant == "refresh_token" {
			requests = refreshes
		}
		f.Endpoint, f.Grant, f.Times = "token", a.grant, requests
		w.inject(f)
		before := w.tokenRequests("")
		r, err := a.try()
		if r != nil || err == nil {
			w.t.Errorf("%s: got %v, %v", a.grant, r, err)
			return
		}
		if n := w.tokenRequests("") - before; n != requests {
			w.t.Errorf("%s: %d requests, want %d", a.grant, n, requests)
		}
		check(a.grant, err)
		a.check()
		w.srv.ClearFaults()
		w.srv.Clock.Advance(time.Minute) // some faults begin a pause
		if _, err = a.try(); err != nil {
			w.t.Errorf("%s: the next attempt: %v", a.grant, err)
			return
		}
	}
}

// refusal fails the test unless the error is the authority's, with a status and a code,
// and says what to do without showing any of the answer's body.
func (w *faultWorld) refusal(err error, status int, code string) *latchkey.Error {
	w.t.Helper()
	var refused *latchkey.Error
	if !errors.As(err, &refused) {
		w.t.Fatalf("error %T %v, want the authority's", err, err)
	}
	if refused.Status != status || refused.Code != code {
		w.t.Errorf("error %d %q, want %d %q", refused.Status, refused.Code, status, code)
	}
	return refused
}

// OAuth errors: those for which the user can help, those that pass, and those that only
// the developer can mend.
func meetErrors(t *testing.T, w *faultWorld) {
	tests := []struct {
		code, suberror string
		status         int
		user           string // the grants for which the user can help
		says           string // a remedy
	}{
		{"invalid_grant", "", 400, "refresh_token", ""},
		{"invalid_grant", "bad_token", 400, "refresh_token", ""},
		{"interaction_required", "basic_action", 400, "authorization_code refresh_token client_credentials", "ask the user to sign in"},
		{"login_required", "", 400, "authorization_code refresh_token client_credentials", "ask the user to sign in"},
		{"consent_required", "", 400, "authorization_code refresh_token client_credentials", "ask the user to sign in"},
		{"invalid_client", "", 401, "", "check the client id and the credential"},
		{"unauthorized_client", "", 400, "", "allow this grant"},
		{"unsupported_grant_type", "", 400, "", "use another flow"},
		{"invalid_scope", "", 400, "refresh_token", "check the spelling of the scopes"},
		{"invalid_request", "", 400, "", ""},
		{"access_denied", "", 400, "", "said no"},
		{"server_error", "", 500, "", "try again later"},
		{"temporarily_unavailable", "", 503, "", "try again later"},
		{"made_up", "", 418, "", ""},
	}
	for _, tt := range tests {
		fault := authoritytest.Fault{Error: &authoritytest.FaultError{Code: tt.code, Suberror: tt.suberror, Status: tt.status}}
		w.everywhere(fault, 1, func(grant string, err error) {
			t.Helper()
			refused := w.refusal(err, tt.status, tt.code)
			suberror := tt.suberror
			if w.shape.name == "oidc" {
				suberror = ""
			}
			if refused.Suberror != suberror || refused.Grant != grant || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%s: %v", grant, err)
			}
			if user := strings.Contains(tt.user, grant) || grant != "client_credentials" && suberror == "basic_action"; errors.Is(err, latchkey.ErrInteractionRequired) != user {
				t.Errorf("%s, %s %s: asks for the user: %v", grant, tt.code, tt.suberror, !user)
			}
		})
	}
	meetChallenge(t, w)
	meetErrorsElsewhere(t, w)
}

// A claims challenge and its AADSTS number come with the error that asks for the user.
func meetChallenge(t *testing.T, w *faultWorld) {
	if w.shape.name != "entra" {
		return
	}
	const claims = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
	c, had := w.signedIn()
	w.inject(authoritytest.Fault{Grant: "refresh_token", Times: 1, Error: &authoritytest.FaultError{Code: "invalid_grant", Codes: []int{50076}, Suberror: "basic_action", Claims: claims}})
	_, err := w.tryRenewal(c, had)
	refused := w.refusal(err, 400, "invalid_grant")
	if refused.Claims != claims || !slices.Equal(refused.Numbers, []int64{50076}) || !errors.Is(err, latchkey.ErrInteractionRequired) ||
		!strings.Contains(err.Error(), "another factor") || refused.TraceID == "" || refused.CorrelationID == "" {
		t.Errorf("%v: claims %q, numbers %v", err, refused.Claims, refused.Numbers)
	}
	w.kept(c, had)
}

// Errors of the other endpoints: at the redirect URI, of the device authorization, in
// place of metadata.
func meetErrorsElsewhere(t *testing.T, w *faultWorld) {
	for code, user := range map[string]bool{"access_denied": false, "login_required": true, "interaction_required": true, "temporarily_unavailable": false} {
		c := w.public()
		w.inject(authoritytest.Fault{Endpoint: "authorize", Times: 1, Error: &authoritytest.FaultError{Code: code}})
		_, err := w.tryCode(c)
		if refused := w.refusal(err, 0, code); refused.Endpoint != "authorization" || errors.Is(err, latchkey.ErrInteractionRequired) != user {
			t.Errorf("%s: %v", code, err)
		}
		w.nobody(c)
		r, err := w.tryCode(c)
		w.check(r, err, latchkey.FromAuthority, "sign-in")
	}
	c := w.public()
	w.inject(authoritytest.Fault{Endpoint: "devicecode", Times: 1, Error: &authoritytest.FaultError{Code: "unauthorized_client"}})
	prompted, err := w.deviceCode(c)
	if prompted {
		t.Error("a code was shown")
	}
	if refused := w.refusal(err, 400, "unauthorized_client"); refused.Endpoint != "device_authorization" {
		t.Errorf("%v", err)
	}
	if prompted, _ = w.deviceCode(c); !prompted {
		t.Error("the next attempt shows no code")
	}
	w.nobody(c)

	c = w.public()
	w.inject(authoritytest.Fault{Endpoint: "discovery", Times: 1, Error: &authoritytest.FaultError{Code: "server_error"}})
	if _, err := w.tryCode(c); err == nil || errors.Is(err, latchkey.ErrInteractionRequired) {
		t.Errorf("without metadata: %v", err)
	}
	r, err := w.tryCode(c)
	w.check(r, err, latchkey.FromAuthority, "sign-in")
}

// errUnready ends a device flow as soon as its code is shown.
var errUnready = errors.New("not now")

// deviceCode begins a device flow and reports whether its code was shown.
func (w *faultWorld) deviceCode(c codeClient) (shown bool, err error) {
	_, err = c.AcquireTokenByDeviceCode(w.ctx, func(context.Context, latchkey.DeviceCode) error {
		shown = true
		return errUnready
	}, latchkey.DeviceCodeRequest{Scopes: w.scopes()})
	return shown, err
}
