package authoritytest

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

//go:embed pages
var pageFiles embed.FS

var (
	pageTemplates = template.Must(template.New("").Funcs(template.FuncMap{"initial": initial}).ParseFS(pageFiles, "pages/*.html"))
	pageStyle     = func() template.CSS {
		css, err := pageFiles.ReadFile("pages/style.css")
		if err != nil {
			panic(err) // embedded
		}
		return template.CSS(css)
	}()
)

// A pageName says what a page asks of a person.
type pageName string

const (
	pageSignIn   pageName = "signin"
	pagePicker   pageName = "picker"
	pageCreate   pageName = "create"
	pageConsent  pageName = "consent"
	pageAdmin    pageName = "admin"
	pageCode     pageName = "code"
	pageApprove  pageName = "approve"
	pageSignOut  pageName = "signout"
	pageVerify   pageName = "verify"
	pageRegister pageName = "register"
	pagePassword pageName = "password"
	pageDevice   pageName = "device"
	pageTerms    pageName = "terms"
	pageBlocked  pageName = "blocked"
	pageMessage  pageName = "message"
	pageFailure  pageName = "failure"
	pageFormPost pageName = "formpost"

	pageSignedOut pageName = "signedout"
)

// A pageData is what the templates show. Everything in it may be hostile text: only
// html/template puts it on a page.
type pageData struct {
	Page    pageName
	Title   string
	Nonce   string
	Style   template.CSS
	Action  template.URL // where the form goes: here, or to a registered redirect URI
	CSRF    string
	Notice  string // what was wrong with the last try
	Message string
	Bad     bool // a message page tells of a failure

	Tenant   string
	App      string
	Username string
	Code     string // user code, or verification code

	Demand      Demand
	Requirement string // the name of what demands it

	Accounts []pageAccount
	Scopes   []pageScope
	Failure  errorBody
	Fields   []pageField // form_post

	Target template.URL // signed out: where to go on; registered
	Frames []string     // signed out: what clients want loaded
}

type pageAccount struct{ ID, Name, Username string }

// Label is what a person reads first.
func (a pageAccount) Label() string {
	if a.Name != "" {
		return a.Name
	}
	return a.Username
}

// initial is the letter that stands for a person.
func initial(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "?"
}

type pageScope struct{ Text, Name string }

type pageField struct{ Name, Value string }

// show shows a page of an interaction, which then accepts the page's forms.
func (c *call) show(it *interaction, name pageName, notice string) *reply {
	c.keep(it)
	it.page = name
	d := pageData{Page: name, Notice: notice, Action: template.URL(signInPath + it.id), CSRF: it.csrf}
	if it.shape != "" && !dialects[it.shape].tenants {
		d.Tenant = c.s.state.roster().first.label()
	} else if it.tenant != nil || it.account.user != nil {
		d.Tenant = c.homeOr(it.tenant, it.account.user).label()
	}
	target := ""
	if it.request != nil {
		target = it.request.redirectURI
	} else if it.logout != nil {
		target = it.logout.target
	}
	if it.request != nil || it.device != nil {
		app, list := it.asks(c.s.state)
		d.App, d.Scopes = app.Name, describeScopes(list)
	}
	if it.device != nil {
		d.Code = it.device.userCode
	} else if name == pageCode {
		d.Code = c.params.Get("user_code")
	}
	if name == pageVerify || name == pageRegister {
		if it.code == "" {
			it.code = newVerificationCode()
		}
		d.Code = it.code
	}
	d.Demand, d.Requirement = it.demand.Demand, it.demand.Name
	if it.account.user != nil {
		d.Username = it.account.user.Username
	} else if d.Username = c.params.Get("username"); d.Username == "" {
		d.Username = it.username(c.s.state)
	}
	for _, a := range c.s.state.accounts(it.session, it.tenant) {
		d.Accounts = append(d.Accounts, pageAccount{a.user.ObjectID, a.user.Name, a.user.Username})
	}
	return c.render(http.StatusOK, d, target)
}

func (t *Tenant) label() string {
	if t.Name != "" {
		return t.Name
	}
	return t.Domain
}

