package cache

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

func FuzzDecodeRecord(f *testing.F) {
	for _, seed := range []string{
		"{}", msalNode, msalGo, string(fullRecord().Encode()), string(manyResources(3).Encode()), `{"LatchkeyFormat":2}`,
		`{"AccessToken":{"a":{"target":"a","requested_scopes":""},"b":{"target":"a"},"c":5,"--accesstoken---a-":[]}}`,
		`{"AccessToken":{"a":{"additionalCacheKeyComponents":{"x":"` + "\xff" + `"}},"b":{"additionalCacheKeyComponents":{"x":"` + "\xfe" + `"}}}}`,
		`{"a":1,"a":2,"Account":{"a":{"tenantProfiles":[{"x":1},"y",null],"x":1,"x":2}}}`, `{"IdToken":{"a":{"realm":null,"secret":"\ud800"}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := DecodeRecord(data)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrNewerFormat) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		first := r.Encode()
		if !json.Valid(first) {
			t.Fatalf("not JSON: %q", first)
		}
		if twice := duplicateName(first); twice != "" {
			t.Fatalf("two members are called %q: %q", twice, first)
		}
		again, err := DecodeRecord(first)
		if err != nil {
			t.Fatalf("what was encoded is refused: %v: %q", err, first)
		}
		if second := again.Encode(); !bytes.Equal(first, second) {
			t.Fatalf("not stable:\n%q\n%q", first, second)
		}
		again.Find(&Query{Scopes: []string{"a"}})
	})
}

// duplicateName returns a name that two members of one object have, if it is we who wrote
// the object.
func duplicateName(data []byte) string {
	top, err := jsonscan.Parse(string(data))
	if err != nil {
		return err.Error()
	}
	twice := duplicate(top)
	for i, name := range sectionNames {
		section := top.Get(name)
		twice += duplicate(section)
		section.Each(func(_ string, v jsonscan.Value) bool {
			if ours(i, v.Get("credential_type")) {
				twice += duplicate(v)
			}
			return true
		})
	}
	return twice
}

func duplicate(object jsonscan.Value) string {
	seen, twice := map[string]bool{}, ""
	object.Each(func(name string, _ jsonscan.Value) bool {
		if seen[name] {
			twice = "twice: " + name
		}
		seen[name] = true
		return true
	})
	return twice
}
