//go:build !js

package latchkey_test

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/transport"
)

// A scenario is how a client meets a condition of docs/authority-errors.md, and what
// ends it.
type scenario struct {
	name, at string // the condition, and where it appears
	user     bool   // the user can help: the error matches ErrInteractionRequired (R21)
	says     string // words of the remedy; on a page, of what the user is told
	meet     func(*meeting)
	how      string // tells scenarios of one answer apart
}

// scenarios are all of them, by subject.
func scenarios() []scenario {
	return slices.Concat(requestScenarios(), clientScenarios(), grantScenarios(), behalfScenarios(), userScenarios(),
		accountScenarios(), demandScenarios(), apiScenarios(), consentScenarios(), deviceScenarios())
}

// An attempt asks for a token once.
type attempt func() (*latchkey.Result, error)

// A meeting is a world in which a client meets a condition. A scenario fills in the
// attempts.
type meeting struct {
	*world
	store *cache.Memory            // of all clients
	agent *authoritytest.UserAgent // of the user, who has one browser

	edit   func(*transport.Request) // changes the token requests; nil = leaves them
	behind time.Duration            // by which the clients' clock is behind the authority's
	owners map[string]bool          // client ids
	known  []latchkey.Account       // who has signed in
	valid  []func()                 // checks that the tokens are served which were got before

	ask    attempt               // meets the condition
	mend   func(*latchkey.Error) // does what is demanded; nil = nothing has to be done
	again  attempt               // the next attempt; nil = ask
	unseen bool                  // the client deals with the condition, so that ask succeeds
}

const (
	avery      = "avery@contoso.test"
	blake      = "blake@contoso.test"
	casey      = "casey@outlook.test" // a personal account
	fabrikam   = "fabrikam.test"      // where Avery is a guest
	fabrikamID = "8a4b0e9f-3d5f-4ebb-9f9c-0f2b4d6e7c89"
)

func newMeeting(t *testing.T) *meeting {
	d := authoritytest.DefaultDirectory()
	d.Tenants = append(d.Tenants, authoritytest.Tenant{ID: fabrikamID, Domain: fabrikam, Name: "Fabrikam"})
	d.Users[0].GuestOf = []authoritytest.Guest{{Tenant: fabrikam, ObjectID: "9b5c1f0a-4e6a-4fcc-8bad-1a3c5e7f8d01"}}
	d.Users = append(d.Users, authoritytest.User{Tenant: "consumers", ObjectID: "00000000-0000-0000-9cbe-2b4d6f8a0e01", Username: casey, Name: "Casey"})
	srv := &authoritytest.Server{Directory: d, DeviceInterval: time.Second}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	w := &world{t: t, shape: shapes[0], srv: srv, user: d.User(avery), scope: srv.Directory.App("api").Scope("Tasks.Read"), ctx: t.Context()}
	return &meeting{world: w, store: cache.NewMemory(), agent: srv.UserAgent(avery), owners: map[string]bool{}}
}

// TestConditions meets every answer of the table that authoritytest.Conditions gives, as
// an application would: the error says what it is and what to do, nothing is kept of it,
// nothing that was there is lost, and the next attempt works once what is demanded was
// done.
func TestConditions(t *testing.T) {
	all := map[string][]scenario{}
	for _, s := range scenarios() {
		all[s.name+" "+s.at] = append(all[s.name+" "+s.at], s)
	}
	for _, k := range authoritytest.Conditions() {
		for _, answer := range k.Answers {
			name := k.Name + " " + answer.At
			if len(all[name]) == 0 {
				t.Errorf("no client meets %s", name)
			}
			for _, s := range all[name] {
				t.Run(strings.TrimSpace(name+" "+s.how), func(t *testing.T) {
					t.Parallel()
					m := newMeeting(t)
					s.meet(m)
					m.run(k, answer, s)
				})
			}
			delete(all, name)
		}
	}
	for name := range all {
		t.Errorf("%s is met, but not in the table", name)
	}
}