// describeScopes says in words what a client asks for.
func describeScopes(list []wanted) []pageScope {
	texts := map[string]string{
		scopeOpenID: "Know who you are", scopeProfile: "See your name and username",
		scopeEmail: "See your email address", scopeOffline: "Keep this access while you are not using it",
	}
	var out []pageScope
	for _, w := range list {
		switch {
		case w.api == nil:
			out = append(out, pageScope{texts[w.name], w.name})
		case w.name != scopeDefault:
			text := w.api.scope(w.name).Description
			if text == "" {
				text = w.name
			}
			out = append(out, pageScope{text, w.api.Name + ": " + w.name})
		}
	}
	return out
}

// errorPage tells a person why a request was refused.
func (c *call) errorPage(k *refusal) *reply {
	c.entry.Error = k.codeIn(c.route.shape)
	d := pageData{Page: pageFailure, Failure: c.errorBody(k)}
	d.Failure.Description = k.description
	return c.render(k.statusIn(c.route.shape), d, "")
}

// messagePage tells a person something.
func (c *call) messagePage(status int, title, message string) *reply {
	return c.render(status, pageData{Page: pageMessage, Title: title, Message: message, Bad: status >= http.StatusBadRequest}, "")
}

// formPostPage sends a response by a form that submits itself (OAuth 2.0 Form Post
// Response Mode).
func (c *call) formPostPage(r *authRequest, p url.Values) *reply {
	d := pageData{Page: pageFormPost, Action: template.URL(r.redirectURI), App: r.app.Name}
	for _, name := range []string{"code", "error", "error_description", "error_uri", "suberror", "claims", "state", "iss", "session_state", "client_info"} {
		for _, value := range p[name] {
			d.Fields = append(d.Fields, pageField{name, value})
		}
	}
	return c.render(http.StatusOK, d, r.redirectURI)
}

// render makes a page. target is where its form may lead to in the end: browsers apply
// form-action to the redirect after a form too.
func (c *call) render(status int, d pageData, target string) *reply {
	d.Nonce, d.Style = randomText(16), pageStyle
	if d.Title == "" {
		d.Title = pageTitles[d.Page]
	}
	var body bytes.Buffer
	if err := pageTemplates.ExecuteTemplate(&body, string(d.Page)+".html", d); err != nil {
		panic(err) // a mistake in a template, which every page's test would find
	}
	csp := []string{
		"default-src 'none'", "style-src 'nonce-" + d.Nonce + "'", "base-uri 'none'",
		"form-action 'self'" + formTarget(target),
	}
	if d.Page == pageFormPost || d.Target != "" {
		csp = append(csp, "script-src 'nonce-"+d.Nonce+"'")
	}
	if len(d.Frames) > 0 {
		csp = append(csp, "frame-src "+frameSources(d.Frames))
	}
	h := http.Header{}
	if !c.embedded {
		csp = append(csp, "frame-ancestors 'none'")
		h.Set("X-Frame-Options", "DENY")
	}
	h.Set("Content-Security-Policy", strings.Join(csp, "; "))
	h.Set("Content-Type", "text/html; charset=utf-8")
	return &reply{status: status, header: h, body: body.Bytes()}
}

var pageTitles = map[pageName]string{
	pageSignIn: "Sign in", pagePicker: "Pick an account", pageCreate: "Create an account",
	pageConsent: "Permissions requested", pageAdmin: "Approval needed", pageCode: "Enter code",
	pageApprove: "Sign in on your device?", pageSignOut: "Sign out?", pageFailure: "Sign-in can't start",
	pageFormPost: "One moment", pageSignedOut: "You signed out",
	pageVerify: "Verify that it's you", pageRegister: "Set up verification", pagePassword: "Change your password",
	pageDevice: "Use another device", pageTerms: "Terms of use", pageBlocked: "You can't use this application",
}

// formTarget returns a redirect URI as a source of the form-action directive: its
// origin, or its scheme alone where the directive has no syntax for the rest.
func formTarget(target string) string {
	u, err := url.Parse(target)
	if err != nil || u.Scheme == "" {
		return ""
	}
	if u.Scheme != "http" && u.Scheme != "https" || strings.Contains(u.Host, "[") || strings.ContainsAny(u.Host, " ;,'\"") {
		return " " + u.Scheme + ":"
	}
	return " " + u.Scheme + "://" + u.Host
}
