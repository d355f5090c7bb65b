package msalbrowser

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/e2e/internal/chromium"
)

const (
	avery = "avery@contoso.test"
	blake = "blake@contoso.test"
)

// The authority, the page and the browser of all tests. They run one after the other.
var (
	at      *authoritytest.Server
	page    *site
	browser *chromium.Browser
)

func TestMain(m *testing.M) {
	status, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func run(m *testing.M) (status int, err error) {
	at = &authoritytest.Server{Directory: directory(), TLS: true, Host: "localhost"}
	if err := at.Start(); err != nil {
		return 1, err
	}
	defer at.Close()
	if page, err = openSite(at); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, page.Close()) }()
	if browser, err = chromium.Start(chromium.Options{Authority: at}); err != nil {
		return 1, err
	}
	defer browser.Close()
	return m.Run(), nil
}

// directory is the default one, where the API evaluates access continuously, and the page is where a sign-out ends.
func directory() authoritytest.Directory {
	d := authoritytest.DefaultDirectory()
	for i := range d.Apps {
		switch app := &d.Apps[i]; app.Name {
		case "api":
			app.CAE = true
			app.Routes = []authoritytest.Route{{Path: "/purge", ACRs: []string{"c1"}}}
		case "spa":
			app.LogoutURIs = append(app.LogoutURIs, "http://localhost/redirect.html")
		}
	}
	d.Requirements = append(d.Requirements, authoritytest.Requirement{
		Name: "Verify before purging", Resource: "api", Context: "c1", Demand: authoritytest.DemandMFA,
	})
	return d
}

// scope returns the full name of a scope of the API.
func scope(name string) string { return at.Directory.App("api").Scope(name) }