// run makes the attempts, and checks what they leave behind.
func (m *meeting) run(k authoritytest.Condition, answer authoritytest.Answer, s scenario) {
	m.t.Helper()
	before, sent := m.kept(), m.tokenRequests("")
	r, err := m.ask()
	if m.unseen {
		m.checkUnseen(answer, err)
		return
	}
	if err == nil || r != nil {
		m.t.Fatalf("got %v, %v, want a refusal; the authority was asked:\n%s", r, err, m.srv.Requests())
	}
	refused := m.checkRefusal(k, answer, s, err)
	m.checkNoSecret(err)
	wanted := 1
	if answer.At == authoritytest.AtAuthorize || answer.At == authoritytest.AtPage {
		wanted = 0
	}
	if n := m.tokenRequests("") - sent; n != wanted {
		m.t.Errorf("%d token requests, want %d: a refusal is not asked for twice", n, wanted)
	}
	if !maps.Equal(before, m.kept()) {
		m.t.Error("the refusal changed the cache")
	}
	for _, check := range m.valid {
		check()
	}
	if m.mend != nil {
		m.mend(refused)
	}
	if m.again == nil {
		m.again = m.ask
	}
	r, err = m.again()
	if err != nil {
		m.t.Fatalf("the next attempt: %v; the authority was asked:\n%s", err, m.srv.Requests())
	}
	if r.AccessToken() == "" || r.CacheError != nil || !m.keeps(r.AccessToken()) {
		m.t.Errorf("the next attempt gave %v, which is not kept (%v)", r, r.CacheError)
	}
	for _, a := range m.known {
		if a.Username == r.Account.Username && a.HomeAccountID != r.Account.HomeAccountID {
			m.t.Errorf("the user's account was %+v, and is %+v", a, r.Account)
		}
	}
}

// checkRefusal checks that an error is the condition's. It returns what the authority
// said to the client, nil if it said it on a page.
func (m *meeting) checkRefusal(k authoritytest.Condition, answer authoritytest.Answer, s scenario, err error) *latchkey.Error {
	m.t.Helper()
	if got := errors.Is(err, latchkey.ErrInteractionRequired); got != s.user {
		m.t.Errorf("R21 ErrInteractionRequired: %v (%v)", got, err)
	}
	var refused *latchkey.Error
	if got := errors.As(err, &refused); got != (answer.At != authoritytest.AtPage) {
		m.t.Fatalf("got %T %v", err, err)
	}
	if answer.At == authoritytest.AtPage {
		if !strings.Contains(err.Error(), s.says) {
			m.t.Errorf("%q does not say %q", err, s.says)
		}
		return nil
	}
	if refused.Code != codeOf(answer) || refused.Suberror != k.Suberror || !slices.Equal(refused.Numbers, []int64{int64(k.Number)}) || (refused.Claims != "") != k.Claims {
		m.t.Errorf("got %s (%s), %v, claims %q; want %s (%s), %d, claims: %v", refused.Code, refused.Suberror, refused.Numbers, refused.Claims,
			codeOf(answer), k.Suberror, k.Number, k.Claims)
	}
	endpoint, status := "token", answer.Status
	if answer.At == authoritytest.AtAuthorize {
		endpoint, status = "authorization", 0
	}
	if refused.Endpoint != endpoint || refused.Status != status || placeOf(refused) != answer.At {
		m.t.Errorf("got status %d of the %s endpoint for the grant %q, want %+v", refused.Status, refused.Endpoint, refused.Grant, answer)
	}
	if own := strings.Replace(err.Error(), refused.Description, "", 1); !strings.Contains(own, s.says) {
		m.t.Errorf("%q does not say %q", own, s.says)
	}
	return refused
}

// codeOf is the error code that the client shows: R18 gives the older names of the device
// flow those of RFC 8628.
func codeOf(answer authoritytest.Answer) string {
	switch answer.Error {
	case "authorization_declined":
		return "access_denied"
	case "bad_verification_code":
		return "invalid_grant"
	}
	return answer.Error
}

