// Command daemon is a service that calls an API with a token of its own: there is no user.
//
//	go run ./examples/daemon
//
// That is all: an authority and an API come with it (demo.go). Copy run, and give it the
// settings of your deployment.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/apiclient"
)

// The settings come from the deployment, and the secret from a file or a vault.
type settings struct {
	issuer   string // the authority
	clientID string // of this service
	secret   string
	api      string // URL
	audience string // whom the API's tokens are for
}

func run(ctx context.Context, s settings, out io.Writer) error {
	service, err := latchkey.NewConfidential(latchkey.Config{
		Authority: s.issuer,
		ClientID:  s.clientID,
	}, latchkey.Secret(s.secret))
	if err != nil {
		return err
	}

	// Whatever calls the API uses this client, and does not think of tokens: they are got when
	// one is needed, kept, and renewed before they end.
	client := &http.Client{Transport: &apiclient.Transport{
		Source: apiclient.ForService(service, latchkey.ClientCredentialRequest{Resource: s.audience}),
		Resources: []apiclient.Resource{
			{Pattern: s.api + "/*", Scopes: []string{}}, // with Microsoft Entra: {s.audience + "/.default"}, and no Resource
		},
	}}

	for range 3 {
		tasks, err := get(ctx, client, s.api+"/tasks")
		if err != nil {
			return err
		}
		fmt.Fprintln(out, "The API answers:", tasks)
	}
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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := demo(ctx, os.Stdout); err != nil {
		log.Fatal(err)
	}
}
