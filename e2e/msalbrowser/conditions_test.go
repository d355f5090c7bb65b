package msalbrowser

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/e2e/internal/chromium"
)

const refused = "token refresh_token 400 invalid_grant"

// A silent condition is what makes the authority refuse a refresh token, what the library then says, and how a person
// ends it.
type silentCondition struct {
	name    string
	happens func(t *testing.T, p *person)
	says    string
	asked   []string
	resolve func(p *person, popup chromium.Tab) // nil: nothing that the person does
}

func TestSilentConditions(t *testing.T) {
	for _, tt := range silentConditions() {
		t.Run(tt.name, func(t *testing.T) {
			p := visit(t, "/")
			p.resume()
			tt.happens(t, p)
			said := p.silently(nil).is(t, tt.says)
			p.asked(tt.asked...)
			p.noFrames()
			if tt.resolve == nil {
				return
			}
			request := fields{"scopes": []string{scope("Tasks.Read")}, "account": true}
			if said.Claims != "" {
				request["claims"] = said.Claims
			}
			popup := p.popup("acquireTokenPopup", request, "form")
			tt.resolve(p, popup)
			got := p.outcome().is(t, "done for "+avery)
			p.asked(shown, redeemed)
			if answer := p.callAPI(got.Token, "/tasks"); answer.Status != 200 {
				t.Errorf("the API answers %+v", answer)
			}
			p.silently(nil).is(t, "done for "+avery) // nothing is in the way any more
		})
	}
}

func silentConditions() []silentCondition {
	demand := func(d authoritytest.Demand) func(*testing.T, *person) {
		return func(t *testing.T, _ *person) {
			change(t, func(dir *authoritytest.Directory) {
				dir.Requirements = append(dir.Requirements, authoritytest.Requirement{Name: "For tasks", Resource: "api", Demand: d})
			})
		}
	}
	click := func(selector string) func(*person, chromium.Tab) {
		return func(_ *person, popup chromium.Tab) { popup.Click(selector) }
	}
	typed := func(_ *person, popup chromium.Tab) {
		popup.Fill("#password", passwordOf(avery))
		popup.Click(`button[value="signin"]`)
	}
	return []silentCondition{
		{
			"consent withdrawn", withdrawConsent,
			"InteractionRequiredAuthError invalid_grant consent_required 65001", []string{refused}, click(accept),
		},
		{
			"MFA demanded", demand(authoritytest.DemandMFA),
			"InteractionRequiredAuthError invalid_grant basic_action 50076", []string{refused},
			func(_ *person, popup chromium.Tab) {
				popup.Fill("#code", strings.TrimSpace(chromium.Eval[string](popup, `document.querySelector("p.code").textContent`)))
				popup.Click(`button[value="verify"]`)
			},
		},
		{
			"password expired", demand(authoritytest.DemandPasswordChange),
			"InteractionRequiredAuthError invalid_grant user_password_expired 50055", []string{refused},
			func(_ *person, popup chromium.Tab) {
				popup.Fill("#password", passwordOf(avery))
				popup.Fill("#new_password", "another password of Avery")
				popup.Click(`button[value="change"]`)
			},
		},
		{
			"compliant device demanded", demand(authoritytest.DemandCompliantDevice),
			"InteractionRequiredAuthError invalid_grant message_only 53000", []string{refused}, click(`button[value="device"]`),
		},
		{
			"terms of use", demand(authoritytest.DemandTermsOfUse),
			"InteractionRequiredAuthError invalid_grant basic_action 50158", []string{refused}, click(`button[value="accept"]`),
		},
		{
			"access blocked", demand(authoritytest.DemandBlock),
			"InteractionRequiredAuthError invalid_grant message_only 53003", []string{refused}, nil,
		},
		{
			"password changed elsewhere", changePassword,
			"InteractionRequiredAuthError login_required 50058", []string{refused, "authorize 303 login_required"}, typed,
		},
		{
			"sessions revoked",
			func(t *testing.T, _ *person) {
				if err := at.RevokeSessions(avery); err != nil {
					t.Fatal(err)
				}
			},
			"InteractionRequiredAuthError login_required 50058", []string{refused, "authorize 303 login_required"}, typed,
		},
		{
			"sign-in frequency", signInFrequency,
			"InteractionRequiredAuthError interaction_required 70044", []string{refused, "authorize 303 interaction_required"}, typed,
		},
		{
			"account disabled",
			func(t *testing.T, _ *person) {
				change(t, func(d *authoritytest.Directory) { d.Users[0].Disabled = true })
			},
			"InteractionRequiredAuthError login_required 50058", []string{refused, "authorize 303 login_required"}, nil,
		},
		{
			"24 hours of a single-page app, no session",
			func(_ *testing.T, p *person) { p.travel(25 * time.Hour); p.ForgetCookies() },
			"InteractionRequiredAuthError login_required 50058", []string{refused, "authorize 303 login_required"},
			func(_ *person, popup chromium.Tab) { password(popup, avery) },
		},
	}
}

