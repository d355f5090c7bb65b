package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// browser starts a session and returns what the browser gets, and sends from then on.
func browser(s *Sessions[string], value string) (*http.Cookie, *http.Request) {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	s.Start(w, r, value, time.Minute)
	c := w.Result().Cookies()[0]
	r.AddCookie(c)
	return c, r
}

func TestCookie(t *testing.T) {
	for _, secure := range []bool{false, true} {
		c, _ := browser(&Sessions[string]{Name: "app", Secure: secure}, "")
		name := map[bool]string{false: "app", true: "__Host-app"}[secure]
		if c.Name != name || c.Secure != secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || len(c.Value) < 26 {
			t.Errorf("secure %t: %v", secure, c)
		}
	}
}

func TestSessions(t *testing.T) {
	s := &Sessions[string]{Name: "app"}
	_, avery := browser(s, "avery")
	_, blake := browser(s, "blake")
	w := httptest.NewRecorder()
	s.Start(w, avery, "avery again", time.Minute)
	if v, ok := s.Get(avery); ok {
		t.Errorf("the old id still opens %q", v)
	}
	if v, ok := s.Get(blake); !ok || v != "blake" {
		t.Errorf("another browser's session: %q, %t", v, ok)
	}
	if _, ok := s.Get(httptest.NewRequest(http.MethodGet, "/", nil)); ok {
		t.Error("a browser without cookie has a session")
	}
	s.Start(httptest.NewRecorder(), blake, "over", -time.Second)
	if len(s.byID) != 2 {
		t.Errorf("%d sessions are kept", len(s.byID))
	}
	browser(s, "new")
	if len(s.byID) != 2 {
		t.Errorf("%d sessions are kept after one ended", len(s.byID))
	}
}

func TestSessionEndsOnce(t *testing.T) {
	s := &Sessions[string]{Name: "app"}
	_, r := browser(s, "avery")
	var wg sync.WaitGroup
	ended := make(chan bool, 50)
	for range cap(ended) {
		wg.Go(func() { ended <- s.End(r) })
	}
	wg.Wait()
	close(ended)
	n := 0
	for ok := range ended {
		if ok {
			n++
		}
	}
	if n != 1 {
		t.Errorf("it ended %d times", n)
	}
}

func TestProtect(t *testing.T) {
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Show(w, http.StatusOK, Pages(`{{define "page"}}{{template "top" "T"}}{{.}}{{template "bottom"}}{{end}}`), "page", "<script>")
	})
	h := Protect(app, "https://login.example.com/contoso?a=b")
	for _, test := range []struct {
		method, site string
		status       int
	}{
		{"GET", "cross-site", 200}, {"POST", "same-origin", 200}, {"POST", "same-site", 403}, {"POST", "cross-site", 403},
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(test.method, "/", nil)
		r.Header.Set("Sec-Fetch-Site", test.site)
		h.ServeHTTP(w, r)
		if w.Code != test.status || strings.Contains(w.Body.String(), "<script>") {
			t.Errorf("%s, %s: %d, %s", test.method, test.site, w.Code, w.Body)
		}
		const policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https://login.example.com"
		if got := w.Header().Get("Content-Security-Policy"); got != policy {
			t.Errorf("the policy is %s", got)
		}
	}
}
