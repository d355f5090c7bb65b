package authoritytest

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var updateConditions = flag.Bool("update-conditions", false, "write docs/authority-errors.md")

// seen is an answer as a client, or a person, sees it.
type seen struct {
	status          int
	error, suberror string
	claims          string
	number          int
	contents        string // for a failure's text
}

// A probe provokes conditions on a server of its own.
type probe struct {
	t *testing.T
	s *Server
	a *api
	b *Browser
}

const casey = "casey@outlook.test" // a personal account

// newProbe starts a server with two tenants and a personal account.
func newProbe(t *testing.T) *probe {
	d := twoTenants()
	d.Users = append(d.Users, User{Tenant: "consumers", ObjectID: "1c6d2a0b-5f7b-4add-9cbe-2b4d6f8a0e01", Username: casey, Name: "Casey"})
	s := start(t, &Server{Directory: d, DeviceInterval: time.Second})
	return &probe{t: t, s: s, a: entra(t, s), b: s.NewBrowser()}
}

func (p *probe) at(tenant string) *api {
	return open(p.t, p.s, ShapeEntra, p.s.Authority(tenant)+"/v2.0")
}

// change edits the live directory.
func (p *probe) change(f func(*Directory)) {
	p.t.Helper()
	if err := p.s.Change(func(d *Directory) error { f(d); return nil }); err != nil {
		p.t.Fatal(err)
	}
}

// editApp edits one app of the live directory.
func (p *probe) editApp(name string, f func(*App)) {
	p.t.Helper()
	p.change(func(d *Directory) {
		for i := range d.Apps {
			if d.Apps[i].Name == name {
				f(&d.Apps[i])
			}
		}
	})
}

// editUser edits Avery.
func (p *probe) editUser(f func(*User)) {
	p.t.Helper()
	p.change(func(d *Directory) { f(&d.Users[0]) })
}

func (p *probe) demand(q Requirement) {
	p.t.Helper()
	p.change(func(d *Directory) { d.Requirements = append(d.Requirements, q) })
}

var aadsts = regexp.MustCompile(`AADSTS(\d+)`)

func text(v any) string { s, _ := v.(string); return s }

// token is what the token endpoint answered.
func (p *probe) token(status int, body map[string]any) seen {
	got := seen{status: status, error: text(body["error"]), suberror: text(body["suberror"]), claims: text(body["claims"]), contents: text(body["error_description"])}
	if codes, _ := body["error_codes"].([]any); len(codes) == 1 {
		got.number = int(codes[0].(float64))
	}
	if m := aadsts.FindStringSubmatch(got.contents); m == nil || m[1] != strconv.Itoa(got.number) {
		p.t.Errorf("the description does not begin with the number: %q", got.contents)
	}
	return got
}

// redirect is what the client gets in the redirect.
func (p *probe) redirect(v url.Values) seen {
	got := seen{status: http.StatusSeeOther, error: v.Get("error"), suberror: v.Get("suberror"), claims: v.Get("claims"), contents: v.Get("error_description")}
	if m := aadsts.FindStringSubmatch(got.contents); m != nil {
		got.number, _ = strconv.Atoi(m[1])
	}
	if uri := v.Get("error_uri"); got.number != 0 && !strings.HasSuffix(uri, "/error?code="+strconv.Itoa(got.number)) {
		p.t.Errorf("error_uri is %q", uri)
	}
	return got
}

// page is what a person sees.
func (p *probe) page(status int, contents string) seen {
	got := seen{status: status, contents: contents}
	if m := aadsts.FindStringSubmatch(contents); m != nil {
		got.number, _ = strconv.Atoi(m[1])
	}
	if m := regexp.MustCompile(`<dd>([a-z_]+) \(AADSTS`).FindStringSubmatch(contents); m != nil {
		got.error = m[1]
	}
	return got
}

// open shows the page of an authorization request.
func (p *probe) open(a *api, list ...string) seen {
	p.t.Helper()
	status, body, _ := a.get(a.authorizeURL(a.app("web"), list...))
	return p.page(status, text(body["text"]))
}

