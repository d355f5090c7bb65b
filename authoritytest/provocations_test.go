package authoritytest

import (
	"maps"
	"strings"
	"time"
)

// provocations are what brings about each answer of the table, by condition and place.
func provocations() map[string]func(*probe) seen {
	all := map[string]func(*probe) seen{}
	for _, some := range []map[string]func(*probe) seen{requestProvocations(), clientProvocations(), grantProvocations(), userProvocations(), demandProvocations(), consentProvocations()} {
		maps.Copy(all, some)
	}
	return all
}

func nothing() {}

func requestProvocations() map[string]func(*probe) seen {
	elsewhere := func(p *probe, tenant string, app App, list ...string) seen {
		p.a.meta["token_endpoint"] = p.s.URL() + "/" + tenant + entraToken
		p.a.meta["authorization_endpoint"] = p.s.URL() + "/" + tenant + entraAuthorize
		if len(list) == 0 {
			status, body, _ := p.a.get(p.a.authorizeURL(app))
			return p.page(status, text(body["text"]))
		}
		return p.token(p.a.token(app, list...))
	}
	password := []string{"grant_type", "password", "username", avery, "password", "x", "scope", "openid"}
	appOnly := []string{"grant_type", "client_credentials", "scope", "api://" + defaultAPI + "/.default"}
	return map[string]func(*probe) seen{
		"tenant-unknown page":    func(p *probe) seen { return elsewhere(p, "nobody.test", p.a.app("web")) },
		"tenant-unknown token":   func(p *probe) seen { return elsewhere(p, "nobody.test", p.a.app("native"), password...) },
		"tenant-missing token":   func(p *probe) seen { return elsewhere(p, "organizations", p.a.app("web"), appOnly...) },
		"app-unknown page":       func(p *probe) seen { return p.open(p.a, "client_id", fabrikamID) },
		"app-unknown token":      func(p *probe) seen { return p.password("client_id", fabrikamID) },
		"app-single-tenant page": func(p *probe) seen { return elsewhere(p, "common", p.a.app("daemon")) },
		"app-single-tenant token": func(p *probe) seen {
			return elsewhere(p, "common", p.a.app("daemon"), appOnly...)
		},
		"app-organizations-only page": func(p *probe) seen {
			p.editApp("web", func(a *App) { a.OrganizationsOnly = true })
			return elsewhere(p, "consumers", p.a.app("web"))
		},
		"app-organizations-only token": func(p *probe) seen {
			p.editApp("native", func(a *App) { a.OrganizationsOnly = true })
			return elsewhere(p, "consumers", p.a.app("native"), password...)
		},
		"redirect-mismatch page": func(p *probe) seen { return p.open(p.a, "redirect_uri", "https://elsewhere.test/") },
		"resource-unknown authorize": func(p *probe) seen {
			return p.redirect(p.a.callback(p.b, p.a.app("web"), "scope", "openid api://nothing/X"))
		},
		"resource-unknown refresh": func(p *probe) seen { return p.refresh(nothing, "scope", "api://nothing/X") },
		"resource-unknown token":   func(p *probe) seen { return p.password("scope", "api://nothing/X") },
		"scope-invalid authorize":  func(p *probe) seen { return p.redirect(p.a.callback(p.b, p.a.app("web"), "scope", "No.Such")) },
		"scope-invalid refresh":    func(p *probe) seen { return p.refresh(nothing, "scope", "No.Such") },
		"scope-invalid token":      func(p *probe) seen { return p.password("scope", "No.Such") },
		"scope-of-app token": func(p *probe) seen {
			return p.token(p.a.token(p.a.app("daemon"), "grant_type", "client_credentials", "scope", tasksRead))
		},
		"resource-undeclared authorize": func(p *probe) seen {
			return p.undeclared(func() seen { return p.redirect(p.a.callback(p.b, p.a.app("web"), "scope", tasksRead)) })
		},
		"resource-undeclared refresh": func(p *probe) seen {
			return p.undeclared(func() seen { return p.refresh(nothing, "scope", tasksRead) })
		},
	}
}

// undeclared lets the app web have no permission of the API.
func (p *probe) undeclared(ask func() seen) seen {
	p.editApp("web", func(a *App) {
		a.StaticPermissions, a.Permissions = true, []string{"openid", "profile", "offline_access", graphIDURI + "/User.Read"}
	})
	return ask()
}

