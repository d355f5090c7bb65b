// Package app is the web app of examples/webapp: what to copy. The users sign in by the
// authorization code flow; their tokens stay in the client's cache on the server, and the
// API is called through one http.Client that takes the user from the request's context.
package app

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/apiclient"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/examples/internal/web"
)

//go:embed pages.html
var pagesText string

var pages = web.Pages(pagesText)

// Settings come from the deployment; the secret from a file or a vault.
type Settings struct {
	Authority string            // URL
	Profile   authority.Profile // zero: by the authority's host
	ClientID  string            // of this web app
	Secret    string
	URL       string // where browsers see the web app, without a slash at the end
	API       string // URL, likewise
	Scope     string // what the web app may do there
}

// A session is what the server knows about one browser.
type session struct {
	User latchkey.Account         // zero: nobody has signed in
	flow *latchkey.AuthCodeFlow   // a sign-in on its way; nil: none
	need latchkey.AuthCodeRequest // what the API demands of the next sign-in
}

func (s session) signedIn() bool { return s.User.HomeAccountID != "" }

const (
	signInLifetime  = 10 * time.Minute
	sessionLifetime = 8 * time.Hour
)

// An app is the web app. All users and requests share it.
type app struct {
	Settings
	client   *latchkey.ConfidentialClient
	http     *http.Client // calls the API with the token of the user in the context
	sessions web.Sessions[session]
}

// New returns the web app.
func New(s Settings) (http.Handler, error) {
	client, err := latchkey.NewConfidential(latchkey.Config{
		Authority: s.Authority,
		Profile:   s.Profile,
		ClientID:  s.ClientID,
	}, latchkey.Secret(s.Secret))
	if err != nil {
		return nil, err
	}
	transport := &apiclient.Transport{
		Source:    tokensOfUser(client),
		Resources: []apiclient.Resource{{Pattern: s.API + "/*", Scopes: []string{s.Scope}}},
	}
	if err := transport.Check(); err != nil {
		return nil, err
	}
	a := &app{Settings: s, client: client, http: &http.Client{Transport: transport, Timeout: 30 * time.Second}}
	a.sessions.Name, a.sessions.Secure = "webapp", strings.HasPrefix(s.URL, "https:")

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.home)
	mux.HandleFunc("GET /sign-in", a.signIn)
	mux.HandleFunc("GET /callback", a.callback)
	mux.HandleFunc("GET /tasks", a.tasks)
	mux.HandleFunc("POST /sign-out", a.signOut)
	mux.HandleFunc("GET /signed-out", a.signedOut)
	return web.Protect(mux, s.Authority), nil
}

type userKey struct{}

// tokensOfUser gives each request the token of the user in its context. Without a user
// there is no token.
func tokensOfUser(client *latchkey.ConfidentialClient) apiclient.Source {
	return func(ctx context.Context, r apiclient.TokenRequest) (*latchkey.Result, error) {
		user, _ := ctx.Value(userKey{}).(latchkey.Account)
		return apiclient.ForUser(client, latchkey.SilentRequest{Account: user})(ctx, r)
	}
}

func (a *app) home(w http.ResponseWriter, r *http.Request) {
	s, _ := a.sessions.Get(r)
	web.Show(w, http.StatusOK, pages, "home", s)
}

// signIn sends the browser to the authority, and remembers what it is sent with.
func (a *app) signIn(w http.ResponseWriter, r *http.Request) {
	s, _ := a.sessions.Get(r)
	request := s.need
	request.RedirectURI = a.URL + "/callback"
	request.Scopes = []string{"profile", a.Scope} // profile: the user's name
	request.Account = s.User
	flow, err := a.client.AuthCodeURL(r.Context(), request)
	if err != nil {
		a.fail(w, http.StatusBadGateway, "The sign-in is out of order", err)
		return
	}
	if !a.sessions.End(r) {
		s = session{} // signed out meanwhile
	}
	s.flow = flow
	a.start(w, r, s)
	http.Redirect(w, r, flow.URL(), http.StatusSeeOther)
}

