package authoritytest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// disable disables a user of the running server.
func (a *api) disable(username string) {
	a.t.Helper()
	err := a.s.Change(func(d *Directory) error {
		for i := range d.Users {
			d.Users[i].Disabled = d.Users[i].Disabled || sameName(d.Users[i].Username, username)
		}
		return nil
	})
	if err != nil {
		a.t.Fatal(err)
	}
}

func TestChangeIsAllOrNothing(t *testing.T) {
	s := NewServer(t)
	before := s.CurrentDirectory()
	stop := errors.New("stop")
	for name, f := range map[string]func(*Directory) error{
		"refused by the caller": func(d *Directory) error { d.Users = nil; return stop },
		"inconsistent":          func(d *Directory) error { d.Users[0].ObjectID = "x"; return nil },
		"no tenant":             func(d *Directory) error { d.Tenants = nil; return nil },
		"requirement for nobody": func(d *Directory) error {
			d.Requirements = []Requirement{{Name: "a", User: "nobody", Demand: DemandMFA}}
			return nil
		},
		"unknown demand": func(d *Directory) error {
			d.Requirements = []Requirement{{Name: "a", Demand: "magic"}}
			return nil
		},
		"assigned nobody": func(d *Directory) error { d.Apps[0].Assigned = []string{"nobody"}; return nil },
	} {
		if err := s.Change(f); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	got, _ := json.Marshal(s.CurrentDirectory())
	want, _ := json.Marshal(before)
	if string(got) != string(want) {
		t.Error("a refused change changed something")
	}
	if err := s.Change(func(d *Directory) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	if err := new(Server).Change(func(*Directory) error { return nil }); !errors.Is(err, ErrNotStarted) {
		t.Errorf("not started: %v", err)
	}
	if err := new(Server).RevokeSessions(avery); !errors.Is(err, ErrNotStarted) {
		t.Errorf("not started: %v", err)
	}
}

// TestChangeSharesNothing: what a caller keeps of the copy is not the server's.
func TestChangeSharesNothing(t *testing.T) {
	s := NewServer(t)
	var kept *Directory
	if err := s.Change(func(d *Directory) error {
		d.Users[0].Claims = map[string]any{"list": []any{"a"}}
		kept = d
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	kept.Users[0].Claims["list"].([]any)[0] = "b"
	kept.Apps[0].RedirectURIs[0] = "https://evil.test/"
	kept.Users[0].Disabled = true
	copied := s.CurrentDirectory()
	copied.Apps[1].Permissions[0] = "x"
	now := s.CurrentDirectory()
	if now.Users[0].Claims["list"].([]any)[0] != "a" || now.Apps[0].RedirectURIs[0] == "https://evil.test/" || now.Users[0].Disabled || now.Apps[1].Permissions[0] == "x" {
		t.Error("the live directory can be reached from outside")
	}
	if s.Directory.Users[0].Claims != nil {
		t.Error("the field Directory must stay what it was")
	}
}

// TestChangeTakesEffect changes users, apps, consents and tenants under what they gave.
func TestChangeTakesEffect(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		p := &probe{t: t, s: a.s, a: a, b: a.s.NewBrowser()}
		tokens := a.signIn("scope", "openid profile offline_access "+tasksRead)
		p.editUser(func(u *User) { u.Name = "Avery Renamed" })
		_, body := a.refresh(tokens["refresh_token"])
		if claims := claimsOf(t, body["id_token"]); claims["name"] != "Avery Renamed" {
			t.Errorf("a refresh tells the name %v", claims["name"])
		}
		p.change(func(d *Directory) {
			d.Users = append(d.Users, User{Tenant: defaultTenant, ObjectID: "0b5c1f0a-4e6a-4fcc-8bad-1a3c5e7f8d91", Username: "drew@contoso.test"})
		})
		if _, err := a.s.Complete(context.Background(), a.authorizeURL(a.app("web")), "drew@contoso.test"); err != nil {
			t.Errorf("a user who was added: %v", err)
		}
		p.change(func(d *Directory) {
			d.Consents = nil
			d.Apps = append(d.Apps[:4:4], d.Apps[5:]...) // without the API
			for i := range d.Apps {
				d.Apps[i].Permissions, d.Apps[i].GrantedRoles = nil, nil
			}
		})
		status, body := a.refresh(body["refresh_token"], "scope", "openid "+tasksRead)
		if status != 400 || body["access_token"] != nil {
			t.Errorf("a token for an API that is gone: status %d, %v", status, body["error"])
		}
	})
}

// TestConsentOnAPageCanBeWithdrawn: it is in the directory.
func TestConsentOnAPageCanBeWithdrawn(t *testing.T) {
	p := newProbe(t)
	write := "api://" + defaultAPI + "/Tasks.Write"
	code := p.a.callback(p.b, p.a.app("web"), "scope", "openid offline_access "+write).Get("code")
	token := p.a.redeem(code)["refresh_token"]
	given := func(c Consent) bool { return c.User == avery && c.Scopes[0] == write }
	status, next := p.a.refresh(token, "scope", write)
	if status != 200 {
		t.Fatalf("status %d, %v", status, next)
	}
	p.change(func(d *Directory) {
		before := len(d.Consents)
		var kept []Consent
		for _, c := range d.Consents {
			if !given(c) {
				kept = append(kept, c)
			}
		}
		if d.Consents = kept; len(kept) != before-1 {
			t.Errorf("the page's consent is not in the directory: %v", d.Consents)
		}
	})
	if got := p.token(p.a.refresh(next["refresh_token"], "scope", write)); got.number != 65001 || got.suberror != "consent_required" {
		t.Errorf("got %+v", got)
	}
}

// TestPasswordChangeRevokes: an administrator's new password ends everything.
func TestPasswordChangeRevokes(t *testing.T) {
	p := newProbe(t)
	tokens := p.a.redeem(p.code())
	p.editUser(func(u *User) { u.Password = "another one" })
	if got := p.token(p.a.refresh(tokens["refresh_token"])); got.number != 50173 || got.suberror != "bad_token" {
		t.Errorf("got %+v", got)
	}
	if got := p.redirect(p.a.callback(p.b, p.a.app("web"), "prompt", "none")); got.error != "login_required" {
		t.Errorf("the session goes on: %+v", got)
	}
	if status := p.a.userinfoStatus(tokens["access_token"]); status != 401 {
		t.Errorf("the access token goes on: %d", status)
	}
	if p.code() == "" {
		t.Error("the new password does not sign in")
	}
	if list := strings.Join(p.s.Secrets(), "\n"); !strings.Contains(list, "another one") {
		t.Error("Secrets does not know the new password")
	}
}

func TestRevokeSessions(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		b := a.s.NewBrowser()
		code := a.callback(b, a.app("web")).Get("code")
		tokens := a.redeem(a.callback(b, a.app("web")).Get("code"))
		other, err := b.Complete(context.Background(), a.authorizeURL(a.app("web"), "prompt", "login"), blake)
		if err != nil || !strings.Contains(other, "code=") {
			t.Fatal(other, err)
		}
		if err := a.s.RevokeSessions("AVERY@contoso.test"); err != nil {
			t.Fatal(err)
		}
		status, body := a.token(a.app("web"), codeGrant(code)...)
		wantError(t, status, body, 400, "invalid_grant")
		status, body = a.refresh(tokens["refresh_token"])
		wantError(t, status, body, 400, "invalid_grant")
		back, err := b.Complete(context.Background(), a.authorizeURL(a.app("web"), "prompt", "none"), blake)
		if err != nil || !strings.Contains(back, "code=") {
			t.Errorf("the other user of the browser suffers: %v, %v", back, err)
		}
		next := a.signIn()
		if status, _ := a.refresh(next["refresh_token"]); status != 200 {
			t.Errorf("a new sign-in suffers: %d", status)
		}
		if err := a.s.RevokeSessions("nobody"); err == nil {
			t.Error("nobody was revoked")
		}
	})
}