// placeOf is where a client was refused, as the table names it.
func placeOf(refused *latchkey.Error) string {
	switch refused.Grant {
	case "":
		return authoritytest.AtAuthorize
	case "refresh_token":
		return authoritytest.AtRefresh
	case "urn:ietf:params:oauth:grant-type:jwt-bearer":
		return authoritytest.AtBehalf
	}
	return authoritytest.AtToken
}

// checkUnseen checks that the authority gave the answer, and the client did not show it.
func (m *meeting) checkUnseen(answer authoritytest.Answer, err error) {
	m.t.Helper()
	met := m.srv.Requests().Matching(authoritytest.Request{Endpoint: "token", Error: answer.Error})
	if err != nil || len(met) != 1 {
		m.t.Errorf("got %v after %d answers %s", err, len(met), answer.Error)
	}
}

// kept is all that the clients' store holds.
func (m *meeting) kept() map[cache.Partition]string {
	m.t.Helper()
	all := map[cache.Partition]string{}
	for owner := range m.owners {
		for _, kind := range []cache.Kind{cache.KindUser, cache.KindApp, cache.KindOnBehalfOf} { // what came of an interaction is noted, refusals too
			if err := m.store.List(m.ctx, kind, owner, func(p cache.Partition) bool {
				e, err := m.store.Load(m.ctx, p)
				if err != nil {
					m.t.Fatal(err)
				}
				all[p] = e.Version + " " + string(e.Data)
				return true
			}); err != nil {
				m.t.Fatal(err)
			}
		}
	}
	return all
}

// keeps reports whether the store holds a token.
func (m *meeting) keeps(token string) bool {
	for _, data := range m.kept() {
		if strings.Contains(data, token) {
			return true
		}
	}
	return false
}

// A userClient signs users in.
type userClient interface {
	AcquireTokenInteractive(context.Context, latchkey.UserAgent, latchkey.InteractiveRequest) (*latchkey.Result, error)
	AcquireTokenSilent(context.Context, latchkey.SilentRequest) (*latchkey.Result, error)
}

// config is of a client that shares the store, and whose token requests can be changed
// on their way.
func (m *meeting) config(app string, edits ...func(*latchkey.Config)) latchkey.Config {
	cfg := m.world.config(app)
	send := cfg.Transport
	cfg.Cache = m.store
	cfg.Clock = func() time.Time { return m.srv.Clock.Now().Add(-m.behind) }
	cfg.Transport = func(ctx context.Context, r *transport.Request) (*transport.Response, error) {
		if m.edit != nil && r.Method == "POST" {
			own := *r
			own.Header = slices.Clone(r.Header)
			m.edit(&own)
			r = &own
		}
		return send(ctx, r)
	}
	for _, edit := range edits {
		edit(&cfg)
	}
	m.owners[cfg.ClientID] = true
	return cfg
}

// in names the tenant of a client's authority.
func (m *meeting) in(tenant string) func(*latchkey.Config) {
	return func(cfg *latchkey.Config) { cfg.Authority = m.srv.Authority(tenant) }
}

func (m *meeting) native(edits ...func(*latchkey.Config)) *latchkey.PublicClient {
	m.t.Helper()
	return m.publicFrom(m.config("native", edits...))
}

func (m *meeting) server(app string, credential latchkey.Credential, edits ...func(*latchkey.Config)) *latchkey.ConfidentialClient {
	m.t.Helper()
	c, err := latchkey.NewConfidential(m.config(app, edits...), credential)
	if err != nil {
		m.t.Fatal(err)
	}
	return c
}

func (m *meeting) secret(app string) latchkey.Credential {
	return latchkey.Secret(string(m.srv.Directory.App(app).Secrets[0]))
}

// field makes the token requests have another value of a parameter; "" leaves it out.
func field(name, value string) func(*transport.Request) {
	return func(r *transport.Request) {
		form, err := url.ParseQuery(r.Body)
		if err != nil {
			panic(err)
		}
		if form.Set(name, value); value == "" {
			form.Del(name)
		}
		r.Body = form.Encode()
	}
}

// origin makes the token requests come from a page, as a browser marks them.
func origin(r *transport.Request) {
	r.Header = append(r.Header, transport.Field{Name: "Origin", Value: "http://localhost"})
}
