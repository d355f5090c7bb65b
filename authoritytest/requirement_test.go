package authoritytest

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// meets are what a user does on the page of each demand.
var meets = map[Demand]pageName{
	DemandMFA: pageVerify, DemandMFARegistration: pageRegister, DemandPasswordChange: pagePassword, DemandDevice: pageDevice,
	DemandCompliantDevice: pageDevice, DemandJoinedDevice: pageDevice, DemandTermsOfUse: pageTerms,
}

// TestDemandsAreMetByInteraction: the refresh token from before a demand is refused with
// claims; the authorization request that takes them shows the demand's page; what it gives
// passes everywhere, and the session does not ask again.
func TestDemandsAreMetByInteraction(t *testing.T) {
	for demand, name := range meets {
		t.Run(string(demand), func(t *testing.T) {
			shapes(t, func(t *testing.T, a *api) {
				p := &probe{t: t, s: a.s, a: a, b: a.s.NewBrowser()}
				old := a.redeem(a.callback(p.b, a.app("web")).Get("code"))["refresh_token"]
				p.demand(Requirement{Name: "it is demanded", Demand: demand})
				status, body := a.refresh(old)
				wantError(t, status, body, 400, "invalid_grant")
				if got := a.callback(p.b, a.app("web"), "prompt", "none"); got.Get("error") != "interaction_required" {
					t.Fatalf("prompt=none: %v", got)
				}
				list := []string{"scope", "openid profile offline_access " + tasksRead}
				if claims := text(body["claims"]); claims != "" {
					list = append(list, "claims", claims)
				}
				if page := a.pageOf(p.b, list...); page.name != name {
					t.Fatalf("page %q, want %q", page.name, name)
				}
				p.b.Refuse = true
				if got := a.callback(p.b, a.app("web"), list...); got.Get("error") != "access_denied" {
					t.Errorf("refused: %v", got)
				}
				p.b.Refuse = false
				code := a.callback(p.b, a.app("web"), list...).Get("code")
				tokens := a.redeem(code, "scope", "offline_access "+tasksRead)
				if status, body = a.refresh(tokens["refresh_token"]); status != 200 {
					t.Errorf("refresh: %v", body)
				}
				if got := a.callback(p.b, a.app("web"), "prompt", "none"); got.Get("code") == "" {
					t.Errorf("the session asks again: %v", got)
				}
				if a.shape == ShapeEntra {
					status, body := a.token(a.app("api"), "grant_type", grantJWTBearer, "requested_token_use", "on_behalf_of", "scope", graphIDURI+"/User.Read", "assertion", text(tokens["access_token"]))
					if status != 200 {
						t.Errorf("on behalf of: %v", body)
					}
				}
				lasting := Requirement{Demand: demand}.lasts()
				if got := a.callback(a.s.NewBrowser(), a.app("web"), "prompt", "none"); got.Get("error") != "login_required" {
					t.Errorf("another browser: %v", got)
				}
				fresh := a.s.NewBrowser()
				page, err := fresh.act(context.Background(), a.pageOf(fresh), avery)
				if err != nil || (page.target != "") != lasting || !lasting && page.name != name {
					t.Errorf("another browser shows %q, %q, %v", page.name, page.target, err)
				}
			})
		})
	}
}

