package browser

import (
	"slices"
	"testing"

	"github.com/latchkey-auth/latchkey/e2e/internal/chromium"
)

// slowUpgrade makes the first page of a tab take for ever to make its database.
const slowUpgrade = `(() => {
	if (sessionStorage.visited) return;
	sessionStorage.visited = "yes";
	const open = IDBFactory.prototype.open;
	IDBFactory.prototype.open = function (...args) {
		const request = open.apply(this, args);
		request.addEventListener("upgradeneeded", () => {
			const store = request.result.createObjectStore("busy");
			(function again() { store.get(1).onsuccess = again })();
			window.upgrading = true;
		});
		return request;
	};
})()`

// A page that the user leaves while it starts does not keep the next one from starting: browsers keep such a page as it
// is for a while, with everything that it holds.
func TestPageLeftWhileItStarts(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		p := stranger(t, engine, "session")
		p.Before(slowUpgrade)
		p.Open(p.site.URL)
		p.Until("window.upgrading")
		p.Open("about:blank")
		p.Open(p.site.URL)
		p.Click("#login-redirect") // which needs the storage
		p.password(p.Tab)
		p.Read("#username", p.user().Username)
	})
}

// silentDatabase never answers, and time flies for who waits for it.
const silentDatabase = `(() => {
	IDBFactory.prototype.open = () => ({});
	const real = setTimeout;
	window.setTimeout = (f, ms, ...args) => real(f, ms > 9000 && ms < 16000 ? 0 : ms, ...args);
})()`

// A storage that does not answer costs what is kept in it, and no more: the page starts, and works from memory.
func TestStorageThatDoesNotAnswer(t *testing.T) {
	p := stranger(t, "js", "local")
	p.Before(silentDatabase)
	p.Open(p.site.URL)
	p.Click("#login-redirect")
	p.Read("#problem", "in_mem_redirect_unavailable")
	p.Read("#status", "none")
	p.signIn()
}

// The user goes back from the authority's page without having signed in, whether the browser shows the page as it was or
// loads it again: nothing is in progress, and the next click works.
func TestBackFromTheAuthority(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		p := visit(t, engine, "session")
		for range 2 {
			p.Click("#login-redirect")
			p.See("#password")
			chromium.Eval[bool](p.Tab, "(history.back(), true)")
			p.See("#login-popup")
			p.Read("#status", "none")
		}
		p.Click("#login-redirect")
		p.password(p.Tab)
		p.Read("#username", p.user().Username)
		if got := p.grants(); !slices.Equal(got, []string{"authorization_code 200"}) {
			t.Errorf("token requests: %q", got)
		}
	})
}

// The user clears the site's data under an open page, whose browser closes its database: what comes then is kept again.
func TestStoragesCleared(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		p := visit(t, engine, "local")
		p.signIn()
		p.ForgetStorages(p.site.URL)
		if again := ask(p.Tab, "acquireTokenSilent", p.request("")); again.AccessToken == "" {
			t.Errorf("with a session: %+v", again)
		}
		want := []string{"authorization_code 200", "authorization_code 200"} // by the hidden frame
		if got := p.grants(); !slices.Equal(got, want) {
			t.Errorf("token requests: %q", got)
		}
		p.Open(p.site.URL)
		p.Read("#username", p.user().Username)
		p.Read("#token", "from the cache")
	})
}
