package msalbrowser

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/e2e/internal/chromium"
	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

const (
	avery = "avery@contoso.test"
	blake = "blake@contoso.test"
)

// The authority, the page and the browser of all tests. They run one after the other.
var (
	at      *outside.Authority
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
	if at, err = outside.Start(); err != nil {
		return 1, err
	}
	defer at.Close()
	if err := at.Change(furnish); err != nil {
		return 1, err
	}
	if page, err = openSite(at.Server); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, page.Close()) }()
	if browser, err = chromium.Start(chromium.Options{Authority: at.Server}); err != nil {
		return 1, err
	}
	defer browser.Close()
	return m.Run(), nil
}

// furnish makes the API one that evaluates access continuously and has a path for those who verified, and makes the page
// an address where a sign-out ends.
func furnish(d *authoritytest.Directory) error {
	for i := range d.Apps {
		switch app := &d.Apps[i]; app.Name {
		case "api":
			app.CAE = true
			app.Routes = []authoritytest.Route{{Path: "/purge", ACRs: []string{"c1"}}}
		case "spa":
			app.LogoutURIs = append(slices.Clone(app.LogoutURIs), "http://localhost/redirect.html")
		}
	}
	d.Requirements = append(slices.Clone(d.Requirements), authoritytest.Requirement{
		Name: "Verify before purging", Resource: "api", Context: "c1", Demand: authoritytest.DemandMFA,
	})
	return nil
}

// scope returns the full name of a scope of the API.
func scope(name string) string { return at.Directory.App("api").Scope(name) }
