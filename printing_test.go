package latchkey

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/transport"
)

// hostile is what an authority, a resource or a user's name may try. Nothing of it may reach a terminal or a log.
const hostile = "\x1b[2J\x1b]0;owned\x07 \r\n2026/01/01 forged line \u202egpj.exe \u2028 \u009b31m \xff\x00 <script>alert(1)</script>"

// harmless reports what of a text could change a terminal or forge a line.
func harmless(text string) string {
	switch {
	case !utf8.ValidString(text):
		return "invalid UTF-8"
	case strings.ContainsAny(text, "\x00\x07\r\n\x1b\x7f\u202e\u2028\u009b"):
		return "a control character"
	case len(text) > 8192:
		return "too long a text"
	}
	return ""
}

func TestR23_HostileText(t *testing.T) {
	long := hostile + strings.Repeat("x", 1<<16)
	w := newWire(t)
	c := w.public()
	var results []*Result
	for _, name := range []string{hostile, long} {
		w.token = func(q asked) answer {
			return w.grant(q).with("id_token", jwt(w.claims(q).with("preferred_username", name).with("name", name))).answer()
		}
		results = append(results, w.signIn(c.client, "a"))
	}
	texts := []string{(&Error{Endpoint: "token", Description: strings.Repeat(hostile, 1<<20/len(hostile))}).Error()}
	for _, text := range []string{hostile, long} {
		body := members{"error": text, "error_description": text, "suberror": text, "error_uri": text, "correlation_id": text,
			"trace_id": text, "timestamp": text, "claims": text}
		for _, grant := range []string{grantRefresh, text} {
			_, err := parseAnswer(&transport.Response{Status: 400, Body: body.String()}, "token", grant, sentAt)
			texts = append(texts, err.Error(), fmt.Errorf("x: %w", err).Error())
		}
		page := transport.Header{{Name: "Content-Type", Value: text}}
		_, err := parseAnswer(&transport.Response{Status: 200, Header: page, Body: text}, "token", grantCode, sentAt)
		texts = append(texts, err.Error())
		_, err = parseBody(members{"access_token": "a", "token_type": text}.String(), false)
		texts = append(texts, err.Error())
		_, err = checkCallback(&flowState{state: "s", expires: 1 << 40}, testMetadata(t, w), "state=s&iss="+escapeAll(hostile), 0)
		texts = append(texts, err.Error())
		_, err = parseCallback(text)
		texts = append(texts, fmt.Sprint(err))
		_, err = c.AuthCodeURL(context.Background(), AuthCodeRequest{RedirectURI: redirectURI, Extra: map[string]string{text: "", "client_id": ""}})
		texts = append(texts, err.Error(), checkSetExtra(text))
		texts = append(texts,
			(&Error{Endpoint: "token", Code: text, Description: text, Suberror: text, Grant: text, CorrelationID: text}).Error(),
			(&ArgumentError{"Field", text}).Error(), (&ValidationError{Check: "nonce", Problem: text}).Error(),
			(&ValidationError{Check: "iss", Problem: text, Err: errors.New("cause")}).Error(),
			(&signInError{"reason"}).Error())
		_, err = refreshScopes(&c.config.Profile, testMetadata(t, w), []string{text}, []string{"a"})
		texts = append(texts, err.Error())
	}
	for _, r := range results {
		texts = append(texts, r.String(), fmt.Sprint(r), fmt.Sprintf("%v %+v %#v %s", *r, *r, *r, *r))
	}
	for _, text := range texts {
		if problem := harmless(text); problem != "" {
			t.Errorf("R23 %s in %.300q", problem, text)
		}
	}
}

