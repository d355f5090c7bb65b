package authoritytest

import (
	"net/url"
	"strings"
	"testing"
)

// TestEveryFormIsProtected posts each form of each page as another site, another page or
// another browser could: nothing comes of it.
func TestEveryFormIsProtected(t *testing.T) {
	s := NewServer(t)
	o := newTour(t, s)
	for _, name := range everyPage() {
		for action := range pageActions[name] {
			t.Run(string(name)+"/"+action, func(t *testing.T) {
				b, p := o.stand(t, name)
				other, q := o.stand(t, name)
				u := s.URL() + p.action
				p.fields.Set("action", action)
				with := func(csrf string) url.Values {
					form := url.Values{"csrf": {csrf}}
					for k, v := range p.fields {
						if k != "csrf" {
							form[k] = v
						}
					}
					return form
				}
				without := with("")
				without.Del("csrf")
				own := with(p.fields.Get("csrf"))
				for what, tt := range map[string]struct {
					b      *Browser
					form   url.Values
					header []string
					status int
				}{
					"no token":             {b, without, nil, 403},
					"an empty token":       {b, with(""), nil, 403},
					"another page's token": {b, with(q.fields.Get("csrf")), nil, 403},
					"another origin":       {b, own, []string{"Origin", "https://evil.example"}, 403},
					"a null origin":        {b, own, []string{"Origin", "null"}, 403},
					"another port":         {b, own, []string{"Origin", "http://127.0.0.1:1"}, 403},
					"cross-site":           {b, own, []string{"Sec-Fetch-Site", "cross-site"}, 403},
					"same-site":            {b, own, []string{"Sec-Fetch-Site", "same-site"}, 403},
					"another browser":      {other, own, nil, 400},
					"no session":           {visitor(t, s), own, nil, 400},
				} {
					if got := post(t, tt.b, u, tt.form, tt.header...); got.status != tt.status || got.name != pageMessage || got.target != "" {
						t.Errorf("%s: status %d, page %q; want %d", what, got.status, got.name, tt.status)
					}
				}
				if got := post(t, b, u, own, "Origin", s.URL(), "Sec-Fetch-Site", "same-origin"); got.status != 200 && got.status != 303 {
					t.Errorf("the form itself: status %d", got.status)
				}
			})
		}
	}
}

// TestSignInOfUserDisabledSince checks that a session is worth nothing to a user who was
// disabled after it began.
func TestSignInOfUserDisabledSince(t *testing.T) {
	s := NewServer(t)
	b := s.SignIn(t, avery)
	s.state.user(avery).Disabled = true
	if err := b.SignIn(t.Context(), avery); err == nil || !strings.Contains(err.Error(), "disabled") {
		t.Errorf("got %v", err)
	}
}
