package jsengine

import (
	"strings"
	"testing"
)

func TestActiveNote(t *testing.T) {
	ref := accountRef{home: `a"b`, local: "l", tenant: "t"}
	if got := parseActive(ref.note()); got != ref {
		t.Errorf("%+v", got)
	}
	if (accountRef{}).note() != "" {
		t.Error("nobody has a note")
	}
	for _, note := range []string{"", "null", "[]", `"x"`, "{", `{"homeAccountId":7}`, strings.Repeat("x", 5000)} {
		if got := parseActive(note); got != (accountRef{}) {
			t.Errorf("%.20s: %+v", note, got)
		}
	}
}
