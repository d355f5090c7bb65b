//go:build js

package jsengine

import "github.com/latchkey-auth/latchkey/internal/jsonscan"

// readActive reads the active account, which another tab or an earlier page may have set.
// Without a storage it is what this page set.
func (e *engine) readActive() {
	if e.page != nil {
		e.active = parseActive(e.page.Note("active." + e.settings.clientID))
	}
}

// writeActive keeps the active account for other tabs and later pages.
func (e *engine) writeActive() {
	if e.page == nil {
		return
	}
	if err := e.page.SetNote("active."+e.settings.clientID, e.active.note()); err != nil {
		e.log(logWarning, err.Error())
	}
}

// note is the reference as it is kept; empty if it names nobody.
func (r accountRef) note() string {
	if r.home == "" {
		return ""
	}
	var o object
	o.text("homeAccountId", r.home)
	o.text("localAccountId", r.local)
	o.text("tenantId", r.tenant)
	return o.String()
}

// parseActive reads a note. One that anybody else wrote can at most name another account of
// the cache, or none.
func parseActive(note string) (r accountRef) {
	if note == "" || len(note) > 4096 {
		return r
	}
	o, err := jsonscan.Parse(note)
	if err != nil {
		return r
	}
	r.home, _ = o.Get("homeAccountId").Text()
	r.local, _ = o.Get("localAccountId").Text()
	r.tenant, _ = o.Get("tenantId").Text()
	return r
}
