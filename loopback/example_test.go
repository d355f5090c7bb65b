package loopback_test

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/loopback"
	"github.com/latchkey-auth/latchkey/transport"
)

// A command signs its user in. The authority is one for tests here, and so is the user.
func Example() {
	srv := &authoritytest.Server{}
	if err := srv.Start(); err != nil {
		log.Fatal(err)
	}
	defer srv.Close()

	app, err := latchkey.NewPublic(latchkey.Config{
		Authority: srv.OIDCIssuer(),
		ClientID:  srv.Directory.App("native").ClientID,
		Transport: transport.NetHTTP(srv.Client()),
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	agent := loopback.Browser{Open: newPerson(srv).open} // leave Open out to have the system's browser
	token, err := app.AcquireTokenInteractive(ctx, agent, latchkey.InteractiveRequest{Scopes: []string{"openid", "profile"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Account.Username == srv.Directory.Users[0].Username)
	// Output: true
}

// Authorize can also be called by a program that makes its own requests.
func ExampleBrowser_Authorize() {
	ctx, cancel := context.WithCancel(context.Background())
	agent := loopback.Browser{
		Open: func(_ context.Context, url string) error {
			fmt.Println("to open:", url)
			cancel() // the user never comes back
			return nil
		},
		Prompt: io.Discard,
	}
	_, err := agent.Authorize(ctx, "127.0.0.1", func(_ context.Context, redirectURI string, responseModes []string) (string, error) {
		return "https://login.contoso.example/authorize?state=af0ifjsldkj", nil
	})
	fmt.Println(err)
	// Output:
	// to open: https://login.contoso.example/authorize?state=af0ifjsldkj
	// loopback: the sign-in was not finished in the browser: context canceled
}

// The URL is shown before the browser opens, for users who have another one.
func ExampleOpen() {
	_ = loopback.Browser{Open: func(ctx context.Context, url string) error {
		fmt.Println("Sign in at", url)
		return loopback.Open(ctx, url)
	}}

	err := loopback.Open(context.Background(), "file:///etc/passwd")
	var e *loopback.Error
	fmt.Println(errors.As(err, &e))
	// Output: true
}

// Closing pages of the application's own.
func ExamplePage() {
	const style = `<style nonce="{{.Nonce}}">body { font: 1.2rem system-ui; text-align: center }</style>`
	_ = loopback.Browser{
		Done:   template.Must(template.New("done").Parse(`<!doctype html><title>Contoso</title>` + style + `<h1>Welcome back to Contoso</h1>`)),
		Failed: template.Must(template.New("failed").Parse(`<!doctype html><title>Contoso</title>` + style + `<h1>That did not work</h1><p>{{.Description}}</p>`)),
	}
}
