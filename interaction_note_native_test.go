//go:build !js

package latchkey

import (
	"strings"
	"testing"
)

func FuzzDecodeNote(f *testing.F) {
	full := leaseNote{holder: "a", scopes: "b c", account: "d", tenant: "e", token: "f", finished: 7}
	full.refusal.Code, full.refusal.Description = "access_denied", "\x1b\"no"
	for _, seed := range []string{string(full.encode()), "", "{}", "[]", `{"finished":"1"}`, `{"holder":1,"error":null}`, strings.Repeat("[", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		n := decodeNote([]byte(data))
		if again := decodeNote(n.encode()); n.exists && string(again.encode()) != string(n.encode()) {
			t.Errorf("%q became %q", n.encode(), again.encode())
		}
	})
}
