//go:build !js

package latchkey_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/loopback"
	"github.com/latchkey-auth/latchkey/transport"
)

var (
	ctx = context.Background()
	app *latchkey.PublicClient
	svc *latchkey.ConfidentialClient
)

// The whole of it, against an authority in the same process.
func Example() {
	srv := &authoritytest.Server{}
	if err := srv.Start(); err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	daemon, api := srv.Directory.App("daemon"), srv.Directory.App("api")

	svc, err := latchkey.NewConfidential(latchkey.Config{
		Authority: srv.OIDCIssuer(),
		ClientID:  daemon.ClientID,
	}, latchkey.Secret(string(daemon.Secrets[0])))
	if err != nil {
		log.Fatal(err)
	}
	request := latchkey.ClientCredentialRequest{Resource: api.IDURI}
	for range 2 {
		token, err := svc.AcquireTokenByClientCredential(context.Background(), request)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(token)
	}
	// Output:
	// Bearer token [redacted] from the authority (no token)
	// Bearer token [redacted] from the cache (valid)
}

func ExampleNewPublic() {
	app, err := latchkey.NewPublic(latchkey.Config{
		Authority: "https://login.microsoftonline.com/organizations",
		ClientID:  "0f6a2c1e-5b7d-4c39-8e1a-2d4f6b8c9a01",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer app.Close(context.Background())
}

func ExampleNewConfidential() {
	svc, err := latchkey.NewConfidential(latchkey.Config{
		Authority: "https://login.example.com/realms/contoso",
		ClientID:  "orders",
	}, latchkey.Secret(os.Getenv("ORDERS_CLIENT_SECRET")))
	if err != nil {
		log.Fatal(err)
	}
	defer svc.Close(context.Background())
}

// A workload proves itself with a token that its platform puts into a file.
func ExampleAssertion() {
	credential := latchkey.Assertion(func(context.Context, latchkey.AssertionRequest) (string, error) {
		jwt, err := os.ReadFile(os.Getenv("AZURE_FEDERATED_TOKEN_FILE"))
		return string(jwt), err
	})
	fmt.Println(credential)
	// Output: assertion [redacted]
}

// Ask silently first, and the user only if nothing else will do.
func ExamplePublicClient_AcquireTokenSilent() {
	scopes := []string{"api://tasks/Tasks.Read"}
	token, err := app.AcquireTokenSilent(ctx, latchkey.SilentRequest{Scopes: scopes})
	if errors.Is(err, latchkey.ErrInteractionRequired) {
		token, err = app.AcquireTokenByDeviceCode(ctx, show, latchkey.DeviceCodeRequest{Scopes: scopes})
	}
	if err != nil {
		log.Fatal(err)
	}
	req, _ := http.NewRequestWithContext(ctx, "GET", "https://tasks.example.com/tasks", nil)
	req.Header.Set("Authorization", token.Header())
}

func show(_ context.Context, code latchkey.DeviceCode) error {
	fmt.Fprintf(os.Stderr, "Open %q and enter %q.\n", code.VerificationURI, code.UserCode)
	return nil
}

func ExamplePublicClient_AcquireTokenByDeviceCode() {
	token, err := app.AcquireTokenByDeviceCode(ctx, show, latchkey.DeviceCodeRequest{
		Scopes: []string{"api://tasks/Tasks.Read"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("signed in as", token.Account.Username)
}

// The system's browser, and a redirect to this computer.
func ExamplePublicClient_AcquireTokenInteractive() {
	token, err := app.AcquireTokenInteractive(ctx, loopback.Browser{}, latchkey.InteractiveRequest{
		Scopes: []string{"api://tasks/Tasks.Read"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("signed in as", token.Account.Username)
}

// An API calls another API for the user who called it.
func ExampleConfidentialClient_AcquireTokenOnBehalfOf() {
	http.HandleFunc("/tasks", func(w http.ResponseWriter, r *http.Request) {
		assertion := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") // validated before, by apiserver
		token, err := svc.AcquireTokenOnBehalfOf(r.Context(), assertion, latchkey.OnBehalfOfRequest{
			Scopes: []string{"https://graph.microsoft.com/User.Read"},
		})
		if err != nil {
			http.Error(w, "the downstream API is not available to this user", http.StatusForbidden)
			return
		}
		_ = token.Header()
	})
}

// A job that outlives the request that started it.
func ExampleConfidentialClient_BeginLongRunningProcess() {
	var assertion string // the access token that the request brought
	key, first, err := svc.BeginLongRunningProcess(ctx, assertion, latchkey.OnBehalfOfRequest{Scopes: []string{"api://tasks/Tasks.Read"}})
	if err != nil {
		log.Fatal(err)
	}
	later, err := svc.AcquireTokenInLongRunningProcess(ctx, key, latchkey.SilentRequest{Account: first.Account, Scopes: []string{"api://tasks/Tasks.Read"}})
	_, _ = later, err
	_ = svc.EndLongRunningProcess(ctx, key, first.Account)
}

// A web server sends the browser away and keeps the flow in the session.
func ExampleConfidentialClient_AuthCodeURL() {
	flow, err := svc.AuthCodeURL(ctx, latchkey.AuthCodeRequest{
		RedirectURI: "https://app.example.com/callback",
		Scopes:      []string{"api://tasks/Tasks.Read"},
	})
	if err != nil {
		log.Fatal(err)
	}
	session := map[string]*latchkey.AuthCodeFlow{flow.State(): flow}
	_ = session
	// http.Redirect(w, r, flow.URL(), http.StatusFound)
}

func ExampleConfidentialClient_AcquireTokenByCode() {
	session := map[string]*latchkey.AuthCodeFlow{}
	http.HandleFunc("/callback", func(w http.ResponseWriter, r *http.Request) {
		flow := session[r.FormValue("state")]
		delete(session, r.FormValue("state")) // one use
		token, err := svc.AcquireTokenByCode(r.Context(), flow, r.URL.RawQuery)
		if err != nil {
			http.Error(w, "sign-in failed", http.StatusUnauthorized)
			return
		}
		fmt.Fprintln(w, "hello", token.Account.Name)
	})
}

func ExampleConfidentialClient_AcquireTokenByClientCredential() {
	token, err := svc.AcquireTokenByClientCredential(ctx, latchkey.ClientCredentialRequest{
		Scopes: []string{"https://graph.microsoft.com/.default"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("good until", token.ExpiresOn.Format(time.RFC3339))
}

func ExamplePublicClient_AcquireTokenByRefreshToken() {
	token, err := app.AcquireTokenByRefreshToken(ctx, os.Getenv("OLD_REFRESH_TOKEN"), latchkey.RefreshTokenRequest{
		Scopes: []string{"api://tasks/Tasks.Read"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("moved", token.Account.Username)
}

func ExamplePublicClient_AcquireTokenByUsernamePassword() {
	token, err := app.AcquireTokenByUsernamePassword(ctx, "avery@contoso.test", os.Getenv("TEST_PASSWORD"), latchkey.UsernamePasswordRequest{
		Scopes: []string{"api://tasks/Tasks.Read"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token)
}

func ExamplePublicClient_Accounts() {
	accounts, err := app.Accounts(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range accounts {
		fmt.Println(a.Username, a.HomeAccountID)
	}
}

func ExampleConfidentialClient_Account() {
	user, err := svc.Account(ctx, "the HomeAccountID that the session keeps")
	if errors.Is(err, latchkey.ErrInteractionRequired) {
		return // send the browser to sign in
	}
	token, err := svc.AcquireTokenSilent(ctx, latchkey.SilentRequest{Account: user, Scopes: []string{"api://tasks/Tasks.Read"}})
	_, _ = token, err
}

// A user is one account, however many tenants have invited them.
func ExamplePublicClient_TenantProfiles() {
	accounts, _ := app.Accounts(ctx)
	for _, a := range accounts {
		profiles, err := app.TenantProfiles(ctx, a)
		if err != nil {
			log.Fatal(err)
		}
		for _, p := range profiles {
			fmt.Println(p.Username, p.TenantID, p.LocalAccountID)
		}
	}
}

func ExamplePublicClient_RemoveAccount() {
	accounts, _ := app.Accounts(ctx)
	for _, a := range accounts {
		if err := app.RemoveAccount(ctx, a); err != nil {
			log.Print(err)
		}
	}
}

func ExamplePublicClient_SignOut() {
	accounts, _ := app.Accounts(ctx)
	for _, a := range accounts {
		page, err := app.SignOut(ctx, latchkey.SignOutRequest{Account: a, PostLogoutRedirectURI: "http://localhost:3000/signed-out"})
		if err != nil {
			log.Fatal(err)
		}
		_ = page // open it in the browser in which the user signed in
	}
}

// Many apps pass their claims request as text.
func ExampleParseClaimsRequest() {
	claims, err := latchkey.ParseClaimsRequest(`{"optionalClaims": {"idToken": [{"name": "auth_time", "essential": true}]}}`)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(claims)
	// Output: {"id_token":{"auth_time":{"essential":true}}}
}

// What the authority said, and what to do about it.
func ExampleError() {
	_, err := app.AcquireTokenSilent(ctx, latchkey.SilentRequest{Scopes: []string{"api://tasks/Tasks.Read"}})
	var refused *latchkey.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Code, refused.Suberror, refused.Numbers, refused.Claims)
	}
}

func ExampleSlogTrace() {
	_ = latchkey.Config{Trace: latchkey.SlogTrace(slog.Default())}
}

// A private CA, a proxy or a client certificate comes in with the transport.
func ExampleConfig_transport() {
	_ = latchkey.Config{
		Transport: transport.NetHTTP(&http.Client{Transport: &http.Transport{
			Proxy:           http.ProxyFromEnvironment,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS13},
		}}),
	}
}