// TestRequirementAppliesToWhatItNames: a user, a client, an API, each in each of its ways.
func TestRequirementAppliesToWhatItNames(t *testing.T) {
	for _, tt := range []struct {
		name    string
		q       Requirement
		demands bool
	}{
		{"everybody", Requirement{}, true},
		{"the user", Requirement{User: "AVERY@contoso.test"}, true},
		{"another user", Requirement{User: blake}, false},
		{"the client", Requirement{App: "web"}, true},
		{"the client by id", Requirement{App: defaultWeb}, true},
		{"another client", Requirement{App: "native"}, false},
		{"the API", Requirement{Resource: "api"}, true},
		{"the API by id", Requirement{Resource: defaultAPI}, true},
		{"the API by URI", Requirement{Resource: "api://" + defaultAPI}, true},
		{"another API", Requirement{Resource: graphIDURI}, false},
		{"all that", Requirement{User: avery, App: "web", Resource: "api"}, true},
		{"not all of it", Requirement{User: avery, App: "web", Resource: "graph"}, false},
		{"a context", Requirement{Context: "c1"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newProbe(t)
			tt.q.Name, tt.q.Demand = "it", DemandMFA
			p.demand(tt.q)
			page, err := p.b.act(context.Background(), p.a.pageOf(p.b, "scope", "openid "+tasksRead), avery)
			if err != nil || (page.name == pageVerify) != tt.demands {
				t.Errorf("page %q, %v", page.name, err)
			}
		})
	}
}

// TestResourceDemandOnBehalf: the API behind the API demands more; the front client's
// sign-in meets it, by the claims that the API passes on.
func TestResourceDemandOnBehalf(t *testing.T) {
	p := newProbe(t)
	p.demand(Requirement{Name: "graph verifies", Resource: "graph", Demand: DemandMFA})
	got := p.behalf(nothing)
	if got.number != 50076 || got.error != "interaction_required" || got.suberror != "basic_action" {
		t.Fatalf("got %+v", got)
	}
	var challenge map[string]map[string]claimSpec
	if err := json.Unmarshal([]byte(got.claims), &challenge); err != nil || !challenge["access_token"]["capolids"].Essential {
		t.Fatalf("claims %q, %v", got.claims, err)
	}
	code := p.a.callback(p.b, p.a.app("web"), "scope", "openid "+tasksRead, "claims", got.claims).Get("code")
	token := p.a.redeem(code, "scope", tasksRead, "claims", got.claims)["access_token"]
	if got := p.token(p.a.token(p.a.app("api"), "grant_type", grantJWTBearer, "requested_token_use", "on_behalf_of", "scope", graphIDURI+"/User.Read", "assertion", text(token), "client_id", "x")); got.number != 700016 {
		t.Errorf("got %+v", got)
	}
	p.a.mustToken(p.a.app("api"), "grant_type", grantJWTBearer, "requested_token_use", "on_behalf_of", "scope", graphIDURI+"/User.Read", "assertion", text(token))
}

// TestAuthenticationContext: an API asks for c1, the sign-in steps up, the token says so.
func TestAuthenticationContext(t *testing.T) {
	const c1 = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
	for name, list := range map[string][]Requirement{
		"declared":     {{Name: "step up", Context: "c1", Demand: DemandCompliantDevice}},
		"not declared": nil,
	} {
		t.Run(name, func(t *testing.T) {
			p := newProbe(t)
			p.change(func(d *Directory) { d.Requirements = list })
			tokens := p.a.redeem(p.code())
			if claimsOf(t, tokens["access_token"])["acrs"] != nil {
				t.Error("acrs without asking")
			}
			got := p.token(p.a.refresh(tokens["refresh_token"], "claims", c1))
			if got.claims != c1 || got.error != "invalid_grant" {
				t.Fatalf("got %+v", got)
			}
			if got := p.redirect(p.a.callback(p.b, p.a.app("web"), "prompt", "none", "claims", c1)); got.error != "interaction_required" || got.claims != c1 {
				t.Errorf("got %+v", got)
			}
			// Not essential: it is told if it is so.
			tokens = p.a.redeem(p.a.callback(p.b, p.a.app("web"), "claims", strings.Replace(c1, "true", "false", 1)).Get("code"))
			if claimsOf(t, tokens["access_token"])["acrs"] != nil {
				t.Error("acrs before the step")
			}
			tokens = p.a.redeem(p.a.callback(p.b, p.a.app("web"), "claims", c1).Get("code"), "claims", c1)
			if acrs, _ := claimsOf(t, tokens["access_token"])["acrs"].([]any); !slices.Equal(acrs, []any{"c1"}) {
				t.Errorf("acrs is %v", acrs)
			}
			_, body := p.a.refresh(tokens["refresh_token"], "claims", c1)
			if acrs, _ := claimsOf(t, body["access_token"])["acrs"].([]any); !slices.Equal(acrs, []any{"c1"}) {
				t.Errorf("acrs after a refresh is %v", acrs)
			}
		})
	}
}