// typed signs somebody in on the page of an authorization request, and shows what comes.
func (p *probe) typed(a *api, username string) seen {
	p.t.Helper()
	form := a.pageOf(p.b)
	form.fields.Set("username", username)
	form.fields.Set("password", string(p.s.state.user(username).Password))
	form.fields.Set("action", "signin")
	resp, err := p.b.client.PostForm(form.origin+form.action, form.fields)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	contents, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.page(resp.StatusCode, string(contents))
}

// password is the password grant of the app native.
func (p *probe) password(list ...string) seen { return p.passwordAt(p.a, avery, list...) }

func (p *probe) passwordAt(a *api, username string, list ...string) seen {
	p.t.Helper()
	form := append([]string{"grant_type", "password", "username", username, "scope", "openid User.Read", "password"}, string(p.s.state.user(username).Password))
	return p.token(a.token(a.app("native"), append(form, list...)...))
}

// refresh signs in, lets something happen, and refreshes.
func (p *probe) refresh(happens func(), list ...string) seen {
	p.t.Helper()
	tokens := p.a.redeem(p.a.callback(p.b, p.a.app("web")).Get("code"))
	happens()
	return p.token(p.a.refresh(tokens["refresh_token"], list...))
}

// behalf signs in for the API, lets something happen, and exchanges the token.
func (p *probe) behalf(happens func(), list ...string) seen {
	p.t.Helper()
	tokens := p.a.redeem(p.a.callback(p.b, p.a.app("web"), "scope", "openid "+tasksRead).Get("code"), "scope", tasksRead)
	happens()
	return p.exchange(text(tokens["access_token"]), list...)
}

func (p *probe) exchange(assertion string, list ...string) seen {
	p.t.Helper()
	form := []string{"grant_type", grantJWTBearer, "requested_token_use", "on_behalf_of", "scope", graphIDURI + "/User.Read", "assertion", assertion}
	return p.token(p.a.token(p.a.app("api"), append(form, list...)...))
}

// silent signs in, lets something happen, and asks with prompt=none.
func (p *probe) silent(happens func(), list ...string) seen {
	p.t.Helper()
	p.a.callback(p.b, p.a.app("web"))
	happens()
	return p.redirect(p.a.callback(p.b, p.a.app("web"), append([]string{"prompt", "none"}, list...)...))
}

// redeem redeems a code of the app web, with changes.
func (p *probe) redeem(code string, list ...string) seen {
	p.t.Helper()
	return p.token(p.a.token(p.a.app("web"), append(codeGrant(code), list...)...))
}

func (p *probe) code() string { p.t.Helper(); return p.a.callback(p.b, p.a.app("web")).Get("code") }

