package msalbrowser

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/e2e/internal/chromium"
)

// A person sits before the browser and looks at a page.
type person struct {
	chromium.Tab
	t    *testing.T
	from int // the authority's first request in this test
}

// visit opens a page for somebody whom nobody knows yet. What the test changes at the authority is undone at its end.
func visit(t *testing.T, path string) *person {
	t.Helper()
	before := at.CurrentDirectory()
	t.Cleanup(func() {
		at.ClearFaults()
		change(t, func(d *authoritytest.Directory) { *d = before })
	})
	p := &person{Tab: browser.NewTab(t, page.origin), t: t, from: len(at.Requests())}
	p.Open(page.origin + path)
	p.See("#go, #status")
	return p
}

// sameBrowser opens the page once more, in the browser where somebody signed in.
func (p *person) sameBrowser() *person {
	p.t.Helper()
	other := &person{Tab: p.Another(), t: p.t, from: len(at.Requests())}
	other.Open(page.origin)
	other.See("#go")
	return other
}

// change edits the authority's directory.
func change(t *testing.T, edit func(*authoritytest.Directory)) {
	t.Helper()
	if err := at.Change(func(d *authoritytest.Directory) error { edit(d); return nil }); err != nil {
		t.Fatal(err)
	}
}

// fields are an object of JavaScript.
type fields map[string]any

// An outcome is what became of a call of the library.
type outcome struct {
	Done   bool // no error
	Token  string
	Cached bool
	User   string
	Scopes []string

	Class    string // of the error, by instanceof
	Name     string
	Code     string
	SubError string
	Number   string // of AADSTS
	Claims   string // challenge
	Message  string
}

// short is what tells one outcome from another.
func (o outcome) short() string {
	if o.Done {
		return "done for " + o.User
	}
	words := []string{o.Class, o.Code, o.SubError, o.Number}
	if o.Class != o.Name {
		words = append(words, "named "+o.Name)
	}
	return strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), " ")
}

// is fails the test unless the outcome, in short, is this one.
func (o outcome) is(t *testing.T, want string) outcome {
	t.Helper()
	if got := o.short(); got != want {
		t.Fatalf("the library says: %s (%s)\nwant: %s", got, o.Message, want)
	}
	return o
}

// call is an expression that calls a method of the library. With "account": true it is for who is signed in.
func call(method string, request fields) string {
	account := ""
	if request["account"] == true {
		account = ", account: pca.getAllAccounts()[0]"
	}
	text, _ := json.Marshal(request)
	return fmt.Sprintf("pca.%s({...%s%s})", method, text, account)
}

// ask calls a method of the library, and waits for what comes of it.
func (p *person) ask(method string, request fields) outcome {
	p.t.Helper()
	return chromium.Eval[outcome](p.Tab, "told("+call(method, request)+")")
}

// press has the button call a method of the library, and presses it.
func (p *person) press(method string, request fields) {
	p.t.Helper()
	chromium.Eval[bool](p.Tab, "(globalThis.todo = () => "+call(method, request)+", true)")
	p.Click("#go")
}

// outcome waits for what comes of what the button called.
func (p *person) outcome() outcome {
	p.t.Helper()
	return chromium.Eval[outcome](p.Tab, "outcome")
}

// silently asks for a token of the API, without the cached one.
func (p *person) silently(more fields) outcome {
	p.t.Helper()
	return p.ask("acquireTokenSilent", with(fields{"scopes": []string{scope("Tasks.Read")}, "account": true, "forceRefresh": true}, more))
}

func with(request, more fields) fields {
	for name, value := range more {
		request[name] = value
	}
	return request
}

// password types somebody's name and password on the page of the authority.
func password(b chromium.Tab, username string) {
	b.Fill("#username", username)
	b.Fill("#password", passwordOf(username))
	b.Click(`button[value="signin"]`)
}

func passwordOf(username string) string {
	directory := at.CurrentDirectory()
	return string(directory.User(username).Password)
}

// signIn signs Avery in by a popup, and returns what the library says.
func (p *person) signIn() outcome {
	p.t.Helper()
	popup := p.popup("loginPopup", fields{"scopes": []string{scope("Tasks.Read")}}, "#password")
	password(popup, avery)
	return p.outcome().is(p.t, "done for "+avery)
}

// resume signs Avery in without a page: the browser has a session, and the library finds it in a hidden frame. It returns
// what the library says.
func (p *person) resume() outcome {
	p.t.Helper()
	p.SetCookies(at.URL(), at.SignIn(p.t, avery).Cookies())
	said := p.ask("ssoSilent", fields{"scopes": []string{scope("Tasks.Read")}, "loginHint": avery}).is(p.t, "done for "+avery)
	p.asked(sent, redeemed)
	return said
}

// popup has the button call a method that opens a popup, and waits for an element of the page there.
func (p *person) popup(method string, request fields, selector string) chromium.Tab {
	p.t.Helper()
	return p.Popup(func() { p.press(method, request) }, selector)
}

// travel lets time pass, for the authority and for the page.
func (p *person) travel(d time.Duration) {
	p.t.Helper()
	at.Clock.Advance(d)
	chromium.Eval[bool](p.Tab, fmt.Sprintf("(travel(%d), true)", d.Milliseconds()))
}

// requests are those of the endpoints that the authority had in this test, each as "endpoint grant status error" without
// what is empty. Preflights are left out.
func (p *person) requests(endpoints ...string) []string {
	var list []string
	for _, r := range at.Requests()[p.from:] {
		if r.Method == http.MethodOptions || !slices.Contains(endpoints, r.Endpoint) {
			continue
		}
		words := []string{r.Endpoint, r.GrantType, strconv.Itoa(r.Status), r.Error}
		list = append(list, strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), " "))
	}
	return list
}

// asked fails the test unless exactly these token and authorization requests were made since it began, or since the last
// call.
func (p *person) asked(want ...string) {
	p.t.Helper()
	got := p.requests(authoritytest.EndpointToken, authoritytest.EndpointAuthorize)
	if !slices.Equal(got, want) {
		p.t.Fatalf("the authority was asked\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
	p.from = len(at.Requests())
}

// apiAnswer is what the API says of a call.
type apiAnswer struct {
	Status  int
	Claims  string // of the challenge
	User    string
	Scopes  []string
	ACRs    []string
	TokenID string `json:"token_id"`
}

// callAPI has the page call the API.
func (p *person) callAPI(token, path string) apiAnswer {
	p.t.Helper()
	return chromium.Eval[apiAnswer](p.Tab, fmt.Sprintf(`fetch(settings.api + %s, {headers: {Authorization: "Bearer " + %s}}).then(async (r) => {
		const claims = /claims="([^"]*)"/.exec(r.headers.get("WWW-Authenticate") ?? "")?.[1];
		return {...await r.json(), Status: r.status, Claims: claims ? atob(claims) : ""};
	})`, chromium.Quote(path), chromium.Quote(token)))
}
