package apiclient_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/apiclient"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

var (
	app   *latchkey.PublicClient
	svc   *latchkey.ConfidentialClient
	user  latchkey.Account
	agent latchkey.UserAgent // such as a loopback.Browser
)

// The whole of it: an authority, an API and a service that calls it.
func Example() {
	srv := &authoritytest.Server{}
	if err := srv.Start(); err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL, "with a token:", r.Header.Get("Authorization") != "")
	}))
	defer api.Close()

	daemon := srv.Directory.App("daemon")
	svc, err := latchkey.NewConfidential(latchkey.Config{
		Authority: srv.OIDCIssuer(),
		ClientID:  daemon.ClientID,
	}, latchkey.Secret(string(daemon.Secrets[0])))
	if err != nil {
		log.Fatal(err)
	}
	client := &http.Client{Transport: &apiclient.Transport{
		Source: apiclient.ForService(svc, latchkey.ClientCredentialRequest{}),
		Resources: []apiclient.Resource{
			{Pattern: api.URL + "/v1/*", Scopes: []string{}, Resource: srv.Directory.App("api").IDURI},
			{Pattern: api.URL + "/v1/health"}, // public
		},
	}}
	for _, path := range []string{"/v1/tasks", "/v1/health", "/v10/tasks"} {
		resp, err := client.Get(api.URL + path)
		if err != nil {
			log.Fatal(err)
		}
		resp.Body.Close()
	}
	_, err = client.Get(api.URL + "/v1/health/%2e%2e/tasks")
	var refused *apiclient.RefusedError
	fmt.Println(errors.As(err, &refused))
	// Output:
	// GET /v1/tasks with a token: true
	// GET /v1/health with a token: false
	// GET /v10/tasks with a token: false
	// true
}

// A program of one user.
func ExampleForUser() {
	client := &http.Client{Transport: &apiclient.Transport{
		Source: apiclient.ForUser(app, latchkey.SilentRequest{Account: user}),
		Resources: []apiclient.Resource{
			{
				Pattern: "https://graph.microsoft.com/v1.0/*",
				Scopes:  []string{"https://graph.microsoft.com/User.Read"},
				Methods: map[string][]string{"PATCH": {"https://graph.microsoft.com/User.ReadWrite"}},
			},
		},
	}}
	resp, err := client.Get("https://graph.microsoft.com/v1.0/me")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
}

// A service that calls other services as itself.
func ExampleForService() {
	client := &http.Client{Transport: &apiclient.Transport{
		Source: apiclient.ForService(svc, latchkey.ClientCredentialRequest{}),
		Resources: []apiclient.Resource{
			{Pattern: "https://orders.example.com/*", Scopes: []string{"api://orders/.default"}},
			{Pattern: "https://*.stock.example.com/v2/*", Scopes: []string{"api://stock/.default"}},
		},
	}}
	resp, err := client.Get("https://eu.stock.example.com/v2/items")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
}

type callerKey struct{}

// An API that calls another one on behalf of whoever called it: the caller's token is in the context of each request.
func ExampleSource() {
	onBehalfOf := func(ctx context.Context, r apiclient.TokenRequest) (*latchkey.Result, error) {
		token, _ := ctx.Value(callerKey{}).(string)
		return svc.AcquireTokenOnBehalfOf(ctx, token, latchkey.OnBehalfOfRequest{
			Scopes:          r.Scopes,
			Resource:        r.Resource,
			ClaimsChallenge: r.ClaimsChallenge,
			Rejected:        r.Rejected,
		})
	}
	client := &http.Client{Transport: &apiclient.Transport{
		Source:    onBehalfOf,
		Resources: []apiclient.Resource{{Pattern: "https://stock.example.com/*", Scopes: []string{"api://stock/Items.Read"}}},
	}}
	http.HandleFunc("/items", func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), callerKey{}, "the token that apiserver has checked")
		req, err := http.NewRequestWithContext(ctx, "GET", "https://stock.example.com/items", nil)
		if err != nil {
			http.Error(w, "", http.StatusInternalServerError)
			return
		}
		resp, err := client.Do(req)
		if err != nil {
			http.Error(w, "", http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
	})
}

// Only the user can help: sign in with what the error names, and try again.
func ExampleTokenError() {
	client := &http.Client{Transport: &apiclient.Transport{
		Source:    apiclient.ForUser(app, latchkey.SilentRequest{Account: user}),
		Resources: []apiclient.Resource{{Pattern: "https://tasks.example.com/*", Scopes: []string{"api://tasks/Tasks.Read"}}},
	}}
	resp, err := client.Get("https://tasks.example.com/v1/tasks")
	var need *apiclient.TokenError
	if errors.Is(err, latchkey.ErrInteractionRequired) && errors.As(err, &need) {
		_, err = app.AcquireTokenInteractive(context.Background(), agent, latchkey.InteractiveRequest{
			Account:         user,
			Scopes:          need.Scopes,
			Resource:        need.Resource,
			ClaimsChallenge: need.Claims,
			ACRValues:       need.ACRValues,
			MaxAge:          need.MaxAge,
		})
		if err == nil {
			resp, err = client.Get("https://tasks.example.com/v1/tasks")
		}
	}
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
}

func ExampleTransport_Check() {
	t := &apiclient.Transport{
		Source:    apiclient.ForUser(app, latchkey.SilentRequest{Account: user}),
		Resources: []apiclient.Resource{{Pattern: "https://tasks.example.com", Scopes: []string{"api://tasks/Tasks.Read"}}},
	}
	fmt.Println(t.Check())
	// Output:
	// latchkey: Transport.Resources[0].Pattern: it has no path: end it with /* for everything at this host, or with / for the root alone
}
