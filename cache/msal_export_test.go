//go:build !js

package cache

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// filled is a store with one user, whose tokens are of the time that is given.
func filled(t *testing.T, cached int64) *Memory {
	t.Helper()
	m := NewMemory()
	keepRecord(t, m, userPlace, &Record{
		Accounts:      []*Account{{HomeAccountID: homeID, Environment: "login.windows.net", Realm: tenantID, LocalAccountID: "oid", Username: "avery@contoso.test", AuthorityType: "MSSTS"}},
		IDTokens:      []*IDToken{{HomeAccountID: homeID, Environment: "login.windows.net", ClientID: "client", Realm: tenantID, Secret: Secret(jwtText(fmt.Sprintf(`{"iat":%d}`, cached)))}},
		AccessTokens:  []*AccessToken{userToken("User.Read", cached)},
		RefreshTokens: []*RefreshToken{{HomeAccountID: homeID, Environment: "login.windows.net", ClientID: "client", Realm: tenantID, Secret: "our rt", Target: "User.Read openid", CachedAt: cached}},
	})
	return m
}

func userToken(target string, cached int64) *AccessToken {
	return &AccessToken{
		HomeAccountID: homeID, Environment: "login.windows.net", ClientID: "client", Realm: tenantID, Secret: "our at",
		TokenType: "Bearer", Target: target, RequestedScopes: target, CachedAt: cached, ExpiresOn: cached + 3600,
	}
}

func keepRecord(t *testing.T, s Store, p Partition, r *Record) {
	t.Helper()
	if _, err := s.Save(t.Context(), p, Entry{Data: r.Encode()}); err != nil {
		t.Fatal(err)
	}
}

// keysOf lists the keys of a cache by section.
func keysOf(t *testing.T, text string) string {
	t.Helper()
	top, err := jsonscan.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for section := range msalSections {
		top.Get(msalSectionName(section)).Each(func(key string, _ jsonscan.Value) bool {
			fmt.Fprintln(&b, strings.ReplaceAll(strings.ReplaceAll(key, homeID, "HOME"), tenantID, "TENANT"))
			return true
		})
	}
	return b.String()
}

// The shapes are those that the libraries write, so that what they write later replaces it.
func TestExportMSALKeys(t *testing.T) {
	store := filled(t, 1700000000)
	keepRecord(t, store, Partition{KindApp, "login.windows.net", "client", tenantID}, &Record{AccessTokens: []*AccessToken{{
		Environment: "login.windows.net", ClientID: "client", Realm: tenantID, Secret: "app", Target: "api/.default", RequestedScopes: "api/.default", ExpiresOn: 1700003600,
	}}})
	hosts := map[string]string{"login.windows.net": "login.microsoftonline.com"}
	for _, tt := range []struct {
		name  string
		x     MSALExport
		want  string
		home  string
		count int
	}{
		{"MSAL Node", MSALExport{}, `HOME-login.windows.net-TENANT
HOME-login.windows.net-idtoken-client-TENANT--
HOME-login.windows.net-accesstoken-client-TENANT-user.read-
-login.windows.net-accesstoken-client-TENANT-api/.default-
HOME-login.windows.net-refreshtoken-client---
appmetadata-login.windows.net-client
`, `"home_account_id":""`, 1},
		{"MSAL Go", MSALExport{For: MSALGo, Hosts: hosts}, `HOME-login.microsoftonline.com-TENANT
HOME-login.microsoftonline.com-idtoken-client-TENANT
HOME-login.microsoftonline.com-accesstoken-client-TENANT-user.read
-login.microsoftonline.com-accesstoken-client-TENANT-api/.default
HOME-login.microsoftonline.com-refreshtoken-client
appmetadata-login.microsoftonline.com-client
`, `"home_account_id":""`, 1},
		{"MSAL Python", MSALExport{For: MSALPython, Hosts: hosts}, `HOME-login.microsoftonline.com-TENANT
HOME-login.microsoftonline.com-idtoken-client-TENANT-
HOME-login.microsoftonline.com-accesstoken-client-TENANT-user.read
-login.microsoftonline.com-accesstoken-client-TENANT-api/.default
HOME-login.microsoftonline.com-refreshtoken-client--user.read openid
appmetadata-login.microsoftonline.com-client
`, `"home_account_id":null`, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.x.ClientIDs = []string{"client"}
			got := exportMSAL(t, store, tt.x)
			if keys := keysOf(t, got); keys != tt.want {
				t.Errorf("the keys are\n%swant\n%s", keys, tt.want)
			}
			if strings.Count(got, tt.home) != tt.count {
				t.Errorf("the application's token has not %s: %s", tt.home, got)
			}
			if host := tt.x.Hosts["login.windows.net"]; host != "" && strings.Contains(got, "login.windows.net") {
				t.Errorf("the cloud is not called %s everywhere: %s", host, got)
			}
		})
	}
}

