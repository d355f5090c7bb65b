package msalgo

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

// signIn signs avery in by the loopback browser of MSAL.
func signIn(t *testing.T, client public.Client, options ...public.AcquireInteractiveOption) public.AuthResult {
	t.Helper()
	options = append(options, public.WithOpenURL(func(address string) error { return at.Visit(t.Context(), address, avery) }))
	result, err := client.AcquireTokenInteractive(t.Context(), []string{scope("Tasks.Read")}, options...)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

var read = outside.Access{Client: "native", User: avery, Scopes: []string{"Tasks.Read"}}

func TestInteractive(t *testing.T) {
	for _, tenant := range []string{"", "contoso.test", "organizations", "common"} {
		t.Run("tenant "+tenant, func(t *testing.T) {
			client := newPublic(t, public.WithAuthority(at.Authority(tenant)))
			w := at.Watch()
			result := signIn(t, client)
			w.Want(t, "token authorization_code native 200")
			at.Admit(t, result.AccessToken, read)
			if got := result.Account.PreferredUsername; got != avery {
				t.Errorf("the account is of %q", got)
			}
			user := at.Directory.User(avery)
			if got := result.Account.HomeAccountID; got != user.ObjectID+"."+user.Tenant {
				t.Errorf("the account's id is %q", got)
			}
		})
	}
}

func TestInteractiveCapabilities(t *testing.T) {
	result := signIn(t, newPublic(t, public.WithClientCapabilities([]string{"CP1"})))
	want := read
	want.XMSCC = []string{"CP1"}
	at.Admit(t, result.AccessToken, want)
}

func TestInteractiveConsent(t *testing.T) {
	client := newPublic(t)
	w := at.Watch()
	result, err := client.AcquireTokenInteractive(t.Context(), []string{scope("Tasks.Write")}, public.WithLoginHint(blake),
		public.WithOpenURL(func(address string) error { return at.Visit(t.Context(), address, blake) }))
	if err != nil {
		t.Fatal(err)
	}
	w.Want(t, "token authorization_code native 200")
	at.Admit(t, result.AccessToken, outside.Access{User: blake, Scopes: []string{"Tasks.Write"}})
}

func TestDeviceCode(t *testing.T) {
	client := newPublic(t)
	w := at.Watch()
	code, err := client.AcquireTokenByDeviceCode(t.Context(), []string{scope("Tasks.Read")})
	if err != nil {
		t.Fatal(err)
	}
	if err := at.ApproveDevice(t.Context(), code.Result.UserCode, avery); err != nil {
		t.Fatal(err)
	}
	result, err := code.AuthenticationResult(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.Want(t, "devicecode native 200", "token device_code native 200")
	at.Admit(t, result.AccessToken, read)
	if _, err := client.AcquireTokenSilent(t.Context(), []string{scope("Tasks.Read")}, public.WithSilentAccount(result.Account)); err != nil {
		t.Error(err)
	}
}

// MSAL leaves PKCE to the caller of AuthCodeURL.
func pkce(address string) (withChallenge, verifier string) {
	secret := make([]byte, 32)
	rand.Read(secret)
	verifier = base64.RawURLEncoding.EncodeToString(secret)
	sum := sha256.Sum256([]byte(verifier))
	challenge := url.Values{"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	return address + "&" + challenge.Encode(), verifier
}

// authorize signs avery in and returns the code.
func authorize(t *testing.T, address string) string {
	t.Helper()
	callback, err := at.Complete(t.Context(), address, avery)
	if err != nil {
		t.Fatal(err)
	}
	response, err := url.Parse(callback)
	if err != nil {
		t.Fatal(err)
	}
	code := response.Query().Get("code")
	if code == "" {
		t.Fatalf("there is no code, but the error %q", response.Query().Get("error"))
	}
	return code
}

func TestAuthCode(t *testing.T) {
	client, scopes := newPublic(t), []string{scope("Tasks.Read")}
	address, err := client.AuthCodeURL(t.Context(), at.Directory.App("native").ClientID, "http://localhost", scopes)
	if err != nil {
		t.Fatal(err)
	}
	address, verifier := pkce(address)
	w := at.Watch()
	result, err := client.AcquireTokenByAuthCode(t.Context(), authorize(t, address), "http://localhost", scopes, public.WithChallenge(verifier))
	if err != nil {
		t.Fatal(err)
	}
	w.Want(t, "token authorization_code native 200")
	at.Admit(t, result.AccessToken, read)
}

func TestSilent(t *testing.T) {
	kept := &storage{}
	client := newPublic(t, public.WithCache(kept))
	first := signIn(t, client)
	silent := func(name string) (public.AuthResult, error) {
		return client.AcquireTokenSilent(t.Context(), []string{scope(name)}, public.WithSilentAccount(first.Account))
	}
	step := func(name, scope string, want ...string) string {
		t.Helper()
		w := at.Watch()
		result, err := silent(scope)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		w.Want(t, want...)
		access := read
		access.Scopes = []string{scope}
		at.Admit(t, result.AccessToken, access)
		return result.AccessToken
	}
	if step("hit", "Tasks.Read") != first.AccessToken {
		t.Error("the cache has another token")
	}
	later(t, 2*time.Hour)
	kept.age(t, 2*time.Hour)
	if step("expired", "Tasks.Read", "token refresh_token native 200") == first.AccessToken {
		t.Error("the expired token is used on")
	}
	step("renewed", "Tasks.Read")
	kept.age(t, 2*time.Hour)
	step("rotated", "Tasks.Read", "token refresh_token native 200")

	if err := client.RemoveAccount(t.Context(), first.Account); err != nil {
		t.Fatal(err)
	}
	w := at.Watch()
	if _, err := silent("Tasks.Read"); err == nil {
		t.Error("a removed account gets a token")
	}
	w.Want(t)
	if accounts, err := client.Accounts(t.Context()); err != nil || len(accounts) != 0 {
		t.Errorf("after signing out: %v, %v", accounts, err)
	}
}

// A second process finds what the first one stored.
func TestSharedCache(t *testing.T) {
	kept := &storage{}
	signIn(t, newPublic(t, public.WithCache(kept)))
	second := newPublic(t, public.WithCache(kept))
	accounts, err := second.Accounts(t.Context())
	if err != nil || len(accounts) != 1 {
		t.Fatalf("the second process sees %v, %v", accounts, err)
	}
	w := at.Watch()
	result, err := second.AcquireTokenSilent(t.Context(), []string{scope("Tasks.Read")}, public.WithSilentAccount(accounts[0]))
	if err != nil {
		t.Fatal(err)
	}
	w.Want(t)
	at.Admit(t, result.AccessToken, read)
}

// With instance discovery on, MSAL asks Microsoft's authority about a host that it does not know. What it asks there is
// sent to ours.
func TestInstanceDiscovery(t *testing.T) {
	client := newPublic(t, public.WithInstanceDiscovery(true), public.WithHTTPClient(rerouted{at.Client()}))
	w := at.Watch()
	first := signIn(t, client)
	if len(w.Requests(authoritytest.EndpointInstance)) == 0 {
		t.Fatal("MSAL did not ask about the host")
	}
	w = at.Watch()
	if _, err := client.AcquireTokenSilent(t.Context(), []string{scope("Tasks.Read")}, public.WithSilentAccount(first.Account)); err != nil {
		t.Fatal(err)
	}
	w.Want(t)
}

// The authority denies that it knows a host that is not its own, and MSAL goes no further.
func TestUnknownInstance(t *testing.T) {
	client := newPublic(t, public.WithInstanceDiscovery(true), public.WithHTTPClient(rerouted{at.Client()}),
		public.WithAuthority("https://login.evil.example/contoso.test"))
	w := at.Watch()
	_, err := client.AuthCodeURL(t.Context(), at.Directory.App("native").ClientID, "http://localhost", []string{scope("Tasks.Read")})
	if err == nil || !strings.Contains(err.Error(), "invalid_instance") {
		t.Errorf("the error is %v", err)
	}
	if asked := w.Requests(authoritytest.EndpointInstance); len(asked) != 1 || asked[0].Status != 400 {
		t.Errorf("the authority was asked %+v", asked)
	}
}
