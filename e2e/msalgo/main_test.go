package msalgo

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

const (
	avery = "avery@contoso.test"
	blake = "blake@contoso.test"
)

// at is the authority of all tests. They run one after the other.
var at *outside.Authority

func TestMain(m *testing.M) {
	var err error
	if at, err = outside.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "the authority did not start:", err)
		os.Exit(1)
	}
	status := m.Run()
	at.Close()
	os.Exit(status)
}

// scope returns the full name of a scope of the API.
func scope(name string) string { return at.Directory.App("api").Scope(name) }

// newPublic makes an MSAL client for people. MSAL asks nobody whether the authority exists, because only Microsoft's
// own would be asked.
func newPublic(t *testing.T, options ...public.Option) public.Client {
	t.Helper()
	options = append([]public.Option{
		public.WithAuthority(at.Authority("")), public.WithHTTPClient(at.Client()), public.WithInstanceDiscovery(false),
	}, options...)
	client, err := public.New(at.Directory.App("native").ClientID, options...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// newConfidential makes an MSAL client for an app of the directory.
func newConfidential(t *testing.T, app string, credential confidential.Credential, options ...confidential.Option) confidential.Client {
	t.Helper()
	options = append([]confidential.Option{
		confidential.WithHTTPClient(at.Client()), confidential.WithInstanceDiscovery(false),
	}, options...)
	client, err := confidential.New(at.Authority(""), at.Directory.App(app).ClientID, credential, options...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// secretOf returns the credential of an app that has a secret.
func secretOf(t *testing.T, app string) confidential.Credential {
	t.Helper()
	return secretCredential(t, at.Directory.App(app).Secrets[0])
}

func secretCredential(t *testing.T, secret authoritytest.Secret) confidential.Credential {
	t.Helper()
	credential, err := confidential.NewCredFromSecret(string(secret))
	if err != nil {
		t.Fatal(err)
	}
	return credential
}

// later sets the authority's clock forward for one test.
func later(t *testing.T, d time.Duration) {
	at.Clock.Advance(d)
	t.Cleanup(func() { at.Clock.Advance(-d) })
}

// A rerouted client of HTTP sends to the authority what is meant for Microsoft's.
type rerouted struct{ to *http.Client }

func (r rerouted) Do(req *http.Request) (*http.Response, error) {
	if req.URL.Host == "login.microsoftonline.com" {
		req = req.Clone(req.Context())
		req.URL.Host, req.Host = strings.TrimPrefix(at.URL(), "https://"), ""
	}
	return r.to.Do(req)
}

func (r rerouted) CloseIdleConnections() { r.to.CloseIdleConnections() }
