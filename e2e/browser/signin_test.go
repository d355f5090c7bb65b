package browser

import (
	"slices"
	"testing"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/e2e/internal/chromium"
)

func TestPopup(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		p := visit(t, engine, "session")
		p.signIn()
		if got := p.grants(); !slices.Equal(got, []string{"authorization_code 200"}) {
			t.Errorf("token requests: %q", got)
		}
		if a := p.answers(); len(a) != 1 || a[0].Status != 200 || a[0].Subject != p.user().ObjectID {
			t.Errorf("the API answered %+v", a)
		}
		if url := chromium.Eval[string](p.Tab, "location.href"); url != p.site.URL+"/" {
			t.Errorf("the page is at %s", url)
		}
	})
}

func TestReload(t *testing.T) {
	for _, tt := range []struct{ engine, cache string }{{"js", "session"}, {"js", "local"}, {"wasm", "local"}} {
		t.Run(tt.engine+" "+tt.cache, func(t *testing.T) {
			p := visit(t, tt.engine, tt.cache)
			p.signIn()
			p.Open(p.site.URL)
			p.Read("#username", p.user().Username)
			p.Read("#token", "from the cache")
			if got := p.grants(); len(got) != 1 {
				t.Errorf("token requests: %q", got)
			}
			p.noSecrets(p.Tab, "localStorage", "sessionStorage")
		})
	}
}

func TestRedirect(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		p := visit(t, engine, "session")
		p.Click("#login-redirect")
		p.password(p.Tab)
		p.Read("#username", p.user().Username)
		p.Read("#tasks", "Water the plants")
		if url := chromium.Eval[string](p.Tab, "location.href"); url != p.site.URL+"/" {
			t.Errorf("the page is at %s", url)
		}
		if got := p.grants(); !slices.Equal(got, []string{"authorization_code 200"}) {
			t.Errorf("token requests: %q", got)
		}
		if got := p.requests(authoritytest.EndpointAuthorize); len(got) != 1 {
			t.Errorf("%d authorization requests", len(got))
		}
	})
}
