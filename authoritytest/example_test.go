package authoritytest_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// A client that proves itself with a secret gets a token for itself.
func Example() {
	srv := &authoritytest.Server{}
	if err := srv.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	daemon, api := srv.Directory.App("daemon"), srv.Directory.App("api")
	resp, err := srv.Client().PostForm(srv.Authority("")+"/oauth2/v2.0/token", url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {daemon.ClientID},
		"client_secret": {string(daemon.Secrets[0])},
		"scope":         {api.Scope(".default")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()

	last := srv.Requests()[0]
	fmt.Println(resp.StatusCode, last.Endpoint, last.GrantType, last.ClientID == daemon.ClientID)
	// Output: 200 token client_credentials true
}

// Complete signs a user in without a browser.
func ExampleServer_Complete() {
	srv := &authoritytest.Server{Clock: &authoritytest.Clock{}}
	if err := srv.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	authorize := srv.Authority("") + "/oauth2/v2.0/authorize?" + url.Values{
		"client_id":             {srv.Directory.App("native").ClientID},
		"response_type":         {"code"},
		"redirect_uri":          {"http://localhost:8400"},
		"scope":                 {"openid profile"},
		"state":                 {"a-state"},
		"code_challenge":        {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, // of RFC 7636, appendix B
		"code_challenge_method": {"S256"},
	}.Encode()
	callback, err := srv.Complete(context.Background(), authorize, srv.Directory.Users[0].Username)
	if err != nil {
		fmt.Println(err)
		return
	}
	u, _ := url.Parse(callback)
	fmt.Println(u.Host, u.Query().Get("state"), u.Query().Has("code"))

	srv.Clock.Advance(time.Hour) // the code has expired
	// Output: localhost:8400 a-state true
}

// A client that proves itself with a key, whose public part is registered.
func ExampleAppKey() {
	d := authoritytest.DefaultDirectory()
	for i := range d.Apps {
		if d.Apps[i].Name == "daemon" {
			d.Apps[i].Keys = []authoritytest.AppKey{{JWK: []byte(`{"kty": "EC", "crv": "P-256", "kid": "2026-01",
				"x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}`)}} // of RFC 7517, appendix A.1
		}
	}
	srv := &authoritytest.Server{Directory: d}
	fmt.Println(srv.Start())
	srv.Close()
	// Output: <nil>
}

// A policy that comes while the program runs: from now on Graph is for those who verify.
func ExampleServer_Change() {
	srv := &authoritytest.Server{}
	if err := srv.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	err := srv.Change(func(d *authoritytest.Directory) error {
		d.Requirements = append(d.Requirements, authoritytest.Requirement{
			Name: "verify for Graph", Resource: "graph", Demand: authoritytest.DemandMFA, Frequency: 8 * time.Hour,
		})
		return nil
	})
	fmt.Println(err, len(srv.CurrentDirectory().Requirements))
	// Output: <nil> 1
}

// What applications have to be ready for.
func ExampleConditions() {
	for _, k := range authoritytest.Conditions() {
		if k.Name == "mfa-required" {
			fmt.Println(k.Number, k.Suberror, k.Answers)
		}
	}
	// Output: 50076 basic_action [{authorize interaction_required 303} {token invalid_grant 400} {refresh invalid_grant 400} {on-behalf-of interaction_required 400}]
}

// A directory can be read from a file.
func ExampleReadDirectory() {
	_, err := authoritytest.ReadDirectory(strings.NewReader(`{
		"tenants": [{"id": "3c0b6f52-6a4f-4f0e-9c7e-8d2f5b1a7e90", "domain": "contoso.test"}],
		"apps": [{"name": "cli", "client_id": "0f6a2c1e-5b7d-4c39-8e1a-2d4f6b8c9a01", "kind": "public", "tenant": "fabrikam.test"}]
	}`))
	fmt.Println(err)
	// Output: authoritytest: the directory is inconsistent: apps[0]: there is no tenant "fabrikam.test"; use the id or the domain of one in tenants
}