func clientProvocations() map[string]func(*probe) seen {
	client := func(list ...string) func(*probe) seen {
		return func(p *probe) seen {
			form := []string{"grant_type", "client_credentials", "scope", "api://" + defaultAPI + "/.default"}
			return p.token(p.a.token(p.a.app("daemon"), append(form, list...)...))
		}
	}
	asserted := func(register func(*probe, *App), header member, claims member) func(*probe) seen {
		return func(p *probe) seen {
			p.editApp("daemon", func(a *App) { register(p, a) })
			full := member{"iss": defaultDaemon, "sub": defaultDaemon, "aud": p.a.endpoint("token_endpoint"), "jti": "1", "exp": time.Now().Add(time.Minute).Unix()}
			maps.Copy(full, claims)
			signed := signAssertion(p.t, "p256", header, full)
			return p.from("", App{ClientID: defaultDaemon}, "grant_type", "client_credentials", "scope", "api://"+defaultAPI+"/.default", "client_assertion_type", assertionType, "client_assertion", signed)
		}
	}
	known := func(p *probe, a *App) { a.Keys = []AppKey{{JWK: jwkOf(p.t, "p256", member{"kid": "k"})}} }
	es := member{"alg": "ES256", "kid": "k"}
	return map[string]func(*probe) seen{
		"secret-missing token": func(p *probe) seen {
			return p.from("", App{ClientID: defaultDaemon}, "grant_type", "client_credentials", "scope", "api://"+defaultAPI+"/.default")
		},
		"secret-wrong token": client("client_secret", "wrong"),
		"secret-expired token": func(p *probe) seen {
			p.editApp("daemon", func(a *App) { a.SecretExpiry = []time.Time{p.s.Clock.Now().Add(time.Hour)} })
			p.a.mustToken(p.a.app("daemon"), "grant_type", "client_credentials", "scope", "api://"+defaultAPI+"/.default")
			p.s.Clock.Advance(2 * time.Hour)
			return client()(p)
		},
		"key-unknown token": asserted(known, member{"alg": "ES256", "kid": "other"}, nil),
		"key-expired token": asserted(func(p *probe, a *App) {
			known(p, a)
			a.Keys[0].Expires = p.s.Clock.Now()
		}, es, nil),
		"key-signature token": asserted(func(p *probe, a *App) {
			a.Keys = []AppKey{{JWK: jwkOf(p.t, "p384", member{"kid": "k"})}}
		}, es, nil),
		"assertion-time token": asserted(known, es, member{"exp": time.Now().Add(-time.Hour).Unix()}),
		"public-client-secret token": func(p *probe) seen {
			return p.password("client_secret", "x")
		},
		"public-flow-off token": func(p *probe) seen {
			p.editApp("native", func(a *App) { a.AllowPublicFlows = false })
			return p.password()
		},
		"grant-unsupported token": client("grant_type", "urn:example:nothing"),
		"grant-off-tenant token":  func(p *probe) seen { return p.passwordAt(p.at("common"), avery) },
		"spa-same-origin token":   func(p *probe) seen { return p.from("", p.a.app("spa"), spaGrant(p.spa())...) },
		"spa-same-origin refresh": func(p *probe) seen {
			token := p.from(spaOrigin, p.a.app("spa"), spaGrant(p.spa())...).contents
			return p.from("", p.a.app("spa"), "grant_type", "refresh_token", "refresh_token", token)
		},
		"cross-origin token": func(p *probe) seen { return p.from(spaOrigin, p.a.app("web"), codeGrant(p.code())...) },
		"cross-origin refresh": func(p *probe) seen {
			tokens := p.a.redeem(p.code())
			return p.from(spaOrigin, p.a.app("web"), "grant_type", "refresh_token", "refresh_token", text(tokens["refresh_token"]))
		},
	}
}

