// Command cli is a program for people: it calls an API for its user, who signs in when that is
// needed, and only then.
//
//	go run ./examples/cli            signs in with the browser
//	go run ./examples/cli -device    signs in on another device, with a code
//	go run ./examples/cli -demo      the same, but nobody needs to be there (also with -device)
//
// That is all: an authority and an API come with it (demo.go). Copy run and signIn, and give
// them the settings of your program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/apiclient"
	"github.com/latchkey-auth/latchkey/loopback"
)

// The settings are what the program is shipped with; none of it is secret.
type settings struct {
	issuer   string // the authority
	clientID string // of this program
	api      string // URL
	scope    string // what the program may do there

	device  bool             // sign in on another device
	browser loopback.Browser // the zero Browser is the system's
	prompt  func(context.Context, latchkey.DeviceCode) error
}

func run(ctx context.Context, s settings, out io.Writer) error {
	app, err := latchkey.NewPublic(latchkey.Config{
		Authority: s.issuer,
		ClientID:  s.clientID,
	})
	if err != nil {
		return err
	}
	defer app.Close(context.WithoutCancel(ctx))

	client := &http.Client{Transport: &apiclient.Transport{
		Source:    apiclient.ForUser(app, latchkey.SilentRequest{}), // the only user there is
		Resources: []apiclient.Resource{{Pattern: s.api + "/*", Scopes: []string{s.scope}}},
	}}

	for range 3 {
		tasks, err := get(ctx, client, s.api+"/tasks")
		var need *apiclient.TokenError
		if errors.Is(err, latchkey.ErrInteractionRequired) && errors.As(err, &need) { // only the user can help
			if err = signIn(ctx, app, s, need.Claims, out); err == nil {
				tasks, err = get(ctx, client, s.api+"/tasks")
			}
		}
		if err != nil {
			return err
		}
		fmt.Fprintln(out, "The API answers:", tasks)
	}
	return nil
}

// signIn asks the user, for what the API demands if it said so. The token goes into the client's
// cache.
func signIn(ctx context.Context, app *latchkey.PublicClient, s settings, claims string, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute) // people close pages without a word
	defer cancel()
	scopes := []string{s.scope, "profile"}
	var token *latchkey.Result
	var err error
	if s.device {
		token, err = app.AcquireTokenByDeviceCode(ctx, s.prompt, latchkey.DeviceCodeRequest{Scopes: scopes, ClaimsChallenge: claims})
	} else {
		token, err = app.AcquireTokenInteractive(ctx, s.browser, latchkey.InteractiveRequest{Scopes: scopes, ClaimsChallenge: claims})
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "You are signed in as", token.Account.Username)
	return nil
}

func get(ctx context.Context, client *http.Client, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the API answers %s", resp.Status)
	}
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

func main() {
	device := flag.Bool("device", false, "sign in on another device, with a code")
	alone := flag.Bool("demo", false, "sign in without anybody being there")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := demo(ctx, *device, *alone, os.Stdout); err != nil {
		log.Fatal(err)
	}
}
