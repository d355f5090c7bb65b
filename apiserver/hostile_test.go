package apiserver_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/apiserver"
)

// hostile is what terminals, logs, headers and pages must not get as it is.
const hostile = "\x1b[2J\r\nX-Evil: 1\u0085\u202e<script>alert(1)</script>\"\\"

// R23: what a token says never gets out as it is, and to the client not at all.
func TestR23_HostileTokens(t *testing.T) {
	w := newWire()
	for name, tt := range map[string]struct{ header, claims object }{
		"iss":   {atJWT, object{"iss": hostile}},
		"typ":   {object{"typ": hostile}, nil},
		"kid":   {atJWT.with(object{"kid": hostile}), nil},
		"alg":   {atJWT.with(object{"alg": hostile}), nil},
		"aud":   {atJWT, object{"aud": []string{hostile, strings.Repeat(hostile, 20)}}},
		"scope": {atJWT, object{"scope": hostile}},
		"acr":   {atJWT, object{"acr": hostile}},
	} {
		t.Run(name, func(t *testing.T) {
			c := w.config()
			told := error(nil)
			c.Refused = func(_ *http.Request, err error) { told = err }
			require := apiserver.Requirement{Scopes: []string{"Tasks.Read"}, StepUp: apiserver.StepUp{ACRValues: []string{"mfa"}}}
			got := httptest.NewRecorder()
			verifier(t, c).Handler(require, never(t)).ServeHTTP(got, request("Bearer "+rsaKey().sign(tt.header, oidcClaims().with(tt.claims))))
			harmless(t, "error", told.Error())
			harmless(t, "challenge", got.Header().Get("WWW-Authenticate"))
			for _, piece := range []string{"alert(1)", "X-Evil", "[2J"} {
				if strings.Contains(fmt.Sprint(got.Header(), got.Body), piece) {
					t.Errorf("the client is told %q: %v %s", piece, got.Header(), got.Body)
				}
			}
		})
	}
	t.Run("tenant", func(t *testing.T) {
		for _, v := range []*apiserver.Verifier{verifier(t, w.entra(tenant)), verifier(t, w.entra("common", tenant))} {
			_, err := v.Verify(t.Context(), rsaKey().sign(plainJWT, entraClaims().with(object{"tid": hostile, "iss": hostile})))
			if err == nil {
				t.Fatal("accepted")
			}
			harmless(t, "error", err.Error())
		}
	})
}

func harmless(t *testing.T, what, text string) {
	t.Helper()
	if text == "" || strings.ContainsAny(text, "\x1b\r\n\u0085\u202e") || len(text) > 2048 {
		t.Errorf("%s: %q", what, text)
	}
}

// Nothing that is printed has the token, or what it says about a person.
func TestNothingIsPrinted(t *testing.T) {
	w := newWire()
	v := verifier(t, w.config())
	token := rsaKey().sign(atJWT, oidcClaims().with(object{"sub": "user-4711", "email": "avery@contoso.test"}))
	parts := strings.Split(token, ".")
	claims, err := v.Verify(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("called", "claims", claims)
	texts := []string{
		logged.String(), fmt.Sprintf("%v %+v %#v %s %q %x", claims, claims, claims, claims, claims, claims),
		fmt.Sprintf("%v %+v %#v %d", *claims, *claims, *claims, *claims),
	}
	for _, r := range []apiserver.Requirement{{Scopes: []string{"x"}}, {AppRoles: []string{"x"}}, {AnyToken: true, StepUp: apiserver.StepUp{ACRValues: []string{"x"}}}} {
		err := claims.Check(r)
		texts = append(texts, err.Error(), fmt.Sprintf("%+v %#v", err, err))
	}
	for _, bad := range []string{token + "x", token[:len(token)-2], parts[0] + "." + parts[1], parts[0] + "." + parts[1] + "A." + parts[2], "Bearer " + token, strings.Repeat(token, 50)} {
		_, err := v.Verify(t.Context(), bad)
		e := (*apiserver.Error)(nil)
		if !errors.As(err, &e) {
			t.Fatalf("accepted %q", bad)
		}
		got := httptest.NewRecorder()
		v.Refuse(got, err)
		texts = append(texts, err.Error(), fmt.Sprintf("%+v %#v", err, e), fmt.Sprint(got.Header(), got.Body))
	}
	for _, text := range texts {
		for _, secret := range []string{parts[1][:40], parts[2][:40], "user-4711", "avery"} {
			if strings.Contains(text, secret) {
				t.Errorf("%q is in %q", secret, text)
			}
		}
	}
}