// callback is where the authority sends the browser back to.
func (a *app) callback(w http.ResponseWriter, r *http.Request) {
	s, _ := a.sessions.Get(r)
	// A forged callback is refused before it can end the sign-in that is on its way. Of two
	// with the right state, only the first ends the session, and with it the flow.
	if s.flow == nil || r.URL.Query().Get("state") != s.flow.State() || !a.sessions.End(r) {
		a.fail(w, http.StatusBadRequest, "This browser has no such sign-in", errors.New("a callback without its sign-in"))
		return
	}
	result, err := a.client.AcquireTokenByCode(r.Context(), s.flow, r.URL.RawQuery)
	if err != nil {
		a.start(w, r, session{User: s.User})
		a.fail(w, http.StatusForbidden, "You are not signed in", err)
		return
	}
	a.start(w, r, session{User: result.Account})
	http.Redirect(w, r, "/", http.StatusSeeOther) // the code leaves the address bar
}

// tasks shows what the API answers.
func (a *app) tasks(w http.ResponseWriter, r *http.Request) {
	s, _ := a.sessions.Get(r)
	if !s.signedIn() {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	tasks, err := a.getTasks(context.WithValue(r.Context(), userKey{}, s.User))
	var need *apiclient.TokenError
	var consent *consentError
	switch {
	case errors.Is(err, latchkey.ErrInteractionRequired) && errors.As(err, &need):
		// The user is asked before going to the authority again, so that nothing can go in circles.
		request := latchkey.AuthCodeRequest{ClaimsChallenge: need.Claims, ACRValues: need.ACRValues, MaxAge: need.MaxAge}
		if a.sessions.End(r) { // else the user has signed out meanwhile
			a.start(w, r, session{User: s.User, need: request})
		}
		web.Show(w, http.StatusOK, pages, "again", nil)
	case errors.As(err, &consent):
		web.Show(w, http.StatusOK, pages, "consent", consent.Page)
	case err != nil:
		a.fail(w, http.StatusBadGateway, "Your tasks cannot be had", err)
	default:
		web.Show(w, http.StatusOK, pages, "tasks", tasks)
	}
}

// getTasks calls the API as if there were no tokens.
func (a *app) getTasks(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.API+"/tasks", nil)
	if err != nil {
		return "", err
	}
	resp, err := a.http.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return "", err
	}
	var consent consentError
	switch {
	case resp.StatusCode == http.StatusForbidden && json.Unmarshal(body, &consent) == nil && consent.Page != "":
		return "", &consent
	case resp.StatusCode != http.StatusOK:
		return "", fmt.Errorf("the API answers %s", resp.Status)
	}
	return string(body), nil
}

// A consentError is how an API says that it needs the user's consent to call another one:
// see examples/on-behalf-of.
type consentError struct {
	Page string `json:"consent"` // where to give it
}

func (*consentError) Error() string { return "the API needs the user's consent" }

// signOut ends the session here, then at the authority. It is a POST, which neither a link
// nor a page of another origin can cause: see web.Protect.
func (a *app) signOut(w http.ResponseWriter, r *http.Request) {
	s, _ := a.sessions.Get(r)
	a.sessions.End(r)
	next := "/signed-out"
	if s.signedIn() {
		url, err := a.client.SignOut(r.Context(), latchkey.SignOutRequest{
			Account:               s.User,
			PostLogoutRedirectURI: a.URL + next,
		})
		if err != nil {
			a.fail(w, http.StatusBadGateway, "You are signed out here, but maybe not at the authority", err)
			return
		}
		if url != "" {
			next = url
		}
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (a *app) signedOut(w http.ResponseWriter, _ *http.Request) {
	web.Show(w, http.StatusOK, pages, "signedout", nil)
}

// start gives the browser a new session.
func (a *app) start(w http.ResponseWriter, r *http.Request, s session) {
	lifetime := signInLifetime
	if s.signedIn() {
		lifetime = sessionLifetime
	}
	a.sessions.Start(w, r, s, lifetime)
}

// fail tells the user that something is wrong, and the log what. No error of Latchkey has
// a secret in it.
func (a *app) fail(w http.ResponseWriter, status int, title string, err error) {
	log.Printf("%s: %v", title, err)
	web.Show(w, status, pages, "failure", title)
}
