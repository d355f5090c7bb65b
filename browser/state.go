package browser

import (
	"strings"

	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// The interaction types of a state.
const (
	InteractionPopup    = "popup"
	InteractionRedirect = "redirect"
	InteractionSilent   = "silent" // a hidden frame
)

// A State is what a redirect page reads in the state parameter.
type State struct {
	// ID is what the caller's BroadcastChannel is called: random, and accepted once.
	ID string
	// Interaction is one of the interaction types.
	Interaction string
	// User is the caller's own state; empty if it has none.
	User string
}

// String writes the state parameter.
func (s State) String() string {
	object := `{"id":` + jsonscan.Quote(s.ID) + `,"meta":{"interactionType":` + jsonscan.Quote(s.Interaction) + `}}`
	encoded := strings.ReplaceAll(strings.ReplaceAll(b64.EncodeString(object), "-", "+"), "_", "/")
	encoded += "==="[:(4-len(encoded)%4)%4]
	if s.User != "" {
		encoded += "|" + s.User
	}
	return encoded
}

// ParseState reads a state parameter, decoded as any form parameter is. ok is false if a
// redirect page could not read it.
func ParseState(text string) (s State, ok bool) {
	encoded, user, _ := strings.Cut(text, "|")
	encoded = strings.TrimRight(strings.ReplaceAll(strings.ReplaceAll(encoded, "+", "-"), "/", "_"), "=")
	if len(encoded) > 4096 {
		return State{}, false
	}
	raw, err := b64.Decode(encoded)
	if err != nil {
		return State{}, false
	}
	object, err := jsonscan.Parse(string(raw))
	if err != nil {
		return State{}, false
	}
	s.ID, _ = object.Get("id").Text()
	s.Interaction, _ = object.Get("meta").Get("interactionType").Text()
	s.User = user
	return s, s.ID != "" && s.Interaction != ""
}