func withdrawConsent(t *testing.T, _ *person) {
	change(t, func(d *authoritytest.Directory) {
		for i := range d.Consents {
			if c := &d.Consents[i]; c.Client == "spa" {
				c.Scopes = slices.DeleteFunc(slices.Clone(c.Scopes), func(s string) bool { return s == scope("Tasks.Read") })
			}
		}
	})
}

func changePassword(t *testing.T, _ *person) {
	change(t, func(d *authoritytest.Directory) { d.Users[0].Password = "a password that an administrator set" })
}

func signInFrequency(t *testing.T, p *person) {
	change(t, func(d *authoritytest.Directory) {
		d.Requirements = append(d.Requirements, authoritytest.Requirement{
			Name: "Every hour", Resource: "api", Demand: authoritytest.DemandSignInFrequency, Frequency: time.Hour,
		})
	})
	p.travel(2 * time.Hour)
}

// TestRefreshTokenRefused asks for no more than the refresh token (CacheLookupPolicy.RefreshToken), so that no hidden frame
// hides why the authority refuses it.
func TestRefreshTokenRefused(t *testing.T) {
	for _, tt := range []struct {
		name    string
		happens func(t *testing.T, p *person)
		says    string
	}{
		{"24 hours of a single-page app", func(_ *testing.T, p *person) { p.travel(25 * time.Hour) }, "InteractionRequiredAuthError invalid_grant bad_token 700084"},
		{"password changed", changePassword, "InteractionRequiredAuthError invalid_grant bad_token 50173"},
		{"sign-in frequency", signInFrequency, "ServerError invalid_grant token_expired 70043"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := visit(t, "/")
			p.resume()
			tt.happens(t, p)
			p.silently(fields{"cacheLookupPolicy": 3, "forceRefresh": false}).is(t, tt.says)
			p.asked(refused)
		})
	}
}

// TestSilentAfter24Hours is the way of a single-page app whose refresh token is over while its session is not: 700084, and
// then the hidden frame, without the user.
func TestSilentAfter24Hours(t *testing.T) {
	p := visit(t, "/")
	p.resume()
	p.travel(30 * time.Hour) // the token of an API with continuous access evaluation lasts for 28
	got := p.silently(fields{"forceRefresh": false}).is(t, "done for "+avery)
	p.asked(refused, sent, redeemed)
	if answer := p.callAPI(got.Token, "/tasks"); answer.Status != 200 {
		t.Errorf("the API answers %+v", answer)
	}
	p.silently(nil).is(t, "done for "+avery)
	p.asked(renewed) // by the refresh token of the frame's code
}

// TestThrottled is 429 with Retry-After: the library asks no more until that time is over.
func TestThrottled(t *testing.T) {
	p := visit(t, "/")
	p.resume()
	at.InjectFault(t, authoritytest.Fault{
		Endpoint: authoritytest.EndpointToken, Times: 1,
		Answer: &authoritytest.FaultAnswer{
			Status: 429, RetryAfter: 30 * time.Second,
			JSON: map[string]any{"error": "temporarily_unavailable", "error_description": "AADSTS90055: Too many requests.", "error_codes": []int{90055}},
		},
	})
	p.silently(nil).is(t, "ServerError temporarily_unavailable 90055")
	p.asked("token refresh_token 429")
	p.silently(nil).is(t, "ServerError 90055")
	p.asked()
	p.travel(29 * time.Second)
	p.silently(nil).is(t, "ServerError 90055")
	p.asked()
	p.travel(2 * time.Second)
	p.silently(nil).is(t, "done for "+avery)
	p.asked(renewed)
}
