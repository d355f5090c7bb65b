package browser

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

func TestState(t *testing.T) {
	for _, s := range []State{
		{ID: "0192f1a4", Interaction: InteractionPopup},
		{ID: "????>>>>~~", Interaction: InteractionRedirect, User: "mine|and|more &=+ \u00e9"},
		{ID: `"quoted"`, Interaction: InteractionSilent, User: "|"},
	} {
		text := s.String()
		if got, ok := ParseState(text); !ok || got != s {
			t.Errorf("ParseState(%q) = %+v, %v", text, got, ok)
		}
		// A redirect bridge of msal-browser reads it with atob and JSON.parse.
		encoded, user, _ := strings.Cut(text, "|")
		raw, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		var object struct {
			ID   string `json:"id"`
			Meta struct {
				InteractionType string `json:"interactionType"`
			} `json:"meta"`
		}
		if err := json.Unmarshal(raw, &object); err != nil || object.ID != s.ID || object.Meta.InteractionType != s.Interaction || user != s.User {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestStateOfOthers(t *testing.T) {
	msal := base64.StdEncoding.EncodeToString([]byte(`{"id":"0192f1a4-1111","meta":{"interactionType":"popup","other":1}}`))
	if s, ok := ParseState(msal + "|user"); !ok || s != (State{"0192f1a4-1111", "popup", "user"}) {
		t.Errorf("%+v, %v", s, ok)
	}
	for _, text := range []string{"", "|", "|user", "%%%", "e30=", "bm8ganNvbg==", base64.StdEncoding.EncodeToString([]byte(`{"id":"x"}`)),
		base64.StdEncoding.EncodeToString([]byte(`{"id":1,"meta":{"interactionType":"popup"}}`)), strings.Repeat("A", 5000)} {
		if s, ok := ParseState(text); ok {
			t.Errorf("ParseState(%.40q) = %+v", text, s)
		}
	}
}

func FuzzParseState(f *testing.F) {
	f.Add(State{ID: "id", Interaction: "popup", User: "u"}.String())
	f.Add("e30=|x")
	f.Add("====")
	f.Fuzz(func(t *testing.T, text string) {
		s, ok := ParseState(text)
		if !ok {
			return
		}
		if again, ok := ParseState(s.String()); !ok || again != s {
			t.Errorf("ParseState(%q) = %+v, and of its own text %+v, %v", text, s, again, ok)
		}
	})
}