// TestAuthenticationContextAlternatives: one of the values will do.
func TestAuthenticationContextAlternatives(t *testing.T) {
	p := newProbe(t)
	p.change(func(d *Directory) {
		d.Requirements = []Requirement{{Name: "a", Context: "c1", Demand: DemandBlock}, {Name: "b", Context: "c2", Demand: DemandDevice}, {Name: "c", Demand: DemandDevice}}
	})
	tokens := p.a.redeem(p.a.callback(p.b, p.a.app("web"), "claims", `{"access_token":{"acrs":{"essential":true,"values":["c1","c2"]}}}`).Get("code"))
	if acrs, _ := claimsOf(t, tokens["access_token"])["acrs"].([]any); !slices.Equal(acrs, []any{"c2"}) {
		t.Errorf("acrs is %v", acrs)
	}
}

// TestSignInFrequency: the page asks for the password of the same user; 0 means every time.
func TestSignInFrequency(t *testing.T) {
	for name, tt := range map[string]struct{ frequency, passes time.Duration }{"hour": {time.Hour, 2 * time.Hour}, "every time": {0, 0}} {
		t.Run(name, func(t *testing.T) {
			p := newProbe(t)
			p.demand(Requirement{Name: "often", Demand: DemandSignInFrequency, Frequency: tt.frequency})
			tokens := p.a.redeem(p.code())
			if tt.frequency > 0 {
				if status, body := p.a.refresh(tokens["refresh_token"]); status != 200 {
					t.Errorf("at once: %v", body)
				}
			} else if got := p.token(p.a.refresh(tokens["refresh_token"])); got.number != 70043 {
				t.Errorf("got %+v", got)
			}
			p.s.Clock.Advance(tt.passes)
			page := p.a.pageOf(p.b)
			if page.name != pageSignIn {
				t.Errorf("page %q", page.name)
			}
			if p.code() == "" {
				t.Error("the password does not help")
			}
		})
	}
}

// TestTermsAndPasswordsExpire: what holds in every browser holds for its Frequency.
func TestTermsAndPasswordsExpire(t *testing.T) {
	for _, demand := range []Demand{DemandTermsOfUse, DemandPasswordChange} {
		p := newProbe(t)
		p.demand(Requirement{Name: "yearly", Demand: demand, Frequency: time.Hour})
		if got := p.code(); got == "" {
			t.Fatal("no code")
		}
		if got := p.redirect(p.a.callback(p.b, p.a.app("web"), "prompt", "none")); got.error != "" {
			t.Errorf("%s: at once: %+v", demand, got)
		}
		p.s.Clock.Advance(2 * time.Hour)
		if got := p.redirect(p.a.callback(p.b, p.a.app("web"), "prompt", "none")); got.error != "interaction_required" {
			t.Errorf("%s: later: %+v", demand, got)
		}
	}
}

