package apiclient_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/apiclient"
	"github.com/latchkey-auth/latchkey/transport"
)

// An API demands a claim that the token has only if it is asked for.
const (
	nameClaims = `{"access_token":{"given_name":{"essential":true}}}`
	cp1Claims  = `{"access_token":{"xms_cc":{"values":["cp1"]}}}`
)

// demands is an API that accepts only tokens with the claim.
func demands(claim, claims string) func(http.ResponseWriter, seen) {
	return func(w http.ResponseWriter, r seen) {
		if _, ok := r.claims[claim]; !ok {
			unauthorized(w, "Negotiate", insufficient(claims))
		}
	}
}

func TestR42_ClaimsChallengeIsAnswered(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		name          string
		rt            *apiclient.Transport
		claim, claims string
		before        int // requests for the first token
	}{
		{"user", w.transport(), "given_name", nameClaims, 0},
		{"service", w.service(), "xms_cc", cp1Claims, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.api.set(demands(test.claim, test.claims))
			old := w.renewals()
			if got := status(t, test.rt, "GET", w.api.url+"/a", ""); got != 200 {
				t.Fatalf("status %d", got)
			}
			all := w.api.requests()
			if len(all) != 2 || all[0].token == "" || all[1].token == all[0].token {
				t.Fatalf("%d requests, want a second one with another token", len(all))
			}
			if n := w.renewals() - old; n != 1+test.before {
				t.Errorf("%d token requests, want %d", n, 1+test.before)
			}
			// R25: the new token has taken the place of the old one.
			if got := status(t, test.rt, "GET", w.api.url+"/b", ""); got != 200 {
				t.Errorf("later: status %d", got)
			}
			if all := w.api.requests(); len(all) != 3 || w.renewals()-old != 1+test.before || all[2].token != all[1].token {
				t.Errorf("R25 later: %d requests, %d token requests", len(all), w.renewals()-old)
			}
		})
	}
}

func TestR42_InvalidTokenIsRenewed(t *testing.T) {
	w := newWorld(t)
	rt := w.transport()
	revoked := ""
	w.api.set(func(rw http.ResponseWriter, r seen) {
		if revoked == "" {
			revoked = r.token
		}
		if r.token == revoked {
			unauthorized(rw, `Bearer error="invalid_token"`)
		}
	})
	if got := status(t, rt, "DELETE", w.api.url+"/a", ""); got != 200 || w.renewals() != 1 {
		t.Errorf("status %d after %d renewals", got, w.renewals())
	}
	if got := status(t, rt, "GET", w.api.url+"/a", ""); got != 200 || w.renewals() != 1 {
		t.Errorf("later: status %d after %d renewals", got, w.renewals())
	}
}

func TestR42_BodiesAreSentAgain(t *testing.T) {
	w := newWorld(t)
	rt := w.transport()
	w.api.set(demands("given_name", nameClaims))
	if got := status(t, rt, "POST", w.api.url+"/a", "the body"); got != 200 {
		t.Errorf("status %d", got)
	}
	for i, r := range w.api.requests() {
		if r.body != "the body" || r.Method != "POST" || r.ContentLength != 8 {
			t.Errorf("request %d: %s with %q", i, r.Method, r.body)
		}
	}
}

