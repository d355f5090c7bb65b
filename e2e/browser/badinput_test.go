package browser

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/e2e/internal/chromium"
)

// What comes from outside and is wrong is refused with a typed error that says what to do, loses nothing, and the next
// attempt works.

// waiting opens the sign-in popup, and returns the channel and the state that the page waits for.
func (p *person) waiting() (id, state string) {
	p.t.Helper()
	chromium.Eval[bool](p.Tab, `(window.opened = [], window.realOpen ??= window.open, window.open = (...args) => {
		const w = window.realOpen(...args);
		window.opened.push(w);
		return w;
	}, window.channels = [], window.RealChannel ??= BroadcastChannel, window.BroadcastChannel = class extends RealChannel {
		constructor(name) { super(name); window.channels.push(name); }
	}, true)`)
	p.Popup(func() { p.Click("#login-popup") }, "#password")
	p.Until("channels.length > 0")
	id = chromium.Eval[string](p.Tab, "channels.at(-1)")
	library := fmt.Sprintf(`{"id":%q,"meta":{"interactionType":"popup"}}`, id)
	return id, base64.StdEncoding.EncodeToString([]byte(library))
}

func TestHostileAnswers(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		p := visit(t, engine, "session")
		other := p.another() // a page of the same origin that posts what it likes
		for _, tt := range []struct{ name, payload, code string }{
			{"another state", "code=evilcode&state=" + url.QueryEscape(foreignState("popup")), "state_mismatch"},
			{"no state", "code=evilcode", "state_mismatch"},
			{"two states", "code=evilcode&state=STATE&state=" + url.QueryEscape(foreignState("popup")), "hash_does_not_contain_known_properties"},
			{"the same state twice", "code=evilcode&state=STATE&state=STATE", "hash_does_not_contain_known_properties"},
			{"a code of another authority", "code=evilcode&state=STATE", "invalid_grant"},
			{"the issuer of another authority", "code=evilcode&state=STATE&iss=https%3A%2F%2Fevil.test", "issuer_validation_failed"},
			{"nothing", "", "hash_does_not_contain_known_properties"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				p, other := p.in(t), other.For(t)
				id, state := p.waiting()
				payload := strings.ReplaceAll(tt.payload, "STATE", url.QueryEscape(state))
				p.post(other, id, payload)
				p.Read("#problem", tt.code)
				p.Read("#status", "none")
				problem := chromium.Eval[string](p.Tab, "document.querySelector('#problem').textContent")
				if strings.Contains(problem, "evilcode") {
					t.Errorf("the page says %q", problem)
				}
				p.Until("opened.at(-1).closed")
			})
		}
		p.signIn()
	})
}

// foreignState is a state of a sign-in that nobody here began.
func foreignState(interaction string) string {
	return base64.StdEncoding.EncodeToString([]byte(`{"id":"0192aaaa-bbbb-7ccc-8ddd-eeeeffff0001","meta":{"interactionType":"` + interaction + `"}}`))
}

// The same for a page that left for the authority, and comes back with what somebody else made.
func TestHostileRedirects(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		p := visit(t, engine, "session")
		for _, tt := range []struct{ name, payload, code string }{
			{"another state", "code=evilcode&state=" + url.QueryEscape(foreignState("redirect")), "state_mismatch"},
			{"two states", "code=evilcode&state=STATE&state=" + url.QueryEscape(foreignState("redirect")), "hash_does_not_contain_known_properties"},
			{"a code of another authority", "code=evilcode&state=STATE", "invalid_grant"},
			{"the issuer of another authority", "code=evilcode&state=STATE&iss=https%3A%2F%2Fevil.test", "issuer_validation_failed"},
			{"an error of another authority", "error=access_denied&state=STATE&iss=https%3A%2F%2Fevil.test", "issuer_validation_failed"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				p := p.in(t)
				chromium.Eval[bool](p.Tab, `(msalInstance.getConfiguration().auth.onRedirectNavigate = (url) => {
					sessionStorage.state = new URL(url).searchParams.get("state");
				}, true)`)
				p.Click("#login-redirect")
				p.See("#password")
				p.Open(p.site.URL + "/style.css")
				state := chromium.Eval[string](p.Tab, "sessionStorage.state")
				p.Open(p.site.URL + "/redirect.html#" + strings.ReplaceAll(tt.payload, "STATE", url.QueryEscape(state)))
				p.See("#login-popup")
				p.Read("#status", "none")
				refused := ask(p.Tab, "handleRedirectPromise", "")
				if refused.ErrorCode != tt.code || refused.Message == "" || strings.Contains(refused.Message, "evilcode") {
					t.Errorf("%+v", refused)
				}
				if left := chromium.Eval[string](p.Tab, "location.href + JSON.stringify(sessionStorage)"); strings.Contains(left, "evilcode") {
					t.Errorf("the code is still there: %s", left)
				}
			})
		}
		p.Click("#login-redirect")
		p.password(p.Tab)
		p.Read("#username", p.user().Username)
	})
}

