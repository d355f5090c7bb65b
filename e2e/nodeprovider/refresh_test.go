package nodeprovider

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache"
)

// A clock shows the real time and more.
type clock struct{ ahead time.Duration }

func (c *clock) now() time.Time { return time.Now().Add(c.ahead) }

func silent(t *testing.T, app *latchkey.ConfidentialClient, r latchkey.SilentRequest) *latchkey.Result {
	t.Helper()
	result, err := app.AcquireTokenSilent(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestRenewal(t *testing.T) {
	w, now := &wire{}, &clock{}
	c := config(web, w)
	c.Clock = now.now
	app := newConfidential(t, c, latchkey.Secret(secret))
	first := signIn(t, app, newPerson(t, "avery"), forever())
	request := latchkey.SilentRequest{Account: first.Account}

	if hit := silent(t, app, request); hit.Source.From != latchkey.FromCache || hit.AccessToken() != first.AccessToken() || w.count() != 1 {
		t.Errorf("%+v after %d requests", hit.Source, w.count())
	}
	spent := []string{w.last().text("refresh_token")}
	for range 3 {
		now.ahead += 11 * time.Minute // access tokens last 10
		r := silent(t, app, request)
		if r.Source.From != latchkey.FromAuthority || r.Source.Reason != "expired" || r.Account != first.Account {
			t.Errorf("%+v for %+v", r.Source, r.Account)
		}
		sent := w.last()
		if sent.form.Get("refresh_token") != spent[len(spent)-1] || slices.Contains(spent, sent.text("refresh_token")) {
			t.Error("the refresh token was not the last one, or was not replaced")
		}
		spent = append(spent, sent.text("refresh_token"))
	}
	if hit := silent(t, app, request); hit.Source.From != latchkey.FromCache || w.count() != 4 {
		t.Errorf("%+v after %d requests", hit.Source, w.count())
	}
}

// Somebody has copied a refresh token and uses it after its owner did. The provider ends the sign-in (RFC 9700 section
// 4.14.2), and the owner learns that the user must sign in again.
func TestStolenRefreshToken(t *testing.T) {
	w := &wire{}
	app := newWeb(t, w)
	p := newPerson(t, "avery")
	r := signIn(t, app, p, forever())
	stolen := w.last().text("refresh_token")
	renewal := latchkey.SilentRequest{Account: r.Account, ForceRefresh: true}
	silent(t, app, renewal)

	_, err := newWeb(t, &wire{}).AcquireTokenByRefreshToken(t.Context(), stolen, latchkey.RefreshTokenRequest{})
	refused(t, err, "invalid_grant", true)

	if hit := silent(t, app, latchkey.SilentRequest{Account: r.Account}); hit.Source.From != latchkey.FromCache {
		t.Errorf("a token that is still good: %+v", hit.Source)
	}
	_, err = app.AcquireTokenSilent(t.Context(), renewal)
	if e := refused(t, err, "invalid_grant", true); e.Grant != "refresh_token" {
		t.Errorf("%+v", e)
	}
	signIn(t, app, p, forever())
	silent(t, app, renewal)
}

// Two processes share a store, and each refresh token is spent once, however many ask.
func TestTwoProcesses(t *testing.T) {
	w := &wire{}
	c := config(web, w)
	c.Cache = cache.NewMemory()
	apps := []*latchkey.ConfidentialClient{
		newConfidential(t, c, latchkey.Secret(secret)), newConfidential(t, c, latchkey.Secret(secret)),
	}
	r := signIn(t, apps[0], newPerson(t, "avery"), forever())
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			_, err := apps[i%2].AcquireTokenSilent(t.Context(), latchkey.SilentRequest{
				Account: r.Account, ForceRefresh: true, Extra: map[string]string{"caller": string(rune('a' + i/2))}, // no flight is shared
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var spent []string
	for _, e := range w.exchanges {
		if e.form.Get("grant_type") == "refresh_token" {
			spent = append(spent, e.form.Get("refresh_token"))
		}
	}
	slices.Sort(spent)
	if n := len(spent); n != 20 || len(slices.Compact(spent)) != n {
		t.Errorf("%d renewals, and a refresh token was sent twice", n)
	}
}

func TestImportedRefreshToken(t *testing.T) {
	w := &wire{}
	signIn(t, newWeb(t, w), newPerson(t, "avery"), forever())
	app := newWeb(t, w)
	r, err := app.AcquireTokenByRefreshToken(t.Context(), w.last().text("refresh_token"), latchkey.RefreshTokenRequest{})
	if err != nil || r.Account.HomeAccountID != "avery" {
		t.Fatal(r, err)
	}
	if hit := silent(t, app, latchkey.SilentRequest{Account: r.Account}); hit.Source.From != latchkey.FromCache {
		t.Errorf("%+v", hit.Source)
	}
	silent(t, app, latchkey.SilentRequest{Account: r.Account, ForceRefresh: true})
}

func TestWithoutRefreshToken(t *testing.T) {
	w := &wire{}
	app := newWeb(t, w)
	r := signIn(t, app, newPerson(t, "avery"), latchkey.AuthCodeRequest{})
	silent(t, app, latchkey.SilentRequest{Account: r.Account})
	_, err := app.AcquireTokenSilent(t.Context(), latchkey.SilentRequest{Account: r.Account, ForceRefresh: true})
	if !errors.Is(err, latchkey.ErrInteractionRequired) || !strings.Contains(err.Error(), "consent") || w.count() != 1 {
		t.Errorf("%v after %d requests", err, w.count())
	}
}

// R3: what the answer names are the scopes of the access token. That the user also let the client see their profile
// shows in the ID token only.
func TestR3_ScopesOfAResource(t *testing.T) {
	w := &wire{}
	app := newWeb(t, w)
	in := forever("profile", read)
	in.Resource = api
	r := signIn(t, app, newPerson(t, "avery"), in)
	if !slices.Equal(r.Scopes(), []string{read}) || r.Account.Username != "avery@tasks.example" || r.Account.Name == "" {
		t.Fatalf("%v for %+v", r.Scopes(), r.Account)
	}
	for _, scopes := range [][]string{{read}, {"profile", read}, {"openid", "profile", "offline_access", read}} {
		request := latchkey.SilentRequest{Account: r.Account, Scopes: scopes, Resource: api}
		if hit := silent(t, app, request); hit.Source.From != latchkey.FromCache {
			t.Errorf("%v: %+v", scopes, hit.Source)
		}
		request.ForceRefresh = true
		renewed := silent(t, app, request)
		if !slices.Equal(renewed.Scopes(), []string{read}) || renewed.Account != r.Account {
			t.Errorf("%v: %v for %+v", scopes, renewed.Scopes(), renewed.Account)
		}
	}
	if own := silent(t, app, latchkey.SilentRequest{Account: r.Account, Scopes: []string{"openid"}}); slices.Contains(own.Scopes(), read) {
		t.Errorf("a token for no resource: %v", own.Scopes())
	}
	sent := w.count()
	_, err := app.AcquireTokenSilent(t.Context(), latchkey.SilentRequest{Account: r.Account, Scopes: []string{write}, Resource: api})
	if !errors.Is(err, latchkey.ErrInteractionRequired) || w.count() != sent {
		t.Errorf("a scope that was not granted: %v", err)
	}
	more := forever(read, write)
	more.Resource = api
	signIn(t, app, newPerson(t, "avery"), more)
	silent(t, app, latchkey.SilentRequest{Account: r.Account, Scopes: []string{write}, Resource: api, ForceRefresh: true})
}

// R13: a renewal for fewer scopes brings an ID token with fewer claims, and the account keeps its names.
func TestR13_NamesOutliveARenewal(t *testing.T) {
	app := newWeb(t, &wire{})
	r := signIn(t, app, newPerson(t, "avery"), forever("profile"))
	renewed := silent(t, app, latchkey.SilentRequest{Account: r.Account, Scopes: []string{"openid"}, ForceRefresh: true})
	if r.Account.Username == "" || renewed.Account != r.Account || renewed.Claims().Text("preferred_username") != "" {
		t.Errorf("%+v has become %+v", r.Account, renewed.Account)
	}
}

// R28: the provider's Date header tells how far a clock is off that makes good tokens look bad.
func TestR28_ClockIsWrong(t *testing.T) {
	c := config(web, &wire{})
	c.Clock = (&clock{ahead: 3 * time.Hour}).now
	app := newConfidential(t, c, latchkey.Secret(secret))
	flow, answer := comeBack(t, app, newPerson(t, "avery"), latchkey.AuthCodeRequest{})
	_, err := app.AcquireTokenByCode(t.Context(), flow, answer)
	invalid(t, err, "exp")
	if err != nil && !strings.Contains(err.Error(), "180 minutes") {
		t.Error(err)
	}
}
