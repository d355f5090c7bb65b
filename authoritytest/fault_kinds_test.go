package authoritytest

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// criteria are the members of a rule that say when it acts.
var criteria = []string{"name", "endpoint", "shape", "client", "user", "grant", "scope", "skip", "times", "every", "from", "until"}

// FaultKinds leaves out nothing that a rule can do.
func TestFaultKinds(t *testing.T) {
	kinds := FaultKinds()
	if !slices.IsSorted(kinds) || len(slices.Compact(slices.Clone(kinds))) != len(kinds) {
		t.Errorf("not sorted, or twice: %v", kinds)
	}
	members := func(v any) (names []string) {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(v)) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			names = append(names, name)
		}
		return names
	}
	for _, member := range members(Fault{}) {
		if !slices.Contains(criteria, member) && !slices.ContainsFunc(kinds, func(k string) bool { return k == member || strings.HasPrefix(k, member+".") }) {
			t.Errorf("there is no kind of %s", member)
		}
	}
	for member, v := range map[string]any{"answer": FaultAnswer{}, "change": FaultChange{}} {
		for _, what := range members(v) {
			if what = strings.TrimSuffix(strings.TrimSuffix(what, "_bytes"), "_interval"); !slices.Contains(kinds, member+"."+what) {
				t.Errorf("there is no kind %s.%s", member, what)
			}
		}
	}
	for member, values := range map[string][]string{"token": defectNames(), "callback": faultCallbacks, "connection": faultConnections, "keys": faultKeys} {
		for _, v := range values {
			if !slices.Contains(kinds, member+"."+v) {
				t.Errorf("there is no kind %s.%s", member, v)
			}
		}
	}
}
