package clientkey_test

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"log"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/clientkey"
)

// A service whose certificate is registered with Microsoft Entra.
func Example() {
	key, err := clientkey.LoadPEM("orders.pem") // the private key and its certificate
	if err != nil {
		log.Fatal(err)
	}
	credential, err := clientkey.New(key)
	if err != nil {
		log.Fatal(err)
	}
	svc, err := latchkey.NewConfidential(latchkey.Config{
		Authority: "https://login.microsoftonline.com/contoso.com",
		ClientID:  "3c9d5f4b-8e0a-4f6c-9b4d-5a7c9e1f2d34",
	}, credential)
	if err != nil {
		log.Fatal(err)
	}
	token, err := svc.AcquireTokenByClientCredential(context.Background(), latchkey.ClientCredentialRequest{
		Scopes: []string{"https://graph.microsoft.com/.default"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token)
}

// A key that never leaves its security module or key service, with a certificate that
// the authority recognises by its subject and issuer.
func ExampleNew() {
	var hsmKey crypto.Signer             // of the module's Go library
	var certificates []*x509.Certificate // the key's own and those above it
	_, err := clientkey.New(clientkey.Key{Signer: hsmKey, Certificates: certificates, SendChain: true})
	fmt.Println(err)
	// Output: clientkey: Key.Signer: is nil: set the private key, such as the one that LoadPEM reads
}

// The key and the certificate in files of their own, as Kubernetes mounts them.
func ExampleLoadPEM() {
	key, err := clientkey.LoadPEM("/var/run/orders/tls.key", "/var/run/orders/tls.crt")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := clientkey.New(key); err != nil {
		log.Fatal(err)
	}
}

// A key from the environment, registered at an OpenID Connect provider by its id.
func ExampleParsePEM() {
	_, err := clientkey.ParsePEM([]byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"))
	fmt.Println(err != nil)

	key := clientkey.Key{ /* Signer: of ParsePEM */ KeyID: "2026-01"}
	fmt.Println(key)
	// Output:
	// true
	// clientkey.Key [redacted]
}

// A certificate that ends while the service runs.
func ExampleValidityError() {
	var svc *latchkey.ConfidentialClient
	renew := func(*x509.Certificate) {}

	token := func(ctx context.Context) (*latchkey.Result, error) {
		r, err := svc.AcquireTokenByClientCredential(ctx, latchkey.ClientCredentialRequest{Scopes: []string{"api://orders/.default"}})
		if ended, ok := errors.AsType[*clientkey.ValidityError](err); ok {
			renew(ended.Certificate)
		}
		return r, err
	}
	_ = token
}
