package frommsal

import (
	"context"
	"os"
	"testing"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/clientkey"
)

const clientID = "0f6a2c1e-5b7d-4c39-8e1a-2d4f6b8c9a01"

// Making a client sends nothing, so these can be for Microsoft's own authority.

func newPublic() (*latchkey.PublicClient, error) {
	// snippet public-client
	app, err := latchkey.NewPublic(latchkey.Config{
		Authority: "https://login.microsoftonline.com/organizations",
		ClientID:  clientID,
	})
	// end
	return app, err
}

func newConfidential() (*latchkey.ConfidentialClient, error) {
	// snippet secret
	svc, err := latchkey.NewConfidential(latchkey.Config{
		Authority: "https://login.microsoftonline.com/contoso.onmicrosoft.com",
		ClientID:  clientID,
	}, latchkey.Secret(os.Getenv("CLIENT_SECRET")))
	// end
	return svc, err
}

func newCached(store cache.Store) (*latchkey.PublicClient, error) {
	// snippet cache
	app, err := latchkey.NewPublic(latchkey.Config{
		Authority: "https://login.microsoftonline.com/organizations",
		ClientID:  clientID,
		Cache:     store, // loaded and saved by the client, one user at a time
	})
	// end
	return app, err
}

func certificate(file string) (latchkey.Credential, error) {
	// snippet certificate
	key, err := clientkey.LoadPEM(file) // the private key and its certificate
	if err != nil {
		return latchkey.Credential{}, err
	}
	credential, err := clientkey.New(key) // for NewConfidential
	// end
	return credential, err
}

func workload() latchkey.Credential {
	// snippet assertion
	credential := latchkey.Assertion(func(context.Context, latchkey.AssertionRequest) (string, error) {
		jwt, err := os.ReadFile(os.Getenv("AZURE_FEDERATED_TOKEN_FILE"))
		return string(jwt), err
	})
	// end
	return credential
}

func TestClients(t *testing.T) {
	t.Setenv("CLIENT_SECRET", "a secret")
	if _, err := newPublic(); err != nil {
		t.Error(err)
	}
	if _, err := newConfidential(); err != nil {
		t.Error(err)
	}
	if _, err := newCached(cache.NewMemory()); err != nil {
		t.Error(err)
	}
}
