//go:build !js

package form_test

import (
	"testing"

	"github.com/latchkey-auth/latchkey/internal/form"
)

func TestAllocations(t *testing.T) {
	body := form.Values{
		{"grant_type", "refresh_token"}, {"client_id", "8f1c6f0e-0000-4000-8000-000000000000"},
		{"scope", "openid profile offline_access https://graph.example/.default"}, {"refresh_token", "0.AAAA-bbb_ccc"},
	}
	text := body.Encode()
	tests := []struct {
		label string
		most  float64
		run   func()
	}{
		{"Encode", 1, func() { body.Encode() }},
		{"Escape of nothing", 0, func() { form.Escape("8f1c6f0e-0000") }},
		{"Get", 0, func() { body.Get("refresh_token") }},
		{"Parse: the list, and the value with escapes twice", 3, func() { form.Parse(text) }},
	}
	for _, test := range tests {
		if got := testing.AllocsPerRun(100, test.run); got > test.most {
			t.Errorf("%s: %v allocations, want %v at most", test.label, got, test.most)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		form.Parse("code=0.AAAA-bbb_ccc&state=8f1c6f0e&session_state=xyz&iss=https%3A%2F%2Fop.example")
	}
}
