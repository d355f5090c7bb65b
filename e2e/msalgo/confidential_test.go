package msalgo

import (
	"context"
	"crypto/x509"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

func TestClientCredential(t *testing.T) {
	certificate, err := confidential.NewCredFromCert([]*x509.Certificate{at.Certificate}, at.Key)
	if err != nil {
		t.Fatal(err)
	}
	callback := confidential.NewCredFromAssertionCallback(func(context.Context, confidential.AssertionRequestOptions) (string, error) {
		return at.ClusterToken()
	})
	for _, tt := range []struct {
		name       string
		credential confidential.Credential
		options    []confidential.Option
	}{
		{"secret", secretOf(t, "daemon"), nil},
		{"certificate", certificate, nil},
		{"certificate with its chain", certificate, []confidential.Option{confidential.WithX5C()}},
		{"assertion callback", callback, nil},
		{"capabilities", secretOf(t, "daemon"), []confidential.Option{confidential.WithClientCapabilities([]string{"CP1"})}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kept := &storage{}
			client := newConfidential(t, "daemon", tt.credential, append(tt.options, confidential.WithCache(kept))...)
			acquire := func() string {
				t.Helper()
				result, err := client.AcquireTokenByCredential(t.Context(), []string{scope(".default")})
				if err != nil {
					t.Fatal(err)
				}
				at.Admit(t, result.AccessToken, outside.Access{Client: "daemon", Roles: []string{"Tasks.Read.All"}})
				return result.AccessToken
			}
			const call = "token client_credentials daemon 200"
			w := at.Watch()
			first := acquire()
			w.Want(t, call)
			if acquire() != first {
				t.Error("the cache has another token")
			}
			w.Want(t, call)
			kept.age(t, 2*time.Hour)
			acquire()
			w.Want(t, call, call)
		})
	}
}

func TestConfidentialAuthCode(t *testing.T) {
	const callback = "https://web.contoso.test/callback"
	kept, scopes := &storage{}, []string{scope("Tasks.Read")}
	client := newConfidential(t, "web", secretOf(t, "web"), confidential.WithCache(kept))
	address, err := client.AuthCodeURL(t.Context(), at.Directory.App("web").ClientID, callback, scopes)
	if err != nil {
		t.Fatal(err)
	}
	address, verifier := pkce(address)
	w := at.Watch()
	result, err := client.AcquireTokenByAuthCode(t.Context(), authorize(t, address), callback, scopes, confidential.WithChallenge(verifier))
	if err != nil {
		t.Fatal(err)
	}
	w.Want(t, "token authorization_code web 200")
	access := outside.Access{Client: "web", User: avery, Scopes: []string{"Tasks.Read"}}
	at.Admit(t, result.AccessToken, access)

	account, err := client.Account(t.Context(), result.Account.HomeAccountID)
	if err != nil {
		t.Fatal(err)
	}
	w = at.Watch()
	if _, err := client.AcquireTokenSilent(t.Context(), scopes, confidential.WithSilentAccount(account)); err != nil {
		t.Fatal(err)
	}
	w.Want(t)
	kept.age(t, 2*time.Hour)
	result, err = client.AcquireTokenSilent(t.Context(), scopes, confidential.WithSilentAccount(account))
	if err != nil {
		t.Fatal(err)
	}
	w.Want(t, "token refresh_token web 200")
	at.Admit(t, result.AccessToken, access)

	if err := client.RemoveAccount(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	if _, err := client.AcquireTokenSilent(t.Context(), scopes, confidential.WithSilentAccount(account)); err == nil {
		t.Error("a removed account gets a token")
	}
}

// The API calls Graph for the person who called it.
func TestOnBehalfOf(t *testing.T) {
	caller := signIn(t, newPublic(t))
	client := newConfidential(t, "api", secretOf(t, "api"))
	graph := []string{at.Directory.App("graph").Scope("User.Read")}
	w := at.Watch()
	result, err := client.AcquireTokenOnBehalfOf(t.Context(), caller.AccessToken, graph)
	if err != nil {
		t.Fatal(err)
	}
	w.Want(t, "token jwt-bearer api 200")
	at.Admit(t, result.AccessToken, outside.Access{API: "graph", Client: "api", User: avery, Scopes: []string{"User.Read"}})
	if _, err := client.AcquireTokenOnBehalfOf(t.Context(), caller.AccessToken, graph); err != nil {
		t.Fatal(err)
	}
	w.Want(t, "token jwt-bearer api 200")
}

// MSAL sends no code_challenge of its own, and then an empty code_verifier. Entra accepts that.
func TestWithoutPKCE(t *testing.T) {
	const callback = "https://web.contoso.test/callback"
	scopes := []string{scope("Tasks.Read")}
	client := newConfidential(t, "old-web", secretOf(t, "old-web"))
	address, err := client.AuthCodeURL(t.Context(), at.Directory.App("old-web").ClientID, callback, scopes)
	if err != nil {
		t.Fatal(err)
	}
	w := at.Watch()
	result, err := client.AcquireTokenByAuthCode(t.Context(), authorize(t, address), callback, scopes)
	if err != nil {
		t.Fatal(err)
	}
	w.Want(t, "token authorization_code old-web 200")
	at.Admit(t, result.AccessToken, outside.Access{Client: "old-web", User: avery, Scopes: []string{"Tasks.Read"}})
}
