package nodeprovider

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/transport"
)

var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256}

// The client accepts what the provider signs, and go-jose says what that was.
func TestIDToken(t *testing.T) {
	for _, algorithm := range algorithms {
		t.Run(string(algorithm), func(t *testing.T) {
			id := web + string(algorithm)
			app := newConfidential(t, config(id, &wire{}), latchkey.Secret(secret))
			r := signIn(t, app, newPerson(t, "avery"), latchkey.AuthCodeRequest{})
			token, err := jwt.ParseSigned(r.IDToken(), []jose.SignatureAlgorithm{algorithm})
			if err != nil {
				t.Fatal(err)
			}
			var claims jwt.Claims
			if err := token.Claims(providerKeys(t), &claims); err != nil {
				t.Fatal(err)
			}
			if err := claims.Validate(jwt.Expected{Issuer: issuer, Subject: "avery", AnyAudience: jwt.Audience{id}}); err != nil {
				t.Error(err)
			}
		})
	}
}

func providerKeys(t *testing.T) jose.JSONWebKeySet {
	t.Helper()
	resp, err := http.Get(issuer + "/jwks")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var keys jose.JSONWebKeySet
	if err := json.NewDecoder(resp.Body).Decode(&keys); err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestForgedIDToken(t *testing.T) {
	// part changes a part of the ID token, so that it says or is signed otherwise.
	part := func(n int, change func(string) string) func(string, *transport.Response) {
		return func(path string, answer *transport.Response) {
			members := map[string]any{}
			if path != "/token" || json.Unmarshal([]byte(answer.Body), &members) != nil {
				return
			}
			token, _ := members["id_token"].(string)
			parts := strings.Split(token, ".")
			parts[n] = change(parts[n])
			members["id_token"] = strings.Join(parts, ".")
			body, _ := json.Marshal(members)
			answer.Body = string(body)
		}
	}
	// In the middle of a base64url text every bit counts.
	flip := func(s string) string {
		i, other := len(s)/2, "A"
		if s[i] == 'A' {
			other = "B"
		}
		return s[:i] + other + s[i+1:]
	}
	foreign := func(path string, answer *transport.Response) {
		if path != "/jwks" {
			return
		}
		set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
			{Key: keys()["RS256"].Public(), KeyID: "rsa", Use: "sig"},
			{Key: keys()["ES256"].Public(), KeyID: "ec", Use: "sig"},
		}}
		body, _ := json.Marshal(set)
		answer.Body = string(body)
	}
	tests := []struct {
		name   string
		change func(string, *transport.Response)
	}{
		{"signature", part(2, flip)},
		{"no signature", part(2, func(string) string { return "" })},
		{"algorithm none", part(0, func(string) string { return "eyJhbGciOiJub25lIn0" })},
		{"another's keys", foreign},
	}
	for _, tt := range tests {
		for _, algorithm := range algorithms {
			t.Run(tt.name+" "+string(algorithm), func(t *testing.T) {
				app := newConfidential(t, config(web+string(algorithm), &wire{change: tt.change}), latchkey.Secret(secret))
				flow, answer := comeBack(t, app, newPerson(t, "avery"), latchkey.AuthCodeRequest{})
				_, err := app.AcquireTokenByCode(t.Context(), flow, answer)
				invalid(t, err, "signature")
			})
		}
	}
}

// R15: the nonce is that of the request, so that nobody can bring a code of another sign-in.
func TestR15_NonceOfAnotherSignIn(t *testing.T) {
	app, p := newWeb(t, &wire{}), newPerson(t, "avery")
	flow, err := app.AuthCodeURL(t.Context(), latchkey.AuthCodeRequest{RedirectURI: callback})
	if err != nil {
		t.Fatal(err)
	}
	page, nonce, _ := strings.Cut(flow.URL(), "&nonce=")
	_, after, _ := strings.Cut(nonce, "&")
	reached, err := p.visit(page + "&nonce=another&" + after)
	if err != nil {
		t.Fatal(err)
	}
	_, err = app.AcquireTokenByCode(t.Context(), flow, reached.answer)
	invalid(t, err, "nonce")
}

// UserInfo is what the client leaves to its caller: the access token opens it.
func TestUserinfo(t *testing.T) {
	r := signIn(t, newWeb(t, &wire{}), newPerson(t, "avery"), latchkey.AuthCodeRequest{Scopes: []string{"profile"}})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, issuer+"/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", r.Header())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(body), `"preferred_username":"avery@tasks.example"`) {
		t.Errorf("status %d, %s, %v", resp.StatusCode, body, err)
	}
}
