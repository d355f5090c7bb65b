//go:build js

package jsengine

import (
	"syscall/js"

	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// The events of msal-browser that the engine reports.
const (
	eventAcquireStart         = "msal:acquireTokenStart"
	eventAcquireSuccess       = "msal:acquireTokenSuccess"
	eventAcquireFailure       = "msal:acquireTokenFailure"
	eventNetworkStart         = "msal:acquireTokenFromNetworkStart"
	eventLoginSuccess         = "msal:loginSuccess"
	eventActiveAccountChanged = "msal:activeAccountChanged"
	eventHandleRedirectStart  = "msal:handleRedirectStart"
	eventHandleRedirectEnd    = "msal:handleRedirectEnd"
	eventPopupOpened          = "msal:popupOpened"
	eventLogoutStart          = "msal:logoutStart"
	eventLogoutSuccess        = "msal:logoutSuccess"
	eventLogoutFailure        = "msal:logoutFailure"
	eventLogoutEnd            = "msal:logoutEnd"
	eventRestoreFromBFCache   = "msal:restoreFromBFCache"
)

// The interaction types of events.
const (
	typePopup    = "popup"
	typeRedirect = "redirect"
	typeSilent   = "silent"
)

// The levels of the log.
const (
	logWarning = 1
	logVerbose = 3
)

// heeded reports whether the page has anybody who listens to events: what they would be told
// is not made for nobody.
func (e *engine) heeded() bool {
	v := jsvalue.Get(e.host, "heeded")
	return v.Type() != js.TypeBoolean || v.Bool()
}

// emit reports an event, if anybody heeds it. What the page throws harms nothing.
func (e *engine) emit(event, interaction string, payload js.Value, failed *failure, correlationID string) {
	if !e.heeded() {
		return
	}
	var kind, problem any
	if interaction != "" {
		kind = interaction
	}
	if failed != nil {
		problem = jsonPayload(failed.json())
	}
	_, _ = jsvalue.Call(e.host, "onEvent", event, kind, payload, problem, correlationID)
}

// emitRequest reports an event with the page's request.
func (e *engine) emitRequest(event, interaction string, q *request) {
	if e.heeded() {
		e.emit(event, interaction, q.payload(), nil, q.correlationID)
	}
}

func (e *engine) log(level int, text string) {
	_, _ = jsvalue.Call(e.host, "log", level, "latchkey: "+text)
}

// jsonPayload makes a fresh value of JSON.
func jsonPayload(json string) js.Value {
	v, err := jsvalue.Call(js.Global().Get("JSON"), "parse", json)
	if err != nil {
		return js.Null()
	}
	return v
}

// payload is a copy of the page's own request.
func (q *request) payload() js.Value {
	o, err := jsvalue.Call(js.Global().Get("Object"), "assign", map[string]any{"correlationId": q.correlationID}, q.object)
	if err != nil {
		return js.Null()
	}
	return o
}
