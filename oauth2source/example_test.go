package oauth2source_test

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"golang.org/x/oauth2"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/oauth2source"
)

var (
	app  *latchkey.PublicClient
	svc  *latchkey.ConfidentialClient
	user latchkey.Account
	ctx  = context.Background()
)

// A service gets an x/oauth2 token, from an authority in the same process.
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
	source := oauth2source.ForService(svc, latchkey.ClientCredentialRequest{Resource: api.IDURI})
	token, err := source.Token(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Type(), token.Valid())
	// Output: Bearer true
}

// Everything that the client sends has the user's token, got with the request's context.
func ExampleTransport() {
	client := &http.Client{Transport: &oauth2source.Transport{
		Source: oauth2source.ForUser(app, latchkey.SilentRequest{Account: user, Scopes: []string{"api://tasks/Tasks.Read"}}),
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://tasks.example.com/v1/tasks", nil)
	if err != nil {
		log.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
}

func ExampleForUser() {
	source := oauth2source.ForUser(app, latchkey.SilentRequest{
		Account: user,
		Scopes:  []string{"https://www.example.com/auth/drive.readonly"},
	})
	_ = source
}

func ExampleForService() {
	source := oauth2source.ForService(svc, latchkey.ClientCredentialRequest{Scopes: []string{"https://graph.microsoft.com/.default"}})
	_ = source
}

// In a web server, the user is the one whose request is being answered.
func ExampleSource() {
	type session struct{ account latchkey.Account }
	type key struct{}
	source := oauth2source.Source(func(ctx context.Context) (*latchkey.Result, error) {
		s, ok := ctx.Value(key{}).(session)
		if !ok {
			return nil, latchkey.ErrInteractionRequired
		}
		return svc.AcquireTokenSilent(ctx, latchkey.SilentRequest{Account: s.account, Scopes: []string{"api://tasks/Tasks.Read"}})
	})
	_, err := source.Token(ctx) // nobody's request
	fmt.Println(err)
	// Output: latchkey: the user must sign in
}

func ExampleSource_Token() {
	source := oauth2source.ForService(svc, latchkey.ClientCredentialRequest{Scopes: []string{"api://tasks/.default"}})
	http.HandleFunc("/report", func(w http.ResponseWriter, r *http.Request) {
		token, err := source.Token(r.Context())
		if err != nil {
			http.Error(w, "no token", http.StatusBadGateway)
			return
		}
		_ = token
	})
}

// A library wants an oauth2.TokenSource: it gets one for this call.
func ExampleSource_TokenSource() {
	source := oauth2source.ForService(svc, latchkey.ClientCredentialRequest{Scopes: []string{"api://tasks/.default"}})
	report := func(ctx context.Context) error {
		return library(source.TokenSource(ctx))
	}
	_ = report
}

func library(oauth2.TokenSource) error { return nil }
