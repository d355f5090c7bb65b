package azurecredential_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/azurecredential"
	"github.com/latchkey-auth/latchkey/loopback"
)

var (
	app  *latchkey.PublicClient
	svc  *latchkey.ConfidentialClient
	user latchkey.Account
	ctx  = context.Background()
)

// A service gets a token as the SDK's clients do, from an authority in the same process.
func Example() {
	srv := &authoritytest.Server{}
	if err := srv.Start(); err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	daemon, api := srv.Directory.App("daemon"), srv.Directory.App("api")

	svc, err := latchkey.NewConfidential(latchkey.Config{
		Authority: srv.Authority(""),
		Profile:   authority.Entra(),
		ClientID:  daemon.ClientID,
	}, latchkey.Secret(string(daemon.Secrets[0])))
	if err != nil {
		log.Fatal(err)
	}
	cred := azurecredential.ForService(svc, latchkey.ClientCredentialRequest{})
	token, err := cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{api.Scope(".default")}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Token != "", token.ExpiresOn.After(srv.Clock.Now()))
	// Output: true true
}

// Every client of the SDK takes the credential; this one is the management API's.
func ExampleForService() {
	cred := azurecredential.ForService(svc, latchkey.ClientCredentialRequest{})
	client, err := arm.NewClient("inventory", "v1.0.0", cred, nil)
	if err != nil {
		log.Fatal(err)
	}
	_ = client
}

// The user signs in only when nothing else will do.
func ExampleForUser() {
	cred := azurecredential.ForUser(app, latchkey.SilentRequest{Account: user})
	client, err := arm.NewClient("inventory", "v1.0.0", cred, nil)
	if err != nil {
		log.Fatal(err)
	}
	list := func() error { return subscriptions(ctx, client) }

	err = list()
	var need *azurecredential.TokenError
	if errors.Is(err, latchkey.ErrInteractionRequired) && errors.As(err, &need) {
		_, err = app.AcquireTokenInteractive(ctx, loopback.Browser{}, latchkey.InteractiveRequest{
			Account: user, Scopes: need.Scopes, ClaimsChallenge: need.Claims, Tenant: need.Tenant,
		})
		if err == nil {
			err = list()
		}
	}
	if err != nil {
		log.Fatal(err)
	}
}

func subscriptions(context.Context, *arm.Client) error { return nil }

// A vault in another tenant names it, and that tenant has been agreed on.
func ExampleCredential() {
	cred := azurecredential.ForService(svc, latchkey.ClientCredentialRequest{Tenant: "3c0b6f52-6a4f-4f0e-9c7e-8d2f5b1a7e90"})
	cred.Tenants = []string{"7f3a9d8e-2c4e-4daa-8f8b-9e1a3c5d6b78"}
}
