package msalnode

import (
	"io"
	"net/url"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

const codeCall, refreshCall = "token authorization_code native 200", "token refresh_token native 200"

func TestInteractive(t *testing.T) {
	for _, tenant := range []string{"", "contoso.test", "organizations", "common"} {
		t.Run("tenant "+tenant, func(t *testing.T) {
			c := newPublic(t, fields{"authority": at.Authority(tenant)})
			w := at.Watch()
			r := c.signIn(t)
			w.Want(t, codeCall)
			at.Admit(t, r.AccessToken, read)
			user := at.Directory.User(avery)
			if a := r.Account; a.Username != avery || a.HomeAccountID != user.ObjectID+"."+user.Tenant || a.TenantID != user.Tenant {
				t.Errorf("the account is %+v", a)
			}
		})
	}
}

func TestInteractiveCapabilities(t *testing.T) {
	want := read
	want.XMSCC = []string{"CP1"}
	at.Admit(t, newPublic(t, fields{"clientCapabilities": []string{"CP1"}}).signIn(t).AccessToken, want)
}

func TestInteractiveConsent(t *testing.T) {
	c := newPublic(t, nil)
	w := at.Watch()
	r, err := c.try(t, blake, "acquireTokenInteractive", fields{"scopes": []string{scope("Tasks.Write")}, "loginHint": blake, "prompt": "select_account"})
	if err != nil {
		t.Fatal(err)
	}
	w.Want(t, codeCall)
	at.Admit(t, r.AccessToken, outside.Access{User: blake, Scopes: []string{"Tasks.Write"}})
}

func TestDeviceCode(t *testing.T) {
	c, request := newPublic(t, nil), fields{"scopes": []string{scope("Tasks.Read")}}
	r := c.step(t, "acquireTokenByDeviceCode", request, read, "devicecode native 200", "token device_code native 200")
	request["homeAccountId"] = r.Account.HomeAccountID
	c.step(t, "acquireTokenSilent", request, read)
}

func TestAuthCode(t *testing.T) {
	c := newPublic(t, nil)
	request := c.authorizeWithPKCE(t, "http://localhost")
	c.step(t, "acquireTokenByCode", request, read, codeCall)
}

func TestSilent(t *testing.T) {
	c := newPublic(t, nil)
	first := c.signIn(t)
	request := fields{"scopes": []string{scope("Tasks.Read")}, "homeAccountId": first.Account.HomeAccountID}
	silent := func(calls ...string) string {
		t.Helper()
		return c.step(t, "acquireTokenSilent", request, read, calls...).AccessToken
	}
	if silent() != first.AccessToken {
		t.Error("the cache has another token")
	}
	later(t, 2*time.Hour)
	if silent(refreshCall) == first.AccessToken {
		t.Error("the expired token is used on")
	}
	silent()
	later(t, 2*time.Hour)
	silent(refreshCall)
	request["forceRefresh"] = true
	silent(refreshCall)

	if _, err := c.try(t, avery, "signOut", request); err != nil {
		t.Fatal(err)
	}
	w := at.Watch()
	if _, err := c.try(t, avery, "acquireTokenSilent", request); err == nil {
		t.Error("a removed account gets a token")
	}
	w.Want(t)
}

// MSAL deprecates passwords, and still sends them.
func TestUsernamePassword(t *testing.T) {
	user := at.Directory.User(avery)
	request := fields{"scopes": []string{scope("Tasks.Read")}, "username": avery, "password": string(user.Password)}
	newPublic(t, nil).step(t, "acquireTokenByUsernamePassword", request, read, "token password native 200")
}

// What the authority says about its own host is enough for MSAL to trust it; without that it would ask Microsoft's.
func TestInstanceDiscovery(t *testing.T) {
	question := url.Values{"api-version": {"1.1"}, "authorization_endpoint": {at.Authority("") + "/oauth2/v2.0/authorize"}}
	resp, err := at.Client().Get(at.URL() + "/common/discovery/instance?" + question.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	metadata, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	c := newPublic(t, fields{"knownAuthorities": []string{}, "cloudDiscoveryMetadata": string(metadata)})
	at.Admit(t, c.signIn(t).AccessToken, read)
}