// post broadcasts a message of the redirect page's protocol.
func (p *person) post(from chromium.Tab, id, payload string) {
	p.t.Helper()
	chromium.Eval[bool](from, fmt.Sprintf("(new BroadcastChannel(%s).postMessage({v: 1, payload: %s}), true)", chromium.Quote(id), chromium.Quote(payload)))
}

// A redirect that this page did not begin, or that ended another way.
func TestForeignRedirects(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		p := visit(t, engine, "session")
		answer := "#code=evilcode&state=" + url.QueryEscape(foreignState("redirect"))
		for _, address := range []string{"/redirect.html" + answer, "/" + answer, "/#state=%", "/?code=evilcode&state=1&state=2"} {
			p.Open("about:blank")
			p.Open(p.site.URL + address)
			p.See("#login-popup")
			p.Read("#status", "none")
			if here := chromium.Eval[string](p.Tab, "location.href + JSON.stringify(sessionStorage)"); strings.HasPrefix(address, "/redirect") && strings.Contains(here, "evilcode") {
				t.Errorf("the code is still there: %s", here)
			}
		}
		if n := len(p.grants()); n != 0 {
			t.Errorf("%d token requests", n)
		}
		p.signIn()
	})
}

// The redirect page opened by hand says one sentence, and nothing else.
func TestRedirectPageByHand(t *testing.T) {
	p := visit(t, "js", "session")
	for _, address := range []string{"/redirect.html", "/redirect.html#code=1", "/redirect.html#state=%3Cscript%3E", "/redirect.html?error=x&error_description=%3Cb%3Ehello"} {
		p.Open("about:blank")
		p.Open(p.site.URL + address)
		p.Read("body", "you can close it")
		if text := chromium.Eval[string](p.Tab, "document.body.innerHTML"); strings.Contains(text, "<") || strings.Contains(text, "hello") {
			t.Errorf("%s shows %q", address, text)
		}
		if here := chromium.Eval[string](p.Tab, "location.href"); strings.Contains(here, "state") || strings.Contains(here, "code") && strings.Contains(here, "state") {
			t.Errorf("the address is %s", here)
		}
	}
}

// Storage that is corrupted, or that another app on the origin writes to.
func TestCorruptedStorage(t *testing.T) {
	for _, tt := range []struct{ engine, cache string }{{"js", "local"}, {"js", "session"}, {"wasm", "local"}, {"wasm", "session"}} {
		t.Run(tt.engine+" "+tt.cache, func(t *testing.T) {
			p := visit(t, tt.engine, tt.cache)
			p.signIn()
			storage := tt.cache + "Storage"
			chromium.Eval[bool](p.Tab, "(() => { for (const k of Object.keys("+storage+")) "+storage+"[k] = '{\"not\": [ours'; "+storage+".other = 'app'; return true })()")
			p.Open("about:blank")
			p.Open(p.site.URL)
			p.See("#login-popup")
			p.Read("#status", "none")
			p.ForgetCookies()
			p.signIn()
			p.Open(p.site.URL)
			p.Read("#username", p.user().Username)
			if other := chromium.Eval[string](p.Tab, storage+".other"); other != "app" {
				t.Errorf("the other app's item is %q", other)
			}
		})
	}
}