// A body that cannot be read again: the caller gets the 401, and its own attempt succeeds.
func TestR42_StreamsAreNotSentAgain(t *testing.T) {
	w := newWorld(t)
	rt := w.transport()
	w.api.set(demands("given_name", nameClaims))
	for i, want := range []int{401, 200} {
		body := newProbe("a stream")
		r, err := http.NewRequestWithContext(t.Context(), "POST", w.api.url+"/a", body)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := rt.RoundTrip(r)
		if err != nil || resp.StatusCode != want {
			t.Fatalf("attempt %d: %v, %v, want %d", i, resp, err, want)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if want == 401 && (string(text) != "no" || err != nil || !strings.Contains(resp.Header.Get("WWW-Authenticate"), "Negotiate")) {
			t.Errorf("the answer is %q, %v, %v", text, err, resp.Header)
		}
		body.wait(t, "a stream")
	}
	if n := len(w.api.requests()); n != 2 || w.renewals() != 1 {
		t.Errorf("%d requests, %d renewals", n, w.renewals())
	}

	// GetBody that fails is as good as none.
	w.api.set(func(rw http.ResponseWriter, r seen) { unauthorized(rw, `Bearer error="invalid_token"`) })
	r, _ := http.NewRequestWithContext(t.Context(), "POST", w.api.url+"/a", strings.NewReader("x"))
	r.GetBody = func() (io.ReadCloser, error) { return nil, errors.New("gone") }
	resp, err := rt.RoundTrip(r)
	if err != nil || resp.StatusCode != 401 || len(w.api.requests()) != 1 {
		t.Fatalf("%v, %v after %d requests", resp, err, len(w.api.requests()))
	}
	resp.Body.Close()
}

// An API that is never content costs one renewal a minute, and the caller gets its answer.
func TestR42_SameChallengeWithinAMinute(t *testing.T) {
	for name, challenge := range map[string]string{"invalid_token": `Bearer error="invalid_token"`, "claims": insufficient(nameClaims)} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			rt := w.transport()
			w.api.set(func(rw http.ResponseWriter, r seen) { unauthorized(rw, challenge) })
			steps := []struct {
				wait               time.Duration
				requests, renewals int
			}{{0, 2, 1}, {time.Second, 1, 0}, {58 * time.Second, 1, 0}, {time.Second, 2, 1}, {59 * time.Second, 1, 0}, {time.Second, 2, 1}}
			for i, step := range steps {
				w.now.advance(step.wait)
				requests, renewals := len(w.api.requests()), w.renewals()
				if got := status(t, rt, "GET", w.api.url+"/a", ""); got != 401 {
					t.Errorf("step %d: status %d", i, got)
				}
				if n, m := len(w.api.requests())-requests, w.renewals()-renewals; n != step.requests || m != step.renewals {
					t.Errorf("R42 step %d: %d requests and %d renewals, want %d and %d", i, n, m, step.requests, step.renewals)
				}
			}
		})
	}
}

// An API that demands something else each time cannot make the client ask the authority for ever.
func TestR42_EndlessNewChallenges(t *testing.T) {
	w := newWorld(t)
	rt := w.transport()
	n := 0
	w.api.set(func(rw http.ResponseWriter, r seen) {
		n++
		unauthorized(rw, insufficient(fmt.Sprintf(`{"access_token":{"a%d":null}}`, n)))
	})
	for range 30 {
		if got := status(t, rt, "GET", w.api.url+"/a", ""); got != 401 {
			t.Errorf("status %d", got)
		}
	}
	if n := w.renewals(); n != 10 {
		t.Errorf("R42 %d renewals in a minute, want 10", n)
	}
	w.now.advance(60 * time.Second)
	w.api.set(demands("given_name", nameClaims))
	if got := status(t, rt, "GET", w.api.url+"/a", ""); got != 200 {
		t.Errorf("later: status %d", got)
	}
}

// Two endpoints of an API demand different claims.
func TestR42_TwoChallenges(t *testing.T) {
	w := newWorld(t)
	rt := w.transport()
	w.api.set(func(rw http.ResponseWriter, r seen) {
		if r.URL.Path == "/cap" {
			demands("xms_cc", cp1Claims)(rw, r)
			return
		}
		demands("given_name", nameClaims)(rw, r)
	})
	for _, path := range []string{"/name", "/cap"} {
		if got := status(t, rt, "GET", w.api.url+path, ""); got != 200 {
			t.Errorf("%s: status %d", path, got)
		}
	}
	if w.renewals() != 2 {
		t.Errorf("%d renewals, want 2", w.renewals())
	}
	// The second token has lost what the first was got for, and the minute is not over.
	if got := status(t, rt, "GET", w.api.url+"/name", ""); got != 401 || w.renewals() != 2 {
		t.Errorf("R42 status %d after %d renewals", got, w.renewals())
	}
	w.now.advance(60 * time.Second)
	if got := status(t, rt, "GET", w.api.url+"/name", ""); got != 200 || w.renewals() != 3 {
		t.Errorf("R42 a minute later: status %d after %d renewals", got, w.renewals())
	}
}

