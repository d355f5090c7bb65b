package xoauth2

import (
	"net/url"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

// signIn signs avery in with PKCE and a nonce.
func signIn(t *testing.T, config *oauth2.Config) *oauth2.Token {
	t.Helper()
	verifier := oauth2.GenerateVerifier()
	address := config.AuthCodeURL("a state", oidc.Nonce("a nonce"), oauth2.S256ChallengeOption(verifier))
	callback, err := at.Complete(t.Context(), address, avery)
	if err != nil {
		t.Fatal(err)
	}
	response, err := url.Parse(callback)
	if err != nil || response.Query().Get("state") != "a state" {
		t.Fatalf("the response has another state, %v", err)
	}
	token, err := config.Exchange(trusting(t), response.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// The person signs in to a program and to a web app; go-oidc verifies the ID token, x/oauth2 renews the access token.
func TestAuthorizationCode(t *testing.T) {
	eachShape(t, func(t *testing.T, s shape) {
		for _, app := range []string{"native", "web"} {
			t.Run(app, func(t *testing.T) {
				provider, config := s.discover(t, app, oidc.ScopeOpenID, "profile", oidc.ScopeOfflineAccess, scope("Tasks.Read"))
				w := at.Watch()
				first := signIn(t, config)
				w.Want(t, "token authorization_code "+app+" 200")
				s.access.Client = app
				at.Admit(t, first.AccessToken, s.access)

				raw, _ := first.Extra("id_token").(string)
				token, err := provider.Verifier(&oidc.Config{ClientID: config.ClientID}).Verify(trusting(t), raw)
				if err != nil {
					t.Fatal(err)
				}
				var claims struct{ Name string }
				if err := token.Claims(&claims); err != nil || claims.Name != at.Directory.User(avery).Name || token.Nonce != "a nonce" {
					t.Errorf("the ID token has %+v and the nonce %q, %v", claims, token.Nonce, err)
				}
				if err := token.VerifyAccessToken(first.AccessToken); err != nil {
					t.Error(err)
				}

				first.Expiry = time.Now().Add(-time.Minute)
				second, err := config.TokenSource(trusting(t), first).Token()
				if err != nil {
					t.Fatal(err)
				}
				w.Want(t, "token authorization_code "+app+" 200", "token refresh_token "+app+" 200")
				at.Admit(t, second.AccessToken, s.access)
				if second.RefreshToken == first.RefreshToken {
					t.Error("the refresh token did not rotate")
				}
			})
		}
	})
}

// x/oauth2 finds out by trying how a client proves itself. The code survives the attempt that fails.
func TestAutoDetect(t *testing.T) {
	eachShape(t, func(t *testing.T, s shape) {
		_, config := s.discover(t, "native", scope("Tasks.Read"))
		config.Endpoint.AuthStyle = oauth2.AuthStyleAutoDetect
		w := at.Watch()
		at.Admit(t, signIn(t, config).AccessToken, s.access)
		w.Want(t, "token authorization_code native 401 invalid_client", "token authorization_code native 200")
	})
}

func TestUserinfo(t *testing.T) {
	eachShape(t, func(t *testing.T, s shape) {
		provider, config := s.discover(t, "native", oidc.ScopeOpenID, "profile", "email")
		token := signIn(t, config)
		w := at.Watch()
		user, err := provider.UserInfo(trusting(t), oauth2.StaticTokenSource(token))
		if err != nil {
			t.Fatal(err)
		}
		w.Want(t, "userinfo native 200")
		if want := at.Directory.User(avery).Email; user.Email != want {
			t.Errorf("the mail address is %q", user.Email)
		}
	})
}

func TestClientCredentials(t *testing.T) {
	eachShape(t, func(t *testing.T, s shape) {
		provider, err := oidc.NewProvider(trusting(t), s.issuer)
		if err != nil {
			t.Fatal(err)
		}
		daemon := at.Directory.App("daemon")
		config := clientcredentials.Config{
			ClientID: daemon.ClientID, ClientSecret: string(daemon.Secrets[0]),
			TokenURL: provider.Endpoint().TokenURL, AuthStyle: s.style,
		}
		if s.name == "entra" {
			config.Scopes = []string{scope(".default")}
		} else {
			config.EndpointParams = url.Values{"resource": {at.Directory.App("api").IDURI}}
		}
		w := at.Watch()
		token, err := config.Token(trusting(t))
		if err != nil {
			t.Fatal(err)
		}
		w.Want(t, "token client_credentials daemon 200")
		at.Admit(t, token.AccessToken, outside.Access{
			Issuer: s.access.Issuer, ByURI: s.access.ByURI, Client: "daemon", Roles: []string{"Tasks.Read.All"},
		})
	})
}

func TestDeviceCode(t *testing.T) {
	eachShape(t, func(t *testing.T, s shape) {
		_, config := s.discover(t, "native", scope("Tasks.Read"))
		w := at.Watch()
		code, err := config.DeviceAuth(trusting(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := at.ApproveDevice(t.Context(), code.UserCode, avery); err != nil {
			t.Fatal(err)
		}
		token, err := config.DeviceAccessToken(trusting(t), code)
		if err != nil {
			t.Fatal(err)
		}
		w.Want(t, "devicecode native 200", "token device_code native 200")
		at.Admit(t, token.AccessToken, s.access)
	})
}

// The metadata of Entra's common endpoint has a template for an issuer, which go-oidc accepts only if told to, and then
// leaves the issuer of ID tokens to the caller.
func TestEntraCommon(t *testing.T) {
	s := shape{name: "entra", issuer: at.Authority("common") + "/v2.0", style: oauth2.AuthStyleInParams}
	if _, err := oidc.NewProvider(trusting(t), s.issuer); err == nil {
		t.Error("go-oidc took a template for the issuer")
	}
	ctx := oidc.InsecureIssuerURLContext(trusting(t), at.URL()+"/{tenantid}/v2.0")
	provider, err := oidc.NewProvider(ctx, s.issuer)
	if err != nil {
		t.Fatal(err)
	}
	native := at.Directory.App("native")
	config := &oauth2.Config{ClientID: native.ClientID, Endpoint: provider.Endpoint(), RedirectURL: "http://localhost", Scopes: []string{"openid", "profile"}}
	config.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	raw, _ := signIn(t, config).Extra("id_token").(string)
	token, err := provider.Verifier(&oidc.Config{ClientID: native.ClientID, SkipIssuerCheck: true}).Verify(trusting(t), raw)
	if err != nil {
		t.Fatal(err)
	}
	if token.Issuer != at.Issuer("") {
		t.Errorf("the issuer is %q", token.Issuer)
	}
}
