package authoritytest

// What outlives a call refers to users, apps and tenants as they were then. This file
// finds them in the directory as it is now, by their ids.

// appNow returns the app with the id of one that may be of an older directory, or nil.
func (st *state) appNow(app *App) *App {
	if app == nil {
		return nil
	}
	if app.ClientID == graphClientID {
		return st.roster().graph
	}
	return st.app(app.ClientID)
}

// userNow is appNow for users.
func (st *state) userNow(user *User) *User {
	if user == nil {
		return nil
	}
	return st.roster().objects[user.ObjectID]
}

// tenantNow is appNow for tenants.
func (st *state) tenantNow(tenant *Tenant) *Tenant {
	if tenant == nil {
		return nil
	}
	return st.tenant(tenant.ID)
}

// wantedNow returns the scopes whose APIs there still are.
func (st *state) wantedNow(list []wanted) []wanted {
	var out []wanted
	for _, w := range list {
		if w.api == nil {
			out = append(out, w)
		} else if api := st.appNow(w.api); api != nil && (w.name == scopeDefault || api.hasScope(w.name)) {
			w.api = api
			out = append(out, w)
		}
	}
	return out
}

// appsNow returns those of the apps that there still are.
func (st *state) appsNow(list []*App) []*App {
	var out []*App
	for _, a := range list {
		if a = st.appNow(a); a != nil {
			out = append(out, a)
		}
	}
	return out
}

// grantNow returns the grant with everything as it is now; ok is false if its user, its
// client or its tenant is gone.
func (st *state) grantNow(g *grant) (now *grant, ok bool) {
	out := *g
	out.app, out.user, out.tenant = st.appNow(g.app), st.userNow(g.user), st.tenantNow(g.tenant)
	out.wanted, out.resources = st.wantedNow(g.wanted), st.appsNow(g.resources)
	return &out, out.app != nil && (out.user != nil) == (g.user != nil) && (out.tenant != nil) == (g.tenant != nil)
}

// catchUp brings an interaction up to the directory as it is now. ok is false if what it
// is about is gone.
func (it *interaction) catchUp(st *state) (ok bool) {
	tenant := st.tenantNow(it.tenant)
	if (tenant != nil) != (it.tenant != nil) {
		return false
	}
	it.tenant = tenant
	if it.account.user != nil {
		it.account = st.accountNow(it.account)
	}
	if r := it.request; r != nil {
		hinted := r.hinted != nil
		r.tenant, r.app, r.hinted = tenant, st.appNow(r.app), st.userNow(r.hinted)
		r.wanted, r.resources = st.wantedNow(r.wanted), st.appsNow(r.resources)
		return r.app != nil && (r.hinted != nil) == hinted
	}
	return it.device == nil || st.appNow(it.device.app) != nil
}

// accountNow returns who is signed in as the user is now; without a user if that is
// gone, or everything that the user had was revoked.
func (st *state) accountNow(a signedIn) signedIn {
	if a.epoch != st.epoch(a.user.ObjectID) {
		return signedIn{}
	}
	if a.user = st.userNow(a.user); a.user == nil {
		return signedIn{}
	}
	return a
}

// asked returns what the interaction's device asks for, with everything as it is now.
func (it *interaction) asked(st *state) *grant {
	g, _ := st.grantNow(it.device.asked) // catchUp has seen that the app is there
	return g
}