func TestR42_InteractionReachesTheCaller(t *testing.T) {
	w := newWorld(t)
	rt := w.transport()
	w.api.set(demands("given_name", nameClaims))
	asked := 0
	w.meddle(func(r *transport.Request) *transport.Response {
		asked++
		form, _ := url.ParseQuery(r.Body)
		if form.Get("claims") != nameClaims || form.Get("grant_type") != "refresh_token" {
			t.Errorf("the authority was asked %q with claims %s", form.Get("grant_type"), form.Get("claims"))
		}
		return refuse(map[string]string{"error": "interaction_required", "suberror": "basic_action", "claims": `{"access_token":{"polids":{"essential":true}}}`, "error_description": "more \x1b[31m"})(r)
	}, nil)
	body := newProbe("x")
	r, _ := http.NewRequestWithContext(t.Context(), "POST", w.api.url+"/a?secret=yes", body)
	_, err := rt.RoundTrip(r)
	need := interaction(t, err)
	body.wait(t, "a refused renewal")
	want := `{"access_token":{"given_name":{"essential":true},"polids":{"essential":true}}}`
	if need.Claims != want || need.Origin != w.api.url || !reflect.DeepEqual(need.Scopes, w.scopes()) || need.MaxAge != 0 || need.ACRValues != nil {
		t.Errorf("got %#v", need)
	}
	var refused *latchkey.Error
	if !errors.As(err, &refused) || refused.Code != "interaction_required" || !strings.Contains(err.Error(), w.api.url+" demands another token") ||
		strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("R23 the error is %v", err)
	}
	w.leaks("the error", err.Error(), fmt.Sprintf("%+v %#v %#v", err, err, need))

	// R42: asking again within the minute asks nobody.
	for range 3 {
		_, err := do(t, rt, "GET", w.api.url+"/a", "")
		if again := interaction(t, err); again.Claims != want {
			t.Errorf("later: %#v", again)
		}
	}
	if asked != 1 || len(w.api.requests()) != 4 {
		t.Errorf("R42 the authority was asked %d times, the API %d times", asked, len(w.api.requests()))
	}
	w.now.advance(60 * time.Second)
	_, err = do(t, rt, "GET", w.api.url+"/a", "")
	if interaction(t, err); asked != 2 {
		t.Errorf("R42 a minute later the authority was asked %d times", asked)
	}

	// The user signs in, and nothing that was remembered is in the way.
	w.meddle(nil, nil)
	w.signIn("avery@contoso.test")
	if got := status(t, rt, "GET", w.api.url+"/a", ""); got != 200 {
		t.Errorf("after the sign-in: status %d", got)
	}
}

// The user signed in while a request with the old token was on its way.
func TestR42_SignInMeanwhile(t *testing.T) {
	w := newWorld(t)
	rt := w.transport()
	w.meddle(refuse(map[string]string{"error": "interaction_required"}), nil)
	w.api.set(func(rw http.ResponseWriter, r seen) { unauthorized(rw, insufficient(nameClaims)) })
	_, err := do(t, rt, "GET", w.api.url+"/a", "")
	interaction(t, err)
	old := ""
	w.api.set(func(rw http.ResponseWriter, r seen) {
		if old == "" {
			old = r.token
			w.meddle(nil, nil)
			w.signIn("avery@contoso.test")
		}
		if r.token == old {
			unauthorized(rw, insufficient(nameClaims))
		}
	})
	if got := status(t, rt, "GET", w.api.url+"/a", ""); got != 200 || w.renewals() != 0 {
		t.Errorf("status %d after %d renewals", got, w.renewals())
	}
}

// The cache has another token by now, but that was not got for what the API demands.
func TestR42_AnotherTokenMeanwhile(t *testing.T) {
	w := newWorld(t)
	rt := w.transport()
	old := ""
	w.api.set(func(rw http.ResponseWriter, r seen) {
		if old == "" {
			old = r.token
			w.signIn("avery@contoso.test")
		}
		demands("given_name", nameClaims)(rw, r)
	})
	if got := status(t, rt, "GET", w.api.url+"/a", ""); got != 200 || w.renewals() != 1 {
		t.Errorf("status %d after %d renewals", got, w.renewals())
	}
}