// TestDemandForms types what is not right.
func TestDemandForms(t *testing.T) {
	ctx := context.Background()
	p := newProbe(t)
	p.demand(Requirement{Name: "verify", Demand: DemandMFA})
	page, err := p.b.act(ctx, p.a.pageOf(p.b), avery)
	if err != nil || page.name != pageVerify || len(page.code) != 6 {
		t.Fatalf("page %q with code %q, %v", page.name, page.code, err)
	}
	first := page.code
	for _, wrong := range []string{"", "x", first + "0"} {
		page.fields.Set("code", wrong)
		if page, err = p.b.submit(ctx, page, "verify"); err != nil || page.name != pageVerify || page.notice == "" {
			t.Fatalf("%q: page %q, %q, %v", wrong, page.name, page.notice, err)
		}
	}
	page.fields.Set("code", first)
	if page.code != first {
		if page, _ = p.b.submit(ctx, page, "verify"); page.name != pageVerify {
			t.Errorf("the code of an earlier page is good: page %q", page.name)
		}
	}
	// Another page's action does nothing.
	for _, action := range []string{"device", "accept", "change", "nothing"} {
		if page, err = p.b.submit(ctx, page, action); err != nil || page.name != pageVerify {
			t.Fatalf("%s: page %q, %v", action, page.name, err)
		}
	}
	p.change(func(d *Directory) { d.Requirements[0].Demand = DemandPasswordChange })
	if page = p.a.pageOf(p.b); page.name != pagePassword {
		t.Fatalf("page %q", page.name)
	}
	current := string(p.s.state.user(avery).Password)
	for _, tt := range [][2]string{{"wrong", "new"}, {current, ""}, {current, current}, {current, strings.Repeat("x", 201)}} {
		page.fields.Set("password", tt[0])
		page.fields.Set("new_password", tt[1])
		if page, err = p.b.submit(ctx, page, "change"); err != nil || page.name != pagePassword || page.notice == "" {
			t.Fatalf("%.10q: page %q, %q, %v", tt, page.name, page.notice, err)
		}
	}
	if p.s.state.user(avery).Password != Secret(current) {
		t.Error("the password changed")
	}
}

// TestDeviceFlowMeetsDemands: the person who approves a device meets them.
func TestDeviceFlowMeetsDemands(t *testing.T) {
	p := newProbe(t)
	for _, demand := range []Demand{DemandMFA, DemandCompliantDevice, DemandTermsOfUse} {
		p.demand(Requirement{Name: string(demand), Demand: demand})
	}
	d := p.a.device()
	if err := p.s.ApproveDevice(t.Context(), text(d["user_code"]), avery); err != nil {
		t.Fatal(err)
	}
	if status, body := p.a.poll(d); status != 200 {
		t.Errorf("status %d, %v", status, body)
	}
	p.demand(Requirement{Name: "nobody", Demand: DemandBlock})
	d = p.a.device()
	if err := p.s.ApproveDevice(t.Context(), text(d["user_code"]), avery); err != nil {
		t.Fatal(err)
	}
	if got := p.token(p.a.poll(d)); got.error != "authorization_declined" {
		t.Errorf("a blocked user's device: %+v", got)
	}
}

// TestBlockedPage: the person is told, and returns to the app.
func TestBlockedPage(t *testing.T) {
	p := newProbe(t)
	p.demand(Requirement{Name: "nobody", Demand: DemandBlock})
	got := p.redirect(p.a.callback(p.b, p.a.app("web")))
	if got.error != "access_denied" || got.number != 53003 {
		t.Errorf("got %+v", got)
	}
	if page := p.a.pageOf(p.b); page.name != pageBlocked || !strings.Contains(page.notice, "AADSTS53003") {
		t.Errorf("page %q: %q", page.name, page.notice)
	}
}

