//go:build !js

package authority_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/authority"
)

var updateProfiles = flag.Bool("update", false, "write docs/profiles.md")

// A tableRow is one field of a profile: what it is about, and what it says in words.
type tableRow struct {
	field, about string
	says         func(p authority.Profile) string
}

var tableRows = []tableRow{
	{"Name", "what errors call it", func(p authority.Profile) string { return code(p.Name) }},
	{"DefaultScopes", "R2: scopes that every sign-in asks for", func(p authority.Profile) string {
		return or(code(strings.Join(p.DefaultScopes, " ")), "none")
	}},
	{"OfflineAccess", "R2: when `offline_access` is asked for", func(p authority.Profile) string {
		return [...]string{"if the provider lists it, or the caller asks", "always"}[p.OfflineAccess]
	}},
	{"RefreshScope", "R3: what a refresh token is good for", func(p authority.Profile) string {
		return [...]string{"scopes of the original grant", "scopes of any API"}[p.RefreshScope]
	}},
	{"ScopesOptional", "R2: a request without scopes", func(p authority.Profile) string { return either(p.ScopesOptional, "allowed", "refused: name one") }},
	{"ResourceParameter", "R4: the parameter that names an API", func(p authority.Profile) string {
		return or(code(p.ResourceParameter), "none: scopes name it")
	}},
	{"AuthorizeParameters", "further parameters of a sign-in", func(p authority.Profile) string {
		var list []string
		for _, a := range p.AuthorizeParameters {
			list = append(list, a.Name+"="+a.Value)
		}
		return or(code(strings.Join(list, " ")), "none")
	}},
	{"ResponseMode", "R40: how a sign-in comes back", func(p authority.Profile) string {
		return or(code(p.ResponseMode), "as asked, where the metadata offers it")
	}},
	{"ClientAuth", "R6: how a secret is sent", func(p authority.Profile) string {
		return or(code(p.ClientAuth), "as the metadata says, else `client_secret_basic`")
	}},
	{"AssertionAudience", "R7: whom client assertions are for", func(p authority.Profile) string {
		return [...]string{"the configured issuer", "the token endpoint, as configured"}[p.AssertionAudience]
	}},
	{"AssertionReuse", "R7: how often one assertion serves", func(p authority.Profile) string { return either(p.AssertionReuse, "until it ends", "once") }},
	{"AssertionLegacyThumbprint", "what names the certificate, and how an RSA key signs", func(p authority.Profile) string {
		return either(p.AssertionLegacyThumbprint, "SHA-1 (`x5t`), RS256", "SHA-256 (`x5t#S256`), PS256")
	}},
	{"TokenPath", "R7: the token endpoint, behind the URL", func(p authority.Profile) string { return or(code(p.TokenPath), "not used") }},
	{"Issuer", "R8: whose tokens are accepted", func(p authority.Profile) string {
		return [...]string{
			"the configured URL, byte for byte",
			"the tenant's GUID on any name of the cloud, pinned",
			"the tenant's GUID on the configured host, with or without the policy, pinned; the policy of the ID token is the configured one",
			"the tenant's GUID on the configured host, or on the host that the GUID names, pinned",
			"the configured URL, byte for byte",
		}[p.Issuer]
	}},
	{"DiscoveryPath", "the discovery document, behind the URL", func(p authority.Profile) string { return code(p.DiscoveryPath) }},
	{"InstanceDiscovery", "other names of the host", func(p authority.Profile) string {
		return either(p.InstanceDiscovery, "built in for Microsoft's clouds, else asked of the host", "none")
	}},
	{"TenantPath", "R11: a tenant in the URL", func(p authority.Profile) string {
		return either(p.TenantPath, "the only path segment, which a request may replace", either(p.PolicyPath, "before the policy; fixed", "none"))
	}},
	{"TenantHost", "R8: hosts that are one tenant's", func(p authority.Profile) string {
		return either(p.TenantHost != "", "below "+code(p.TenantHost), "none")
	}},
	{"TenantDomain", "the tenant of a URL without a path", func(p authority.Profile) string {
		return either(p.TenantDomain != "", "the host's first label and "+code(p.TenantDomain), "none")
	}},
	{"PolicyPath", "a policy in the URL", func(p authority.Profile) string {
		return either(p.PolicyPath, "the last path segment: an authority of its own, with a cache of its own", "none")
	}},
	{"FixedPath", "the one path that the URL can have", func(p authority.Profile) string { return or(code(p.FixedPath), "any that the other rules allow") }},
	{"AccountID", "R10: what identifies a user", func(p authority.Profile) string {
		return [...]string{"`sub`, at the issuer", "`uid` and `utid` of `client_info`; `uid` is the `oid`", "`uid` and `utid` of `client_info`; `uid` is the `oid` and the policy"}[p.AccountID]
	}},
	{"ClientInfo", "R10: `client_info`", func(p authority.Profile) string { return either(p.ClientInfo, "asked for and read", "ignored") }},
	{"IDTokenHint", "the ID token in a sign-out", func(p authority.Profile) string { return either(p.IDTokenHint, "sent", "not sent") }},
	{"AccessTokenOptional", "R12: an answer without access token", func(p authority.Profile) string {
		return either(p.AccessTokenOptional, "accepted, if only OpenID Connect's own scopes were asked for", "refused")
	}},
	{"LoopbackHost", "R37: where the user returns to on this computer", func(p authority.Profile) string { return code(p.LoopbackHost) }},
	{"CorrelationHeader", "the header with the correlation id", func(p authority.Profile) string { return or(code(p.CorrelationHeader), "none") }},
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

func or(s, otherwise string) string { return either(s != "", s, otherwise) }

func either(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

const tableHead = `# Profiles

Every difference between providers is a field of one ` + "`authority.Profile`" + ` value (rule R1); no flow asks which provider it
talks to. This table is printed from the values by the tests of package authority, and they fail if it is out of date:
` + "`go test ./authority -run ProfilesTable -update`" + ` writes it.

A provider that is none of these is the OIDC profile with some fields changed, such as Auth0 with ` + "`ResourceParameter: \"audience\"`" + `
or Google with ` + "`AuthorizeParameters: access_type=offline`" + `.

`

func profilesTable() string {
	columns := []struct {
		title   string
		profile authority.Profile
	}{
		{"OIDC", authority.OIDC()},
		{"Entra (Microsoft Entra ID)", authority.Entra()},
		{"B2C (Azure AD B2C)", authority.B2C()},
		{"CIAM (Entra External ID)", authority.CIAM()},
		{"ADFS (AD FS 2019)", authority.ADFS()},
	}
	b := &strings.Builder{}
	b.WriteString(tableHead + "| field | what it is about |")
	for _, c := range columns {
		b.WriteString(" " + c.title + " |")
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(columns)) + "\n")
	for _, row := range tableRows {
		b.WriteString("| `" + row.field + "` | " + row.about + " |")
		for _, c := range columns {
			b.WriteString(" " + row.says(c.profile) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// R1: docs/profiles.md says in words what the values are.
func TestR1_ProfilesTable(t *testing.T) {
	name := filepath.Join("..", "docs", "profiles.md")
	want := profilesTable()
	if *updateProfiles {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil || string(got) != want {
		t.Errorf("docs/profiles.md is not what the profiles are (%v); run go test ./authority -run ProfilesTable -update", err)
	}
}

// A field without a row would be a difference that nobody reads about.
func TestR1_ProfilesTableIsWhole(t *testing.T) {
	fields := reflect.TypeOf(authority.Profile{})
	for i := 0; i < fields.NumField() || i < len(tableRows); i++ {
		field, row := "nothing", "nothing"
		if i < fields.NumField() {
			field = fields.Field(i).Name
		}
		if i < len(tableRows) {
			row = tableRows[i].field
		}
		if field != row {
			t.Fatalf("row %d of the table is about %s, and the field is %s", i+1, row, field)
		}
	}
	for _, row := range tableRows {
		for _, p := range []authority.Profile{authority.OIDC(), authority.Entra(), authority.B2C(), authority.CIAM(), authority.ADFS()} {
			if text := row.says(p); text == "" || strings.ContainsAny(text, "|\n") {
				t.Errorf("%s of %s is %q", row.field, p.Name, text)
			}
		}
	}
}