// What MSAL has, and what the store has, become one.
func TestExportMSALMergesIntoBase(t *testing.T) {
	aliased := "environment=login.microsoftonline.com"
	base := `{"Novelty":{"x":1},` + fileText(
		"AccessToken", accessText("novelty=1"), accessText("target=Mail.Read", "secret=mail"), accessText("client_id=other", "secret=other"),
		"RefreshToken", refreshText("secret=node"), refreshText("secret=go", aliased), refreshText("environment=elsewhere.test", "secret=elsewhere"),
		"Account", entityText("local_account_id=l", "name=Avery"),
		"AppMetadata", `{"client_id":"client","environment":"login.windows.net"}`, `{"client_id":"client","environment":"login.microsoftonline.com"}`,
	)[1:]
	for _, tt := range []struct {
		name   string
		cached int64
		want   map[string]int
	}{
		{"ours is newer", 1700000050, map[string]int{`"our at"`: 1, `"at"`: 0, `"our rt"`: 1, `"go"`: 0, `"node"`: 0}},
		{"ours is older", 1690000000, map[string]int{`"our at"`: 0, `"at"`: 1, `"our rt"`: 0, `"go"`: 0, `"node"`: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := exportMSAL(t, filled(t, tt.cached), MSALExport{ClientIDs: []string{"client"}, Base: []byte(base)})
			for text, n := range map[string]int{
				`"Novelty":{"x":1}`: 1, `"novelty":"1"`: 1, `"mail"`: 1, `"other"`: 2, `"elsewhere"`: 1, `"name":"Avery"`: 1,
				`"username":"avery@contoso.test"`: 1, `"key0":{"client_id":"client","environment":"login.windows.net"}`: 1, `"appmetadata-`: 0,
			} {
				tt.want[text] = n
			}
			for text, n := range tt.want {
				if strings.Count(got, text) != n {
					t.Errorf("%s is there %d times, want %d: %s", text, strings.Count(got, text), n, got)
				}
			}
		})
	}
}

// An entity keeps the key and the host under which its library will look for it.
func TestExportMSALKeepsKeys(t *testing.T) {
	aliased := "environment=login.microsoftonline.com"
	const goKey, nodeKey = homeID + "-login.microsoftonline.com-refreshtoken-client", homeID + "-login.windows.net-refreshtoken-client---"
	base := `{"RefreshToken":{"` + goKey + `":` + refreshText(aliased) + `}}`
	got := exportMSAL(t, filled(t, 1700000050), MSALExport{ClientIDs: []string{"client"}, Base: []byte(base)})
	if !strings.Contains(got, `"`+goKey+`":{"credential_type":"RefreshToken","home_account_id":"`+homeID+`","environment":"login.microsoftonline.com","client_id":"client","secret":"our rt"`) {
		t.Errorf("MSAL Go's key is lost: %s", got)
	}
	both := `{"RefreshToken":{"` + goKey + `":` + refreshText(aliased) + `,"` + nodeKey + `":` + refreshText("secret=second") + `}}`
	for library, want := range map[MSALLibrary]string{MSALNode: nodeKey, MSALGo: goKey} {
		got := exportMSAL(t, NewMemory(), MSALExport{ClientIDs: []string{"client"}, Base: []byte(both), For: library})
		if !strings.Contains(got, `{"`+want+`":`) || strings.Count(got, `"credential_type"`) != 1 || !strings.Contains(got, "second") {
			t.Errorf("of two keys the wrong one is kept: %s", got)
		}
	}
}

// MSAL does not write down what was requested, so a token of ours takes the place of one that says nothing about it.
func TestExportMSALIgnoresWhatWasRequested(t *testing.T) {
	store := NewMemory()
	token := userToken("User.Read", 1700000050)
	token.RequestedScopes = "User.Read offline_access"
	again := userToken("User.Read", 1700000060)
	again.RequestedScopes = "User.Read email"
	keepRecord(t, store, userPlace, &Record{AccessTokens: []*AccessToken{token, again}})
	for _, library := range []MSALLibrary{MSALNode, MSALGo, MSALPython} {
		got := exportMSAL(t, store, MSALExport{ClientIDs: []string{"client"}, Base: []byte(fileText("AccessToken", accessText())), For: library})
		if strings.Count(got, `"credential_type"`) != 1 || !strings.Contains(got, `"requested_scopes":"User.Read email"`) {
			t.Errorf("library %d gets %s", library, got)
		}
	}
}

// MSAL Node removes both of two tokens that answer one request.
func TestExportMSALApart(t *testing.T) {
	store := NewMemory()
	keepRecord(t, store, userPlace, &Record{AccessTokens: []*AccessToken{
		userToken("User.Read Mail.Read openid", 1700000005), userToken("user.read openid", 1700000010), userToken("Files.Read openid", 1700000000),
	}})
	base := fileText("AccessToken", accessText("target=files.read", "secret=longer", "expires_on=1800000000"), accessText("target=User.Read Calendars.Read", "secret=shorter"))
	x := MSALExport{ClientIDs: []string{"client"}, Base: []byte(base)}
	got := exportMSAL(t, store, x)
	for text, n := range map[string]int{"user.read openid": 2, "Mail.Read": 0, "Files.Read": 0, "longer": 1, "shorter": 0} {
		if strings.Count(got, text) != n {
			t.Errorf("%q is there %d times, want %d: %s", text, strings.Count(got, text), n, got)
		}
	}
	x.For = MSALGo
	if got := exportMSAL(t, store, x); strings.Count(got, `"AccessToken","home`)+strings.Count(got, `"secret":"longer"`)+strings.Count(got, `"secret":"shorter"`) != 5 {
		t.Errorf("MSAL Go does not get every token: %s", got)
	}
}