// A source that gives the refused token again is of no help, so the request is not sent again.
func TestR42_SameTokenAgain(t *testing.T) {
	w := newWorld(t)
	rt := w.transport()
	asked := 0
	rt.Source = func(ctx context.Context, r apiclient.TokenRequest) (*latchkey.Result, error) {
		asked++
		return w.app.AcquireTokenSilent(ctx, latchkey.SilentRequest{Account: w.user, Scopes: r.Scopes})
	}
	w.api.set(demands("given_name", nameClaims))
	for _, want := range []int{3, 5} { // the token and, after the 401, whether it is still that one; once in between, the renewal
		if got := status(t, rt, "GET", w.api.url+"/a", ""); got != 401 || asked != want {
			t.Errorf("status %d, the source was asked %d times, want %d", got, asked, want)
		}
	}
	if n := len(w.api.requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

// Without an answer of the authority nothing is decided, so the next request may ask again.
func TestR42_AuthorityUnreachable(t *testing.T) {
	w := newWorld(t)
	rt := w.transport()
	w.api.set(demands("given_name", nameClaims))
	w.meddle(func(*transport.Request) *transport.Response {
		return &transport.Response{Body: strings.Repeat("x", transport.MaxBody+1)}
	}, nil)
	_, err := do(t, rt, "GET", w.api.url+"/a", "")
	var need *apiclient.TokenError
	if !errors.As(err, &need) || !errors.Is(err, transport.ErrBodyTooLarge) || errors.Is(err, latchkey.ErrInteractionRequired) || need.Claims != nameClaims {
		t.Errorf("got %v", err)
	}
	w.meddle(nil, nil)
	if got := status(t, rt, "GET", w.api.url+"/a", ""); got != 200 {
		t.Errorf("status %d", got)
	}
}

func TestR42_StepUp(t *testing.T) {
	w := newWorld(t)
	rt := w.transport()
	sent := ""
	w.meddle(func(r *transport.Request) *transport.Response {
		form, _ := url.ParseQuery(r.Body)
		sent = form.Get("claims")
		return nil
	}, nil)
	w.api.set(func(rw http.ResponseWriter, r seen) {
		unauthorized(rw, `Bearer error="insufficient_user_authentication", acr_values="phr mfa", max_age="60"`)
	})
	const claims = `{"id_token":{"acr":{"essential":true,"values":["phr","mfa"]},"auth_time":{"essential":true}}}`
	for i, wantRequests := range []int{2, 3} {
		_, err := do(t, rt, "GET", w.api.url+"/a", "")
		need := interaction(t, err)
		if !reflect.DeepEqual(need.ACRValues, []string{"phr", "mfa"}) || need.MaxAge != time.Minute || need.Claims != claims || sent != claims {
			t.Errorf("got %#v; the authority was asked for %s", need, sent)
		}
		if n := len(w.api.requests()); n != wantRequests || w.renewals() != 1 {
			t.Errorf("R42 attempt %d: %d requests, %d renewals", i, n, w.renewals())
		}
	}
	// A token that the refresh did make good enough is replayed like any other.
	w.now.advance(60 * time.Second)
	old := ""
	w.api.set(func(rw http.ResponseWriter, r seen) {
		if old == "" {
			old = r.token
		}
		if r.token == old {
			unauthorized(rw, `Bearer error="insufficient_user_authentication"`)
		}
	})
	if got := status(t, rt, "GET", w.api.url+"/a", ""); got != 200 {
		t.Errorf("status %d", got)
	}
}

// What these answers ask for is not done, whatever it is; the caller gets them as they are.
func TestR42_HostileChallenges(t *testing.T) {
	w := newWorld(t)
	rt := w.transport()
	evil := newAPI(t)
	big := `{"a":"` + strings.Repeat("x", 9<<10) + `"}`
	for name, lines := range map[string][]string{
		"nothing":           nil,
		"other schemes":     {"Negotiate", `DPoP error="invalid_token"`, `Basic realm="x"`},
		"elsewhere":         {fmt.Sprintf(`Bearer authorization_uri="%s/authorize", resource_metadata="%s/.well-known", scope="evil"`, evil.url, evil.url)},
		"no claims":         {`Bearer error="insufficient_claims"`},
		"claims of 9 KB":    {insufficient(big)},
		"claims of 100 KB":  {`Bearer error="insufficient_claims", claims="` + strings.Repeat("A", 100<<10) + `"`},
		"an array":          {insufficient(`["access_token"]`)},
		"cut off":           {strings.TrimSuffix(insufficient(nameClaims), `"`)},
		"a parameter twice": {`Bearer error="invalid_token", error="insufficient_claims"`},
		"contradiction":     {insufficient(nameClaims), insufficient(cp1Claims)},
		"insufficient":      {`Bearer error="insufficient_scope", scope="everything"`},
		"many":              {strings.Repeat("Bearer, ", 100) + `Bearer error="invalid_token"`},
	} {
		w.api.set(func(rw http.ResponseWriter, r seen) { unauthorized(rw, lines...) })
		resp, err := do(t, rt, "GET", w.api.url+"/a", "")
		if err != nil || resp.StatusCode != 401 || !reflect.DeepEqual(resp.Header.Values("WWW-Authenticate"), lines) {
			t.Errorf("%s: %v, %v", name, resp, err)
		}
		if len(w.api.requests()) != 1 || w.renewals() != 0 {
			t.Errorf("%s: %d requests, %d renewals", name, len(w.api.requests()), w.renewals())
		}
	}
	// R11: neither does a challenge that is answered choose whom the token is asked from.
	w.api.set(func(rw http.ResponseWriter, r seen) {
		if r.claims["given_name"] == nil {
			unauthorized(rw, fmt.Sprintf(`Bearer authorization_uri="%[1]s/authorize", resource_metadata="%[1]s/.well-known", authorization="%[1]s", error="insufficient_claims", claims="%[2]s"`,
				evil.url, base64.StdEncoding.EncodeToString([]byte(nameClaims))))
		}
	})
	if got := status(t, rt, "GET", w.api.url+"/a", ""); got != 200 || len(evil.requests()) != 0 {
		t.Errorf("R11 status %d, %d requests elsewhere", got, len(evil.requests()))
	}
}

// A 401 is nobody's business where no token was sent.
func TestR42_OnlyOurTokensAreRenewed(t *testing.T) {
	w := newWorld(t)
	rt := w.transport()
	w.api.set(func(rw http.ResponseWriter, r seen) { unauthorized(rw, `Bearer error="invalid_token"`) })
	if got := status(t, rt, "GET", w.api.url+"/public/a", ""); got != 401 {
		t.Errorf("status %d", got)
	}
	r, _ := http.NewRequestWithContext(t.Context(), "GET", w.api.url+"/a", nil)
	r.Header.Set("Authorization", "Bearer mine")
	resp, err := rt.RoundTrip(r)
	if err != nil || resp.StatusCode != 401 {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
	if n := len(w.api.requests()); n != 2 || w.renewals() != 0 {
		t.Errorf("%d requests, %d renewals", n, w.renewals())
	}
}

// The answer that is thrown away has a body without end.
func TestR42_EndlessRefusal(t *testing.T) {
	w := newWorld(t)
	rt := w.transport()
	w.api.set(func(rw http.ResponseWriter, r seen) {
		if r.claims["given_name"] != nil {
			return
		}
		rw.Header().Set("WWW-Authenticate", insufficient(nameClaims))
		rw.WriteHeader(401)
		for {
			if _, err := io.WriteString(rw, strings.Repeat("no ", 1000)); err != nil {
				return
			}
		}
	})
	if got := status(t, rt, "GET", w.api.url+"/a", ""); got != 200 {
		t.Errorf("status %d", got)
	}
}

// The replay fails: the error is what Base says, and nothing is left open.
func TestR42_ReplayFails(t *testing.T) {
	w := newWorld(t)
	rt := w.transport()
	w.api.set(func(rw http.ResponseWriter, r seen) {
		if len(w.api.requests()) == 2 {
			panic(http.ErrAbortHandler)
		}
		unauthorized(rw, `Bearer error="invalid_token"`)
	})
	_, err := do(t, rt, "POST", w.api.url+"/a", "x")
	var token *apiclient.TokenError
	if err == nil || errors.As(err, &token) {
		t.Errorf("got %v", err)
	}
}