func grantProvocations() map[string]func(*probe) seen {
	frequency := Requirement{Name: "every minute", Demand: DemandSignInFrequency, Frequency: time.Minute}
	later := func(p *probe, d time.Duration) func() { return func() { p.s.Clock.Advance(d) } }
	revoke := func(p *probe) func() {
		return func() {
			if err := p.s.RevokeSessions(avery); err != nil {
				p.t.Error(err)
			}
		}
	}
	return map[string]func(*probe) seen{
		"code-spent token": func(p *probe) seen {
			code := p.code()
			p.a.redeem(code)
			return p.redeem(code)
		},
		"code-expired token": func(p *probe) seen {
			code := p.code()
			p.s.Clock.Advance(time.Hour)
			return p.redeem(code)
		},
		"code-redirect-mismatch token": func(p *probe) seen { return p.redeem(p.code(), "redirect_uri", "http://localhost:1234/callback") },
		"code-verifier token":          func(p *probe) seen { return p.redeem(p.code(), "code_verifier", strings.Repeat("x", 43)) },
		"refresh-unknown refresh":      func(p *probe) seen { return p.token(p.a.refresh("nothing")) },
		"refresh-inactive refresh":     func(p *probe) seen { return p.refresh(later(p, 91*24*time.Hour)) },
		"spa-refresh-expired refresh": func(p *probe) seen {
			token := p.from(spaOrigin, p.a.app("spa"), spaGrant(p.spa())...).contents
			p.s.Clock.Advance(23 * time.Hour)
			token = p.from(spaOrigin, p.a.app("spa"), "grant_type", "refresh_token", "refresh_token", token).contents
			p.s.Clock.Advance(2 * time.Hour)
			return p.from(spaOrigin, p.a.app("spa"), "grant_type", "refresh_token", "refresh_token", token)
		},
		"refresh-too-old refresh": func(p *probe) seen {
			p.demand(frequency)
			return p.refresh(later(p, 2*time.Minute))
		},
		"refresh-too-old on-behalf-of": func(p *probe) seen {
			p.demand(frequency)
			return p.behalf(later(p, 2*time.Minute))
		},
		"sessions-revoked refresh":      func(p *probe) seen { return p.refresh(revoke(p)) },
		"sessions-revoked on-behalf-of": func(p *probe) seen { return p.behalf(revoke(p)) },
		"assertion-invalid on-behalf-of": func(p *probe) seen {
			return p.exchange("x")
		},
		"assertion-foreign on-behalf-of": func(p *probe) seen {
			return p.exchange(text(p.a.redeem(p.code())["access_token"]))
		},
		"assertion-expired on-behalf-of": func(p *probe) seen { return p.behalf(later(p, 2*time.Hour)) },
		"assertion-of-app on-behalf-of": func(p *probe) seen {
			tokens := p.a.mustToken(p.a.app("daemon"), "grant_type", "client_credentials", "scope", "api://"+defaultAPI+"/.default")
			return p.exchange(text(tokens["access_token"]))
		},
	}
}

func userProvocations() map[string]func(*probe) seen {
	disable := func(p *probe) func() { return func() { p.editUser(func(u *User) { u.Disabled = true }) } }
	lock := func(p *probe) func() { return func() { p.editUser(func(u *User) { u.Locked = true }) } }
	assign := func(p *probe) func() {
		return func() {
			for _, name := range []string{"web", "api", "native"} {
				p.editApp(name, func(a *App) { a.AssignmentRequired, a.Assigned = true, []string{blake} })
			}
		}
	}
	return map[string]func(*probe) seen{
		"user-unknown token":   func(p *probe) seen { return p.password("username", "nobody@contoso.test") },
		"password-wrong token": func(p *probe) seen { return p.password("password", "wrong") },
		"user-removed refresh": func(p *probe) seen {
			return p.refresh(func() { p.change(func(d *Directory) { d.Users = d.Users[1:] }) })
		},
		"user-disabled token": func(p *probe) seen {
			disable(p)()
			return p.password()
		},
		"user-disabled refresh":      func(p *probe) seen { return p.refresh(disable(p)) },
		"user-disabled on-behalf-of": func(p *probe) seen { return p.behalf(disable(p)) },
		"user-locked token": func(p *probe) seen {
			lock(p)()
			return p.password()
		},
		"user-locked refresh":   func(p *probe) seen { return p.refresh(lock(p)) },
		"guest-uninvited page":  func(p *probe) seen { return p.typed(p.a, emery) },
		"guest-uninvited token": func(p *probe) seen { return p.passwordAt(p.a, casey) },
		"guest-uninvited refresh": func(p *probe) seen {
			tokens := p.a.redeem(p.code())
			p.editUser(func(u *User) { u.GuestOf = nil })
			return p.token(p.at("fabrikam.test").refresh(tokens["refresh_token"]))
		},
		"account-type page":            func(p *probe) seen { return p.typed(p.at("organizations"), casey) },
		"account-type token":           func(p *probe) seen { return p.passwordAt(p.at("organizations"), casey) },
		"user-unassigned authorize":    func(p *probe) seen { return p.silent(assign(p)) },
		"user-unassigned token":        func(p *probe) seen { assign(p)(); return p.password() },
		"user-unassigned refresh":      func(p *probe) seen { return p.refresh(assign(p)) },
		"user-unassigned on-behalf-of": func(p *probe) seen { return p.behalf(assign(p)) },
		"login-required authorize":     func(p *probe) seen { return p.redirect(p.a.callback(p.b, p.a.app("web"), "prompt", "none")) },
		"account-selection authorize": func(p *probe) seen {
			return p.silent(func() {
				if _, err := p.b.Complete(p.t.Context(), p.a.authorizeURL(p.a.app("web"), "prompt", "login"), blake); err != nil {
					p.t.Error(err)
				}
			})
		},
		"session-too-old authorize": func(p *probe) seen {
			p.demand(Requirement{Name: "every minute", Demand: DemandSignInFrequency, Frequency: time.Minute})
			return p.silent(func() { p.s.Clock.Advance(2 * time.Minute) })
		},
	}
}