// TestPageOutlivesAChange: the forms of a page see the directory as it is when they come.
func TestPageOutlivesAChange(t *testing.T) {
	p := newProbe(t)
	ctx := context.Background()
	form := p.a.pageOf(p.b, "scope", "openid api://"+defaultAPI+"/Tasks.Write")
	form, err := p.b.act(ctx, form, avery)
	if err != nil || form.name != pageConsent {
		t.Fatalf("page %q, %v", form.name, err)
	}
	p.a.disable(avery)
	if got, err := p.b.submit(ctx, form, "accept"); err != nil || got.name != pageSignIn || got.notice != "This account is disabled." {
		t.Errorf("a disabled user goes on: page %q, %q, %v", got.name, got.notice, err)
	}
	form = p.a.pageOf(p.s.NewBrowser())
	p.change(func(d *Directory) {
		d.Consents = nil
		d.Apps = append(d.Apps[:2:2], d.Apps[3:]...) // without web
	})
	if got, err := p.b.open(ctx, "GET", p.s.URL()+form.action, nil); err != nil || got.name != pageMessage {
		t.Errorf("page %q, %v", got.name, err)
	}
}

// TestChangeRace changes the directory under requests of every kind.
func TestChangeRace(t *testing.T) {
	s := NewServer(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			a := entra(t, s)
			for range 5 {
				b := s.NewBrowser()
				back, err := b.Complete(context.Background(), a.authorizeURL(a.app("web"), "scope", "openid offline_access api://"+defaultAPI+"/Tasks.Write"), avery)
				if err != nil || !strings.Contains(back, "code=") {
					t.Errorf("%q, %v", back, err)
				}
			}
		})
	}
	wg.Go(func() {
		for i := range 50 {
			err := s.Change(func(d *Directory) error {
				d.Tenants[0].Name = strings.Repeat("x", i)
				d.Consents = d.Consents[:5]
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
}

func TestControlChangesTheDirectory(t *testing.T) {
	p := newProbe(t)
	tokens := p.a.redeem(p.code())
	call := func(method, path, body string) (int, map[string]any) {
		req, err := http.NewRequest(method, p.s.ControlURL()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+p.s.ControlToken())
		req.Header.Set("Content-Type", "application/json")
		status, answer, _ := p.a.do(req)
		return status, answer
	}
	_, got := call("GET", "/directory", "")
	got["requirements"] = []any{map[string]any{"name": "verify", "demand": "mfa", "frequency": "8h"}}
	sent, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	status, answer := call("POST", "/directory", string(sent))
	if status != 200 || slices.Contains(p.s.Secrets(), "8h") {
		t.Fatalf("status %d, %v", status, answer)
	}
	now := p.s.CurrentDirectory()
	if now.User(avery).Password != p.s.Directory.User(avery).Password || now.App("web").Secrets[0] != p.s.Directory.App("web").Secrets[0] {
		t.Error("what GET answers can't be sent back: secrets are lost")
	}
	if len(now.Requirements) != 1 || now.Requirements[0].Frequency != 8*time.Hour {
		t.Errorf("requirements: %+v", now.Requirements)
	}
	if got := p.token(p.a.refresh(tokens["refresh_token"])); got.number != 50076 {
		t.Errorf("got %+v", got)
	}
	for _, body := range []string{`{}`, `{"tenants":[]}`, `{"nothing":1}`, `[]`, ``, string(sent) + "x", `{"requirements":[{"name":"a","demand":"mfa","frequency":"soon"}]}`, `{"requirements":[{"name":"a","demand":"mfa","x":1}]}`} {
		if status, answer := call("POST", "/directory", body); status != 409 {
			t.Errorf("%.80s: status %d, %v", body, status, answer)
		}
	}
	if status, _ := call("POST", "/revoke", `{"username":"`+avery+`"}`); status != 200 {
		t.Errorf("revoke: status %d", status)
	}
	if got := p.token(p.a.refresh(tokens["refresh_token"])); got.number != 50173 {
		t.Errorf("got %+v", got)
	}
	if status, _ := call("POST", "/revoke", `{"username":"nobody"}`); status != 409 {
		t.Errorf("revoke of nobody: status %d", status)
	}
}

// TestCallSeesOneDirectory: a call that began before a change does not see it.
func TestCallSeesOneDirectory(t *testing.T) {
	s := NewServer(t)
	c := s.newCall(&http.Request{Method: "GET", URL: &url.URL{Path: "/"}, Header: http.Header{}})
	app := c.s.state.app(defaultWeb)
	if err := s.Change(func(d *Directory) error { d.Users = d.Users[1:]; return nil }); err != nil {
		t.Fatal(err)
	}
	if c.s.state.user(avery) == nil || c.s.state.app(defaultWeb) != app {
		t.Error("the directory changed under the call")
	}
	if s.state.user(avery) != nil {
		t.Error("the change is not there")
	}
}
