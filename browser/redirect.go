//go:build js

package browser

import (
	"context"
	"errors"
	"strings"
	"syscall/js"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/form"
	"github.com/latchkey-auth/latchkey/internal/jsonscan"
	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// A Trip is a sign-in that leaves the page and comes back to it: make one, give its
// ComposeState to AuthCodeURL, keep the flow by [Store.Leave], and send the page to the URL.
// When the page is loaded again, [Store.Return] finishes it.
type Trip struct {
	// Flow is the sign-in.
	Flow *latchkey.AuthCodeFlow
	// ReturnTo is the page where the user was, of this origin.
	ReturnTo string
	// State is the caller's, and comes back.
	State string
}

// ComposeState makes the state of [latchkey.AuthCodeRequest].
func (t *Trip) ComposeState(random string) string {
	return State{ID: random, Interaction: InteractionRedirect, User: t.State}.String()
}

// The items of a redirect in the session storage. A redirect bridge of msal-browser reads
// the first two and writes the third.
func statusItem() string                { return "msal.interaction.status" }
func originItem(clientID string) string { return "msal." + clientID + ".request.origin" }
func answerItem(clientID string) string { return "msal." + clientID + ".urlHash" }
func tripItem(clientID string) string   { return "latchkey.trip." + clientID }
func tripLease(version string) string   { return "latchkey.trip." + version }
func session() js.Value                 { return jsvalue.Get(js.Global(), string(Session)) }
func sessionItem(name string) string    { return storageItem(session(), name) }
func removeSessionItem(name string)     { _, _ = jsvalue.Call(session(), "removeItem", name) }
func setSessionItem(name, v string) error {
	_, err := jsvalue.Call(session(), "setItem", name, v)
	return err
}

func storageItem(storage js.Value, name string) string {
	v, err := jsvalue.Call(storage, "getItem", name)
	if err != nil {
		return ""
	}
	text, _ := jsvalue.String(v)
	return text
}

// Leave keeps a trip in this tab until the page is loaded again, sealed. It takes a lease on
// it that lasts until the page has gone or stay is called; meanwhile another trip of this tab
// is refused with [ErrBusy]. A trip from which the user never returned is forgotten. The
// error may also match [ErrAddress], [ErrQuota] or [ErrUnavailable].
func (s *Store) Leave(ctx context.Context, clientID string, t *Trip) (stay func(), err error) {
	if !SameOrigin(t.ReturnTo) {
		return nil, ErrAddress
	}
	if old, _, ok := strings.Cut(sessionItem(tripItem(clientID)), "."); ok {
		unlock, err := tryLock(ctx, tripLease(old))
		if err != nil {
			if errors.Is(err, errTaken) {
				err = ErrBusy
			}
			return nil, err
		}
		unlock()
	}
	flow, err := t.Flow.MarshalJSON()
	if err != nil {
		return nil, err
	}
	text := `{"flow":` + string(flow) + `,"return":` + jsonscan.Quote(t.ReturnTo) + `,"state":` + jsonscan.Quote(t.State) + `}`
	version, sealed, err := s.sealer.seal(ctx, []byte(text), func(nonce string) string { return tripBound(clientID, nonce) })
	if err != nil {
		return nil, err
	}
	unlock, err := tryLock(ctx, tripLease(version))
	if err != nil {
		return nil, err
	}
	status := `{"clientId":` + jsonscan.Quote(clientID) + `,"type":"signin"}`
	for _, i := range [...][2]string{{tripItem(clientID), version + "." + sealed}, {statusItem(), status}, {originItem(clientID), t.ReturnTo}} {
		if err := setSessionItem(i[0], i[1]); err != nil {
			unlock()
			ForgetTrip(clientID)
			return nil, full(err)
		}
	}
	return unlock, nil
}

// SigningOut tells a redirect page that is the post-logout redirect URI where to go on. It
// does not block; a page that lacks it shows nothing but itself.
func SigningOut(clientID, returnTo string) {
	if SameOrigin(returnTo) && setSessionItem(originItem(clientID), returnTo) == nil {
		_ = setSessionItem(statusItem(), `{"clientId":`+jsonscan.Quote(clientID)+`,"type":"signout"}`)
	}
}

func tripBound(clientID, nonce string) string {
	return cache.Key("latchkey", "trip", string(Session), clientID, nonce)
}

// HasTrip reports whether this tab left for a sign-in of the client. It does not block.
func HasTrip(clientID string) bool { return sessionItem(tripItem(clientID)) != "" }

// ForgetTrip forgets the trip of this tab, if there is one. It does not block.
func ForgetTrip(clientID string) {
	removeSessionItem(tripItem(clientID))
	removeSessionItem(originItem(clientID))
	removeSessionItem(answerItem(clientID))
	if status, err := jsonscan.Parse(sessionItem(statusItem())); err == nil {
		if owner, _ := status.Get("clientId").Text(); owner == clientID {
			removeSessionItem(statusItem())
		}
	}
}

// TakeAnswer returns what the redirect page left for this page, once: the fragment or query
// that it was opened with; empty if there is none. It does not block.
func TakeAnswer(clientID string) string {
	answer := sessionItem(answerItem(clientID))
	removeSessionItem(answerItem(clientID))
	if len(answer) > maxPayload {
		return ""
	}
	return answer
}

// LeaveAnswer keeps the answer for the page that is loaded next. It does not block.
func LeaveAnswer(clientID, answer string) error {
	if err := setSessionItem(answerItem(clientID), answer); err != nil {
		return full(err)
	}
	return nil
}

// Trip returns the trip that this tab went on; nil if there is none. The error matches
// [ErrDamaged]; then the trip is forgotten.
func (s *Store) Trip(ctx context.Context, clientID string) (*Trip, error) {
	value := sessionItem(tripItem(clientID))
	if value == "" {
		return nil, nil
	}
	t, err := s.openTrip(ctx, clientID, value)
	if errors.Is(err, ErrDamaged) {
		ForgetTrip(clientID)
	}
	return t, err
}

func (s *Store) openTrip(ctx context.Context, clientID, value string) (*Trip, error) {
	nonce, sealed, _ := strings.Cut(value, ".")
	text, err := s.sealer.open(ctx, nonce, sealed, tripBound(clientID, nonce))
	if err != nil {
		return nil, err
	}
	object, err := jsonscan.Parse(string(text))
	if err != nil {
		return nil, ErrDamaged
	}
	t := &Trip{Flow: &latchkey.AuthCodeFlow{}}
	t.ReturnTo, _ = object.Get("return").Text()
	t.State, _ = object.Get("state").Text()
	if err := t.Flow.UnmarshalJSON([]byte(object.Get("flow").Raw())); err != nil {
		return nil, ErrDamaged
	}
	return t, nil
}

// Return finishes a trip with the answer that the redirect page was opened with. A trip is
// finished once, by one page and one client of it; result and error are nil if another one
// was faster. If the answer is to another sign-in, the error is a
// [*latchkey.ValidationError] and the trip goes on.
func (s *Store) Return(ctx context.Context, client *latchkey.PublicClient, clientID, answer string) (*latchkey.Result, error) {
	unlock, err := lock(ctx, "latchkey.return."+clientID)
	if err != nil {
		return nil, err
	}
	defer unlock()
	t, err := s.Trip(ctx, clientID)
	if t == nil || err != nil {
		return nil, err
	}
	if Answered(answer) == t.Flow.State() {
		ForgetTrip(clientID) // before it is used: a state is good once
	}
	return client.AcquireTokenByCode(ctx, t.Flow, answer)
}

// Answered returns the state that an answer is for; empty if it is no answer of an authority,
// which has one.
func Answered(answer string) string {
	if len(answer) > maxPayload {
		return ""
	}
	values, err := form.Parse(strings.TrimPrefix(strings.TrimPrefix(answer, "#"), "?"))
	if err != nil || len(values.All("state")) != 1 || !values.Has("code") && !values.Has("error") {
		return ""
	}
	return values.Get("state")
}

// SameOrigin reports whether an address is one of this origin, http or https (rule R47).
func SameOrigin(address string) bool {
	url, err := jsvalue.New("URL", address)
	if err != nil {
		return false
	}
	origin, err := jsvalue.Text(url, "origin")
	if err != nil {
		return false
	}
	own, err := jsvalue.Text(jsvalue.Get(js.Global(), "location"), "origin")
	return err == nil && origin == own && (strings.HasPrefix(own, "https://") || strings.HasPrefix(own, "http://"))
}
