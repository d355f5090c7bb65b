package authoritytest_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/transport"
)

// A web app is tested by a person who is signed in at the authority: the app sends the
// browser there, and it comes back without a page.
func ExampleServer_SignIn() {
	var t *testing.T // the test's

	srv := authoritytest.NewServer(t)
	browser := srv.SignIn(t, "avery@contoso.test")

	client := &http.Client{Jar: browser.Jar(), Transport: srv.Client().Transport}
	resp, err := client.Get("http://localhost:8080/login") // the app under test
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()

	for _, cookie := range browser.Cookies() {
		fmt.Println(cookie.Name) // or give them to a real browser
	}
}

// The user agent signs in where a program would open a window.
func ExampleServer_UserAgent() {
	srv := &authoritytest.Server{}
	if err := srv.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	app, err := latchkey.NewPublic(latchkey.Config{
		Authority: srv.Authority(""), Profile: authority.Entra(), ClientID: srv.Directory.App("native").ClientID,
		Transport: transport.NetHTTP(srv.Client()), Clock: srv.Clock.Now,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	agent := srv.UserAgent("avery@contoso.test")
	token, err := app.AcquireTokenInteractive(context.Background(), agent, latchkey.InteractiveRequest{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(token.Account.Username)

	agent.Browser.Decline = true // Tasks.Write needs consent
	_, err = app.AcquireTokenInteractive(context.Background(), agent, latchkey.InteractiveRequest{
		Scopes: []string{srv.Directory.App("api").Scope("Tasks.Write")},
	})
	fmt.Println(err != nil)
	// Output:
	// avery@contoso.test
	// true
}

// The client redeemed one code, and asked for nothing else.
func ExampleRequests_Matching() {
	srv := &authoritytest.Server{}
	if err := srv.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	app, err := latchkey.NewPublic(latchkey.Config{
		Authority: srv.OIDCIssuer(), ClientID: srv.Directory.App("native").ClientID,
		Transport: transport.NetHTTP(srv.Client()), Clock: srv.Clock.Now,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, profile := context.Background(), []string{"profile"}
	if _, err := app.AcquireTokenInteractive(ctx, srv.UserAgent("avery@contoso.test"), latchkey.InteractiveRequest{Scopes: profile}); err != nil {
		fmt.Println(err)
		return
	}
	for range 3 { // the cache answers
		if _, err := app.AcquireTokenSilent(ctx, latchkey.SilentRequest{Scopes: profile}); err != nil {
			fmt.Println(err)
			return
		}
	}

	tokens := srv.Requests().Matching(authoritytest.Request{Endpoint: authoritytest.EndpointToken, ClientID: srv.Directory.App("native").ClientID})
	fmt.Println(len(tokens), len(tokens.Matching(authoritytest.Request{GrantType: "authorization_code", Status: 200})))
	// Output: 1 1
}
