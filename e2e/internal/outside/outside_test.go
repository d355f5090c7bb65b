package outside

import (
	"encoding/json"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"
)

func started(t *testing.T) *Authority {
	t.Helper()
	a, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// appToken asks for a token of the daemon by hand.
func (a *Authority) appToken(t *testing.T, secret string) string {
	t.Helper()
	resp, err := a.Client().PostForm(a.Authority("")+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {a.Directory.App("daemon").ClientID},
		"client_secret": {secret}, "scope": {a.Directory.App("api").Scope(".default")},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	body, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(body, &answer)
	}
	if err != nil {
		t.Fatal(err)
	}
	return answer.AccessToken
}

// The API refuses what it should, so that a test in which it accepts a token says something.
func TestAdmitCanRefuse(t *testing.T) {
	a := started(t)
	token := a.appToken(t, string(a.Directory.App("daemon").Secrets[0]))
	a.Admit(t, token, Access{Client: "daemon", Roles: []string{"Tasks.Read.All"}})
	for name, want := range map[string]Access{
		"another API":        {API: "graph"},
		"another issuer":     {Issuer: a.OIDCIssuer()},
		"another client":     {Client: "web"},
		"a user":             {User: "avery@contoso.test"},
		"a scope":            {Scopes: []string{"Tasks.Read"}},
		"another role":       {Roles: []string{"Tasks.Read.All", "Admin"}},
		"another capability": {XMSCC: []string{"CP1"}},
	} {
		if a.check(token, want) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	header, rest, _ := strings.Cut(token, ".")
	if a.check(header+"."+strings.Replace(rest, rest[8:9], "A", 1), Access{}) == nil {
		t.Error("a forged token is accepted")
	}
	a.Clock.Advance(2 * time.Hour)
	if a.check(token, Access{}) == nil {
		t.Error("an expired token is accepted")
	}
}

// A recorder is a test that notes whether it failed.
type recorder struct{ failed bool }

func (*recorder) Helper()                 {}
func (*recorder) Cleanup(func())          {}
func (r *recorder) Fatalf(string, ...any) { r.failed = true }

func TestWatch(t *testing.T) {
	a := started(t)
	a.appToken(t, string(a.Directory.App("daemon").Secrets[0]))
	w := a.Watch()
	w.Want(t)
	a.appToken(t, "wrong")
	const call = "token client_credentials daemon 401 invalid_client"
	w.Want(t, call)
	for _, wrong := range [][]string{nil, {call, call}, {strings.Replace(call, "401", "400", 1)}} {
		r := &recorder{}
		if w.Want(r, wrong...); !r.failed {
			t.Errorf("%q is as good as %q", wrong, w.Calls())
		}
	}
}
