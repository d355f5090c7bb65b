package authority_test

import (
	"context"
	"fmt"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/transport"
)

// The Microsoft clouds are built in: this sends nothing.
func ExampleResolver() {
	const url = "https://login.microsoftonline.com/organizations"
	a, err := authority.Parse(url, authority.ProfileFor(url))
	if err != nil {
		fmt.Println(err)
		return
	}
	r := authority.NewResolver(transport.Default(), time.Now)
	m, err := r.Resolve(context.Background(), a)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.TokenEndpoint)
	fmt.Println(m.Environment)
	// Output:
	// https://login.microsoftonline.com/organizations/oauth2/v2.0/token
	// login.windows.net
}

func ExampleParse() {
	for _, url := range []string{"https://login.microsoftonline.com/contoso.example/v2.0/", "https://login.microsoftonline.com", "https://op.example/realms/a/"} {
		a, err := authority.Parse(url, authority.ProfileFor(url))
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(a.Profile().Name, a)
	}
	// Output:
	// entra https://login.microsoftonline.com/contoso.example
	// authority: https://login.microsoftonline.com: the tenant is missing; append /{tenant id or domain}, or /organizations, /consumers or /common
	// oidc https://op.example/realms/a/
}

// A profile is data: a provider with a need of its own changes a field.
func ExampleProfile() {
	p := authority.OIDC()
	p.Name = "google"
	p.AuthorizeParameters = []authority.Parameter{{Name: "access_type", Value: "offline"}}
	a, err := authority.Parse("https://accounts.google.com", p)
	fmt.Println(a, err)
	// Output: https://accounts.google.com <nil>
}