// escapeAll writes every byte as %XX.
func escapeAll(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

// checkSetExtra is the text of the error about a parameter of that name that is taken.
func checkSetExtra(name string) string {
	q := &tokenRequest{}
	q.form.Set(name, "x")
	return setExtra(&q.form, map[string]string{name: "y"}).Error()
}

// printed is a value in every way in which fmt prints it.
func printed(v any) string {
	return fmt.Sprintf("%v|%+v|%#v|%s|%q|%x", v, v, v, v, v, v)
}

// TestPrintedSecrets prints everything that holds a secret, by value, by pointer and within other values.
func TestPrintedSecrets(t *testing.T) {
	ctx := context.Background()
	secrets := []string{"hush-secret", "signed-assertion"}
	w := newEntraWire(t, homeID)
	w.token = func(q asked) answer {
		m := w.grant(q)
		m["access_token"], m["refresh_token"] = "secret-"+m["access_token"].(string), "secret-"+m["refresh_token"].(string)
		secrets = append(secrets, m["access_token"].(string), m["refresh_token"].(string), m["id_token"].(string))
		return m.answer()
	}
	store := cache.NewMemory()
	secret, assertion := Secret("hush-secret"), Assertion(func(context.Context, AssertionRequest) (string, error) { return "signed-assertion", nil })
	public, server := w.public(func(cfg *Config) { cfg.Cache = store }), w.confidential(secret)
	flow := w.begin(public.client, AuthCodeRequest{Scopes: []string{"a"}})
	secrets = append(secrets, flow.state.state, flow.state.nonce, flow.state.verifier)
	r, err := public.AcquireTokenByCode(ctx, flow, "code=c&state="+flow.State())
	if err != nil {
		t.Fatal(err)
	}
	message, err := server.message(ctx, refreshRequest(t, server, "secret-rt-1"))
	if err != nil {
		t.Fatal(err)
	}
	w.signIn(server, "a")
	for _, c := range []*client{public.client, server} {
		if err := c.Close(ctx); err != nil { // so that nothing changes what is printed
			t.Fatal(err)
		}
	}
	record, err := public.vault.load(ctx, public.partition(cache.KindUser, "login.windows.net", r.Account.HomeAccountID))
	if err != nil || record == nil {
		t.Fatal(record, err)
	}
	values := map[string]any{
		"Result": *r, "*Result": r, "AuthCodeFlow": *flow, "*AuthCodeFlow": flow, "Credential": secret, "*Credential": &assertion,
		"PublicClient": *public, "*PublicClient": public, "client": server, "Config": w.config(), "Store": store,
		"message": message, "*message": *message, "record": record, "access token": record.AccessTokens[0],
		"refresh token": record.RefreshTokens[0], "ID token": record.IDTokens[0], "vault": server.vault,
		"in a struct": struct {
			R    *Result
			F    AuthCodeFlow
			C    Credential
			list []Credential
			m    map[string]*AuthCodeFlow
		}{r, *flow, secret, []Credential{secret}, map[string]*AuthCodeFlow{"x": flow}},
		"in a slice": []any{*r, *flow, secret, *public}, "Account": r.Account, "AuthCodeRequest": AuthCodeRequest{}, "SilentRequest": SilentRequest{Rejected: r.TokenHash()},
	}
	for name, v := range values {
		text := printed(v)
		for _, s := range secrets {
			if s == "" {
				t.Fatal("an empty secret")
			}
			if strings.Contains(text, s) || strings.Contains(text, fmt.Sprintf("%x", s)) {
				t.Errorf("%s shows the secret %q", name, s)
			}
		}
	}
}

// refreshRequest is a refresh with a secret in its form.
func refreshRequest(t *testing.T, c *client, refreshToken string) *tokenRequest {
	t.Helper()
	where, m, err := c.resolve(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	q, err := c.newTokenRequest(where, m, grantRefresh, nil, parameters{})
	if err != nil {
		t.Fatal(err)
	}
	q.form.Set("refresh_token", refreshToken)
	return q
}

// No error and no event of a flow shows a secret, whatever fails.
func TestErrorsAndEventsShowNoSecret(t *testing.T) {
	ctx := context.Background()
	var seen []string
	note := func(_ context.Context, e Event) { seen = append(seen, printed(e)) }
	trace := &Trace{note, note, note, note, note, note, note, note, note, note}
	failing := append([]answer{{body: `{"access_token":"secret-at`}, {status: 500, body: "secret-rt-1 hush-secret"}, {status: 302, header: transport.Header{{Name: "Location", Value: "https://x.example/?secret-code"}}}},
		refusal("invalid_client"), refusal("invalid_grant"))
	for _, a := range failing {
		w := newWire(t)
		store := &troubledStore{Store: cache.NewMemory()}
		c := w.confidential(Secret("hush-secret"), func(cfg *Config) { cfg.Trace, cfg.Cache = trace, store })
		w.token = func(q asked) answer { return w.grant(q).with("refresh_token", "secret-rt-1").answer() }
		flow := w.begin(c, AuthCodeRequest{Scopes: []string{"a"}})
		_, err := c.AcquireTokenByCode(ctx, flow, "code=secret-code&state=secret-state")
		seen = append(seen, printed(err))
		r, err := c.AcquireTokenByCode(ctx, flow, "code=secret-code&state="+flow.State())
		if err != nil {
			t.Fatal(err)
		}
		w.token = func(asked) answer { return a }
		_, err = c.AcquireTokenSilent(ctx, forced(r.Account, "a"))
		seen = append(seen, printed(err))
		_, err = c.AcquireTokenByRefreshToken(ctx, "secret-rt-2", RefreshTokenRequest{})
		seen = append(seen, printed(err))
		flow = w.begin(c, AuthCodeRequest{Scopes: []string{"a"}})
		_, err = c.AcquireTokenByCode(ctx, flow, "code=secret-code&state="+flow.State())
		seen = append(seen, printed(err))
		store.fail("Load Save Lock")
		_, err = c.AcquireTokenSilent(ctx, forced(r.Account, "a"))
		seen = append(seen, printed(err))
	}
	if len(seen) < 30 {
		t.Errorf("only %d texts", len(seen))
	}
	for _, text := range seen {
		if strings.Contains(text, "secret-") || strings.Contains(text, "hush-secret") {
			t.Errorf("%.300s", text)
		}
	}
}