func demandProvocations() map[string]func(*probe) seen {
	all := map[string]func(*probe) seen{}
	for name, demand := range map[string]Demand{
		"mfa-required": DemandMFA, "mfa-registration": DemandMFARegistration, "password-expired": DemandPasswordChange, "device-required": DemandDevice,
		"device-not-compliant": DemandCompliantDevice, "device-not-joined": DemandJoinedDevice, "access-blocked": DemandBlock, "terms-of-use": DemandTermsOfUse,
	} {
		demands := func(p *probe) func() { return func() { p.demand(Requirement{Name: name, Demand: demand}) } }
		all[name+" authorize"] = func(p *probe) seen { return p.silent(demands(p)) }
		all[name+" refresh"] = func(p *probe) seen { return p.refresh(demands(p)) }
		all[name+" on-behalf-of"] = func(p *probe) seen { return p.behalf(demands(p)) }
		all[name+" token"] = func(p *probe) seen {
			demands(p)()
			return p.password()
		}
	}
	old := func(ask func(p *probe, passes func()) seen) func(*probe) seen {
		return func(p *probe) seen {
			p.demand(Requirement{Name: "verify every minute", Demand: DemandMFA, Frequency: time.Minute})
			return ask(p, func() { p.s.Clock.Advance(2 * time.Minute) })
		}
	}
	all["mfa-expired authorize"] = old(func(p *probe, passes func()) seen { return p.silent(passes) })
	all["mfa-expired refresh"] = old(func(p *probe, passes func()) seen { return p.refresh(passes) })
	all["mfa-expired on-behalf-of"] = old(func(p *probe, passes func()) seen { return p.behalf(passes) })
	all["mfa-expired token"] = old(func(p *probe, passes func()) seen {
		code := p.code()
		passes()
		return p.redeem(code)
	})
	return all
}

func consentProvocations() map[string]func(*probe) seen {
	const write, purge = "openid api://" + defaultAPI + "/Tasks.Write", "openid api://" + defaultAPI + "/Tasks.Purge"
	poll := func(p *probe, d map[string]any) seen { return p.token(p.a.poll(d)) }
	return map[string]func(*probe) seen{
		"consent-missing token": func(p *probe) seen { return p.password("scope", write) },
		"consent-missing refresh": func(p *probe) seen {
			return p.refresh(func() { p.change(func(d *Directory) { d.Consents = nil }) }, "scope", "User.Read")
		},
		"consent-missing on-behalf-of": func(p *probe) seen {
			return p.behalf(nothing, "scope", graphIDURI+"/Mail.Read")
		},
		"consent-required authorize": func(p *probe) seen { return p.silent(nothing, "scope", write) },
		"consent-by-admin authorize": func(p *probe) seen { return p.silent(nothing, "scope", purge) },
		"consent-by-admin-denied authorize": func(p *probe) seen {
			return p.redirect(p.a.callback(p.b, p.a.app("web"), "scope", purge))
		},
		"consent-declined authorize": func(p *probe) seen {
			p.b.Decline = true
			return p.redirect(p.a.callback(p.b, p.a.app("web"), "scope", write))
		},
		"device-pending token": func(p *probe) seen { return poll(p, p.a.device()) },
		"device-declined token": func(p *probe) seen {
			d := p.a.device()
			if err := p.s.DenyDevice(p.t.Context(), text(d["user_code"]), avery); err != nil {
				p.t.Error(err)
			}
			return poll(p, d)
		},
		"device-expired token": func(p *probe) seen {
			d := p.a.device()
			p.s.Clock.Advance(time.Hour)
			return poll(p, d)
		},
		"device-unknown token": func(p *probe) seen { return poll(p, map[string]any{"device_code": "x"}) },
	}
}
