package latchkey

import (
	"context"
	"slices"
	"testing"
)

// R34: once the authority has answered, the first thing that happens is the save. What comes
// between is the time in which a kill costs the new refresh token.
func TestR34_NothingBetweenAnswerAndSave(t *testing.T) {
	w, store, c, r := troubled(t)
	var steps []string
	w.token = func(q asked) answer {
		steps = append(steps, "answer")
		return w.grant(q).answer()
	}
	store.during = func(method string) { steps = append(steps, method) }
	if _, err := c.AcquireTokenSilent(context.Background(), forced(r.Account, "a")); err != nil {
		t.Fatal(err)
	}
	if want := []string{"Lock", "Load", "answer", "Save"}; !slices.Equal(steps, want) {
		t.Errorf("the steps of a renewal are %q, want %q", steps, want)
	}
}