func TestExportMSALSkips(t *testing.T) {
	token := func(edit func(*AccessToken)) *AccessToken {
		a := userToken("User.Read", 1700000000)
		edit(a)
		return a
	}
	other := userPlace
	other.Cloud = "https://sts.contoso.test/adfs"
	for _, tt := range []struct {
		name string
		p    Partition
		t    *AccessToken
		want MSALReason
	}{
		{"a bound token", userPlace, token(func(a *AccessToken) { a.TokenType = "pop" }), MSALBound},
		{"a key", userPlace, token(func(a *AccessToken) { a.KeyID = "k" }), MSALBound},
		{"R25 claims of its own", userPlace, token(func(a *AccessToken) { a.Variant = "hash" }), MSALVariant},
		{"R24 a resource", userPlace, token(func(a *AccessToken) { a.Resource = "https://api" }), MSALResource},
		{"ended", userPlace, token(func(a *AccessToken) { a.ExpiresOn = 1700000100 }), MSALEnded},
		{"R27 on behalf of", Partition{KindOnBehalfOf, "login.windows.net", "client", "hash"}, token(func(*AccessToken) {}), MSALOnBehalfOf},
		{"R27 on behalf of, of MSAL", userPlace, token(func(a *AccessToken) { a.UserAssertionHash = "h" }), MSALOnBehalfOf},
		{"no host", other, token(func(*AccessToken) {}), MSALEnvironment},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := NewMemory()
			keepRecord(t, store, tt.p, &Record{AccessTokens: []*AccessToken{tt.t}})
			got, report, err := ExportMSAL(t.Context(), store, MSALExport{ClientIDs: []string{"client"}, Now: msalNow})
			if err != nil || strings.Contains(string(got), "our at") || len(report.Taken) > 0 {
				t.Errorf("%v, taken %v: %s", err, report.Taken, got)
			}
			if len(report.Skipped) != 1 || report.Skipped[0].Reason != tt.want || report.Skipped[0].Count != 1 {
				t.Errorf("skipped %+v", report.Skipped)
			}
		})
	}
	for name, data := range map[string]string{"no record": "damage", "a newer record": `{"LatchkeyFormat":2}`} {
		store := NewMemory()
		if _, err := store.Save(t.Context(), userPlace, Entry{Data: []byte(data)}); err != nil {
			t.Fatal(err)
		}
		_, report, err := ExportMSAL(t.Context(), store, MSALExport{ClientIDs: []string{"client"}})
		if err != nil || len(report.Skipped) != 1 || report.Skipped[0].Reason != MSALUnreadable {
			t.Errorf("%s: %v, %v", name, err, report.Skipped)
		}
	}
}

func TestExportMSALRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		store Store
		x     MSALExport
		want  string
	}{
		"no list":   {struct{ Store }{NewMemory()}, MSALExport{ClientIDs: []string{"a"}}, "cannot list"},
		"no client": {NewMemory(), MSALExport{}, "MSALExport.ClientIDs"},
		"library":   {NewMemory(), MSALExport{ClientIDs: []string{"a"}, For: 3}, "no such library"},
		"base":      {NewMemory(), MSALExport{ClientIDs: []string{"a"}, Base: []byte("hidden")}, "not JSON"},
	} {
		text, _, err := ExportMSAL(t.Context(), tt.store, tt.x)
		var typed *MSALError
		if !errors.As(err, &typed) || !strings.Contains(err.Error(), tt.want) || text != nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

// Printing a request or a report shows no token.
func TestMSALPrintsNoSecret(t *testing.T) {
	file := []byte(fileText("AccessToken", accessText("secret=hidden"), "RefreshToken", refreshText("secret=hidden", "client_id=")))
	i := MSALImport{Data: file, Environments: msalHosts, Now: msalNow}
	store := NewMemory()
	report, err := ImportMSAL(t.Context(), store, i)
	if err != nil {
		t.Fatal(err)
	}
	x := MSALExport{ClientIDs: []string{"client"}, Base: file}
	_, out, err := ExportMSAL(t.Context(), store, x)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{i, &i, x, &x, report, *report, out} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
			if text := fmt.Sprintf(format, v); strings.Contains(text, "hidden") || strings.Contains(text, "104 105 100 100") || strings.Contains(text, "0x68, 0x69, 0x64") {
				t.Errorf("%s of %T shows a token: %s", format, v, text)
			}
		}
	}
}
