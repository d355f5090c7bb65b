//go:build js

package jsengine

import (
	"context"
	"syscall/js"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/browser"
	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// popupOf returns the window of a request, which is not open yet.
func (e *engine) popupOf(q *request, event bool) *browser.Popup {
	p := &browser.Popup{
		RedirectURI: q.redirectURI, State: q.state, Name: "latchkey." + e.settings.clientID + "." + q.correlationID,
		Width: q.width, Height: q.height, Left: q.left, Top: q.top, Parent: jsvalue.Get(q.object, "popupWindowParent"), Timeout: e.settings.popupTimeout,
	}
	if event {
		p.Opened = func(window js.Value) {
			e.emit(eventPopupOpened, typePopup, js.ValueOf(map[string]any{"popupWindow": window}), nil, q.correlationID)
		}
	}
	return p
}

// report tells the page and the other tabs how an acquisition ended, and has the accounts
// read again first.
func (e *engine) report(ctx context.Context, interaction string, old accountList, result *latchkey.Result, state, correlationID string, err error) {
	if err != nil {
		f := failureOf(err, online())
		f.correlationID = firstOf(correlationID, f.correlationID)
		e.emit(eventAcquireFailure, interaction, js.Null(), f, f.correlationID)
		return
	}
	if result.Source.From == latchkey.FromAuthority {
		e.update(ctx)
		e.tell()
	}
	if result.CacheError != nil {
		e.log(logWarning, "the token is kept in memory only: "+result.CacheError.Error())
	}
	if !e.heeded() {
		return
	}
	e.emit(eventAcquireSuccess, interaction, e.show(result, state, correlationID), nil, correlationID)
	if account := e.entryOf(result); account != nil && len(e.accountsNow()) > len(old) {
		e.emit(eventLoginSuccess, interaction, jsonPayload(account.json), nil, correlationID)
	}
}

// entryOf returns the account of a result.
func (e *engine) entryOf(r *latchkey.Result) *accountEntry {
	a := &r.Account
	return e.accountsNow().find(accountRef{home: a.HomeAccountID, tenant: a.TenantID, environment: a.Environment})
}

// show makes a fresh AuthenticationResult. What does not change from hit to hit is written
// once a token.
func (e *engine) show(r *latchkey.Result, state, correlationID string) js.Value {
	text, known := e.shown[r.AccessToken()]
	if !known {
		account := ""
		if entry := e.entryOf(r); entry != nil {
			account = entry.json
		}
		text = js.ValueOf(resultJSON(r, account, e.settings.authority))
		if len(e.shown) >= maxShown {
			e.shown = map[string]js.Value{}
		}
		if r.AccessToken() != "" {
			e.shown[r.AccessToken()] = text
		}
	}
	o := js.Global().Get("JSON").Call("parse", text)
	o.Set("fromCache", r.Source.From == latchkey.FromCache)
	o.Set("correlationId", firstOf(correlationID, r.CorrelationID))
	o.Set("state", state)
	return o
}

// maxShown bounds the results that are kept as text.
const maxShown = 32

// signOut removes accounts here and returns the page of the authority that ends the session;
// empty if it has none.
func (e *engine) signOut(ctx context.Context, q *request, state string) (string, error) {
	who := e.account(q) // whether or not this page has seen it yet
	if who.HomeAccountID == "" {
		list := e.accountsNow()
		if active := e.activeAccount(); active != nil {
			who = active.identity.Account
		} else if len(list) == 1 {
			who = list[0].identity.Account
		} else {
			who.HomeAccountID = "-" // several: the authority asks which session to end
		}
		for i := range list {
			if a := list[i].identity.Account; a.HomeAccountID != who.HomeAccountID {
				if err := e.client.RemoveAccount(ctx, a); err != nil {
					return "", err
				}
			}
		}
	}
	r := latchkey.SignOutRequest{Account: who, State: state, PostLogoutRedirectURI: e.postLogout(q), Extra: q.extra}
	if q.logoutHint != "" {
		r.Extra = map[string]string{"logout_hint": q.logoutHint}
		for name, value := range q.extra {
			r.Extra[name] = value
		}
	}
	url, err := e.client.SignOut(ctx, r)
	e.forget(ctx) // where the authority could not be asked, the account has gone all the same
	return url, err
}

// postLogout is where the authority sends the browser after a sign-out; empty: nowhere.
func (e *engine) postLogout(q *request) string {
	switch {
	case q.noPostLogoutRedirect:
		return ""
	case q.postLogoutRedirectURI != "":
		return absolute(q.postLogoutRedirectURI)
	case e.settings.noPostLogoutRedirect:
		return ""
	}
	return absolute(firstOf(e.settings.postLogoutRedirectURI, browser.Here()))
}

// absolute makes an address of one that is relative to this page; this page's if it is empty.
func absolute(address string) string {
	url, err := jsvalue.New("URL", address, jsvalue.Get(jsvalue.Get(js.Global(), "location"), "href"))
	if err != nil {
		return address
	}
	text, _ := jsvalue.Text(url, "href")
	return text
}

// forget is what follows each removal: the page and the other tabs see it.
func (e *engine) forget(ctx context.Context) {
	e.update(ctx)
	if e.active.home != "" && e.activeAccount() == nil {
		e.active = accountRef{}
		e.writeActive()
	}
	e.tell()
}

// clear is clearCache: it signs out here, and tells no authority.
func (e *engine) clear(ctx context.Context, q *request) error {
	var all []latchkey.Account
	if q.account.home != "" {
		all = append(all, e.account(q))
	} else {
		for _, a := range e.accountsNow() {
			all = append(all, a.identity.Account)
		}
	}
	for _, a := range all {
		if err := e.client.RemoveAccount(ctx, a); err != nil {
			return err
		}
	}
	e.forget(ctx)
	return nil
}
