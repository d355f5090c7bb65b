package authoritytest

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// A login is a sign-in of which something may be demanded.
type login struct {
	user   *User
	client *App
	apis   []*App // what it is for
	at     time.Time
	acts   acts
	fresh  bool // the password was typed for this request, or for the code that it redeems
	claims claimsRequest

	classes []string // any of these values of acr is wanted; none is no wish
}

// unmet returns the first requirement that a login does not satisfy; ok is false if it
// satisfies all.
func (c *call) unmet(l login) (q Requirement, ok bool) {
	list := c.requirements(l)
	slices.SortStableFunc(list, func(a, b Requirement) int {
		return slices.Index(demandOrder, a.Demand) - slices.Index(demandOrder, b.Demand)
	})
	for _, q := range list {
		if !c.satisfied(q, l) {
			return q, true
		}
	}
	return Requirement{}, false
}

// requirements returns what applies to a login: what its user, client and APIs demand,
// what a claims challenge names, and the authentication contexts that it asks for.
func (c *call) requirements(l login) []Requirement {
	named, contexts := l.claims.policies(), l.claims.contexts()
	context := c.neededContext(l, contexts)
	var list []Requirement
	for _, q := range c.s.state.roster().directory.Requirements {
		switch {
		case q.Context != "" && q.Context != context:
		case slices.Contains(named, q.ID()) && (q.User == "" || sameName(q.User, l.user.Username)), q.appliesTo(l.user, l.client, l.apis):
			list = append(list, q)
		}
	}
	if context != "" && !c.knownContext(context) {
		list = append(list, Requirement{Name: context, Context: context, Demand: DemandMFA})
	}
	if slices.Contains(l.classes, "mfa") && !slices.Contains(l.classes, l.acts.class()) {
		list = append(list, Requirement{Name: "acr", Demand: DemandMFA})
	}
	return list
}

// satisfied reports whether a login satisfies a requirement.
func (c *call) satisfied(q Requirement, l login) bool {
	switch q.Demand {
	case DemandBlock:
		return false
	case DemandSignInFrequency:
		if q.Frequency == 0 {
			return l.fresh
		}
		return c.now.Sub(l.at) <= q.Frequency
	}
	done := l.acts
	if q.lasts() {
		done = c.s.state.doneBy(l.user.ObjectID)
	}
	at, ok := done[q.key()]
	return ok && (q.Frequency == 0 || c.now.Sub(at) <= q.Frequency)
}

// knownContext reports whether the directory says what an authentication context demands.
// One that it does not know demands multi-factor authentication.
func (c *call) knownContext(name string) bool {
	return slices.ContainsFunc(c.s.state.roster().directory.Requirements, func(q Requirement) bool { return q.Context == name })
}

// neededContext returns the authentication context that a login has to reach: the first
// that is demanded and not out of reach, unless it has reached another that will do.
func (c *call) neededContext(l login, contexts []string) string {
	if len(contexts) == 0 || !l.claims.access["acrs"].Essential || slices.ContainsFunc(contexts, func(name string) bool { return c.reached(name, l) }) {
		return ""
	}
	for _, name := range contexts {
		if !slices.ContainsFunc(c.s.state.roster().directory.Requirements, func(q Requirement) bool {
			return q.Context == name && q.Demand == DemandBlock && q.appliesTo(l.user, l.client, l.apis)
		}) {
			return name
		}
	}
	return contexts[0]
}

// reached reports whether a login satisfies everything that an authentication context
// demands of it.
func (c *call) reached(context string, l login) bool {
	if !c.knownContext(context) {
		return c.satisfied(Requirement{Demand: DemandMFA}, l)
	}
	for _, q := range c.s.state.roster().directory.Requirements {
		if q.Context == context && q.appliesTo(l.user, l.client, l.apis) && !c.satisfied(q, l) {
			return false
		}
	}
	return true
}

// reachedContexts returns those of the authentication contexts asked for that a login
// satisfies: the acrs of its access token.
func (c *call) reachedContexts(l login) []string {
	return slices.DeleteFunc(l.claims.contexts(), func(name string) bool { return !c.reached(name, l) })
}

// login returns the sign-in behind a grant, as a token for some APIs is asked for.
func (c *call) login(g *grant, apis ...*App) login {
	apis = slices.DeleteFunc(apis, func(a *App) bool { return a == nil })
	return login{user: g.user, client: g.app, apis: apis, at: g.authTime, acts: g.acts, claims: g.claims.merge(c.claims)}
}

// demands refuses a grant whose user has to do more before a token can be issued.
func (c *call) demands(g *grant, a access) *refusal {
	if g.user == nil {
		return nil
	}
	if k := c.assigned(g.app, g.user); k != nil {
		return k
	}
	l := c.login(g, c.resource(a))
	l.fresh = c.params.Get("grant_type") != grantRefresh
	if q, unmet := c.unmet(l); unmet {
		return c.demandRefusal(q, l)
	}
	return nil
}

// demandRefusal is the refusal of a login that does not satisfy a requirement.
func (c *call) demandRefusal(q Requirement, l login) *refusal {
	k := demandConditions[q.Demand]
	_, before := l.acts[q.key()]
	switch {
	case q.Demand == DemandMFA && before:
		k = mfaExpired
	case q.Demand == DemandSignInFrequency && c.route.endpoint.page:
		k = sessionTooOld
	}
	resource := l.client.ClientID
	if len(l.apis) > 0 {
		resource = l.apis[0].ClientID
	}
	out := refused(k, resource)
	out.challenge = q.challenge()
	return out
}

// challenge returns the claims with which the client is to ask again.
func (q Requirement) challenge() string {
	name, spec := "capolids", map[string]any{"essential": true, "values": []string{q.ID()}}
	if q.Context != "" {
		name, spec = "acrs", map[string]any{"essential": true, "value": q.Context}
	}
	text, _ := json.Marshal(map[string]any{"access_token": map[string]any{name: spec}}) // strings always marshal
	return string(text)
}

// assigned refuses a user who is not assigned to an app that demands it.
func (c *call) assigned(app *App, user *User) *refusal {
	if !app.AssignmentRequired || slices.ContainsFunc(app.Assigned, func(name string) bool { return sameName(name, user.Username) }) {
		return nil
	}
	return refused(unassignedUser, user.Username, app.Name)
}

// policies returns the requirements that a claims challenge names.
func (r claimsRequest) policies() []string {
	return slices.Concat(r.access["capolids"].texts(), r.access["polids"].texts())
}

// contexts returns the authentication contexts that are asked for.
func (r claimsRequest) contexts() []string { return r.access["acrs"].texts() }

// classes returns the values of acr that will do, if any are asked for.
func (r claimsRequest) classes() []string { return r.id["acr"].texts() }

// texts returns the values that are asked for, as far as they are strings.
func (s claimSpec) texts() []string {
	var list []string
	for _, raw := range append(slices.Clone(s.Values), s.Value) {
		var text string
		if json.Unmarshal(raw, &text) == nil && strings.TrimSpace(text) != "" {
			list = append(list, text)
		}
	}
	return list
}