// from sends a token request with an Origin header, or without if that is "".
func (p *probe) from(origin string, app App, list ...string) seen {
	p.t.Helper()
	form := pairs(append([]string{"client_id", app.ClientID}, list...)...)
	if len(app.Secrets) > 0 {
		form.Set("client_secret", string(app.Secrets[0]))
	}
	req, err := http.NewRequest("POST", p.a.endpoint("token_endpoint"), strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if origin != "" {
		req.Header.Set("Origin", origin)
	}
	status, body, _ := p.a.do(req)
	if status == 200 {
		return seen{status: 200, contents: text(body["refresh_token"])}
	}
	return p.token(status, body)
}

const spaOrigin = "http://127.0.0.1:5173"

// spa signs in to the app spa and returns the code.
func (p *probe) spa() string {
	p.t.Helper()
	return p.a.callback(p.b, p.a.app("spa"), "redirect_uri", spaOrigin+"/redirect").Get("code")
}

func spaGrant(code string) []string {
	return append(codeGrant(code), "redirect_uri", spaOrigin+"/redirect")
}

// TestConditions provokes every answer of the table on a real server.
func TestConditions(t *testing.T) {
	provoked := provocations()
	for _, k := range Conditions() {
		for _, answer := range k.Answers {
			name := k.Name + " " + answer.At
			provoke := provoked[name]
			delete(provoked, name)
			t.Run(name, func(t *testing.T) {
				if provoke == nil {
					t.Fatal("nothing provokes it")
				}
				got := provoke(newProbe(t))
				if got.status != answer.Status || got.error != answer.Error || got.number != k.Number {
					t.Errorf("got status %d, %s, %d (%.300s), want %d, %s, %d", got.status, got.error, got.number, got.contents, answer.Status, answer.Error, k.Number)
				}
				if answer.At != AtPage && (got.suberror != k.Suberror || (got.claims != "") != k.Claims) {
					t.Errorf("suberror %q, claims %q; want %q, claims: %v", got.suberror, got.claims, k.Suberror, k.Claims)
				}
			})
		}
	}
	for name := range provoked {
		t.Errorf("%s is provoked, but not in the table", name)
	}
}

// TestConditionsAreWhole finds rows that say too little, and what is said twice.
func TestConditionsAreWhole(t *testing.T) {
	names := map[string]bool{}
	for _, k := range Conditions() {
		if k.Name == "" || k.Number == 0 || len(k.Answers) == 0 || k.Remedy == "" || k.Source == "" {
			t.Errorf("row %+v lacks something", k)
		}
		if names[k.Name] {
			t.Errorf("%s is there twice", k.Name)
		}
		names[k.Name] = true
	}
	for demand, k := range demandConditions {
		if !inTable(k) {
			t.Errorf("what %s is refused with is not in the table", demand)
		}
	}
}

func inTable(k condition) bool {
	for _, row := range conditionRows {
		if reflect.DeepEqual(row.condition, k) {
			return true
		}
	}
	return false
}

// TestConditionsDocument compares docs/authority-errors.md with the table.
func TestConditionsDocument(t *testing.T) {
	name := filepath.Join("..", "docs", "authority-errors.md")
	want := conditionsDocument()
	if *updateConditions {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil || strings.ReplaceAll(string(got), "\r\n", "\n") != want {
		t.Errorf("docs/authority-errors.md is not what the conditions are (%v); run go test ./authoritytest -run ConditionsDocument -update-conditions", err)
	}
}

func conditionsDocument() string {
	var b strings.Builder
	b.WriteString(conditionsPreface)
	b.WriteString("| condition | AADSTS | where: `error` (status) | `suberror` | `claims` | what ends it | where documented |\n|---|---|---|---|---|---|---|\n")
	for _, k := range Conditions() {
		var answers []string
		for _, a := range k.Answers {
			answers = append(answers, fmt.Sprintf("%s: `%s` (%d)", a.At, a.Error, a.Status))
		}
		suberror, claims := "", ""
		if k.Suberror != "" {
			suberror = "`" + k.Suberror + "`"
		}
		if k.Claims {
			claims = "yes"
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %s | %s | %s | %s |\n", k.Name, k.Number, strings.Join(answers, "<br>"), suberror, claims, k.Remedy, k.Source)
	}
	return b.String()
}

const conditionsPreface = `# What the test authority refuses, as Microsoft Entra does

Package authoritytest refuses in the shapes of Microsoft Entra ID and of External ID what is in this table. It is printed from
` + "`authoritytest.Conditions()`" + ` by the tests of that package, which also provoke every answer on a running server:
` + "`go test ./authoritytest -run ConditionsDocument -update-conditions`" + ` writes it. The test ` + "`TestConditions`" + ` of package latchkey has an application
meet each answer, and do what ends it.

` + "`page`" + ` is a page of the authority on which the person stays; ` + "`authorize`" + ` is the redirect back to the client; the other places are the
token endpoint by grant. Where Microsoft documents less than the table says, the last column says so: then it is what was reported of the
real service, or a choice.

- A demand (verification, a device, terms, a new password) is a ` + "`Requirement`" + ` of the directory, for a user, an app or a resource, or for an
  authentication context (` + "`acrs`" + `) that a claims challenge asks for. The authorization request meets it on a page, and takes the
  ` + "`claims`" + ` that came with the refusal.
- Refresh tokens of single-page apps, and all that come from them, end 24 hours after the sign-in. Their codes and refresh tokens are
  redeemed with an ` + "`Origin`" + ` header only, everybody else's without.
- Access tokens for an API with ` + "`CAE`" + ` last 28 hours if the client has the capability ` + "`cp1`" + `, with ` + "`refresh_in`" + ` at half of that. ` + "`RevokeSessions`" + ` ends
  them, with all refresh tokens and browser sessions of the user.

`