// TestACR is plain OpenID Connect's way to ask for more (Core, sections 2 and 5.5.1.1;
// Unmet Authentication Requirements 1.0).
func TestACR(t *testing.T) {
	a := oidc(t, NewServer(t))
	b := a.s.NewBrowser()
	essential := func(values string) string { return `{"id_token":{"acr":{"essential":true,"values":[` + values + `]}}}` }
	ask := func(list ...string) url.Values { return a.callback(b, a.app("web"), list...) }
	if got := ask("claims", essential(`"pwd"`), "scope", "openid"); got.Get("code") == "" {
		t.Errorf("pwd: %v", got)
	}
	if got := ask("claims", essential(`"gold"`)); got.Get("error") != "unmet_authentication_requirements" {
		t.Errorf("gold: %v", got)
	}
	if got := ask("acr_values", "gold"); got.Get("code") == "" {
		t.Errorf("acr_values that can't be met are a wish: %v", got)
	}
	if got := ask("claims", essential(`"mfa"`), "prompt", "none"); got.Get("error") != "interaction_required" {
		t.Errorf("mfa without a page: %v", got)
	}
	if got := ask("acr_values", "mfa", "prompt", "none"); got.Get("code") == "" {
		t.Errorf("a wish without a page: %v", got)
	}
	claims := claimsOf(t, a.redeem(ask("acr_values", "mfa").Get("code"))["id_token"])
	if claims["acr"] != "mfa" {
		t.Errorf("acr is %v", claims["acr"])
	}
	claims = claimsOf(t, a.redeem(ask("claims", `{"id_token":{"amr":null,"acr":{"essential":true,"value":"mfa"}}}`, "prompt", "none").Get("code"))["id_token"])
	if amr, _ := claims["amr"].([]any); claims["acr"] != "mfa" || !slices.Equal(amr, []any{"pwd", "mfa"}) {
		t.Errorf("acr %v, amr %v", claims["acr"], claims["amr"])
	}
	if claims := claimsOf(t, a.signIn()["id_token"]); claims["acr"] != nil || claims["amr"] != nil {
		t.Error("acr without asking")
	}
}

// TestDemandsInOtherShapes: the pages ask there too, and refreshes are refused.
func TestDemandsInOtherShapes(t *testing.T) {
	s := start(t, &Server{TLS: true})
	for _, a := range []*api{ciam(t, s, "contoso.onmicrosoft.com"), b2c(t, s, ""), adfs(t, s)} {
		p := &probe{t: t, s: s, a: a, b: s.NewBrowser()}
		p.change(func(d *Directory) { d.Requirements = nil })
		_, tokens := a.native(a.code("scope", "openid offline_access"))
		p.demand(Requirement{Name: "verify", Demand: DemandMFA})
		status, body := a.token(a.app("native"), "grant_type", "refresh_token", "refresh_token", text(tokens["refresh_token"]))
		wantError(t, status, body, 400, "invalid_grant")
		if isEntra := a.shape == ShapeCIAM; isEntra != (body["claims"] != nil) || isEntra != (body["suberror"] != nil) {
			t.Errorf("%s: %v", a.shape, body)
		}
		_, tokens = a.native(a.code("scope", "openid offline_access"))
		if status, body := a.token(a.app("native"), "grant_type", "refresh_token", "refresh_token", text(tokens["refresh_token"])); status != 200 {
			t.Errorf("%s: %v", a.shape, body)
		}
	}
}

func TestRequirementJSON(t *testing.T) {
	want := Requirement{Name: "n", User: "u", App: "a", Resource: "r", Context: "c1", Demand: DemandMFA, Frequency: 90 * time.Minute}
	text, err := json.Marshal(want)
	if err != nil || !strings.Contains(string(text), `"frequency":"1h30m0s"`) {
		t.Errorf("%s, %v", text, err)
	}
	var got Requirement
	if err := json.Unmarshal(text, &got); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{`{"frequency":3}`, `{"frequency":"x"}`, `{"Frequency2":"1h"}`, `[]`} {
		if json.Unmarshal([]byte(bad), new(Requirement)) == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
	d := DefaultDirectory()
	for _, q := range []Requirement{
		{Demand: DemandMFA}, {Name: "a"}, {Name: "a", Demand: DemandMFA, App: "x"}, {Name: "a", Demand: DemandMFA, Resource: "x"},
		{Name: "a", Demand: DemandMFA, Resource: "web"}, {Name: "a", Demand: DemandMFA, Frequency: -1},
	} {
		d.Requirements = []Requirement{q}
		if err := d.check(); err == nil || !strings.Contains(err.Error(), "requirements[0]") {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if (Requirement{Name: "a"}).ID() == (Requirement{Name: "b"}).ID() || !isGUID(want.ID()) {
		t.Error("ID is no GUID of the name")
	}
}
