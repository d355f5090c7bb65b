//go:build !js

package jsonscan_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

var response = `{"token_type":"Bearer","scope":"openid profile https://graph.example/.default","expires_in":3599,` +
	`"ext_expires_in":3599,"access_token":"` + strings.Repeat("eyJ0eXAi", 180) + `","refresh_token":"` +
	strings.Repeat("0.AAAA-x", 150) + `","id_token":"` + strings.Repeat("eyJ0eXAi", 150) + `","client_info":"eyJ1aWQiOiJ4In0"}`

func TestAllocations(t *testing.T) {
	v := parse(t, response)
	merge := parse(t, `{"id_token":{"acr":{"essential":true}}}`)
	tests := []struct {
		label string
		most  float64
		run   func()
	}{
		{"Parse", 0, func() { jsonscan.Parse(response) }},
		{"Get and Text", 0, func() { v.Get("client_info").Text() }},
		{"Get and Int", 0, func() { v.Get("expires_in").Int() }},
		{"Each", 0, func() { v.Each(func(string, jsonscan.Value) bool { return true }) }},
		{"Quote", 2, func() { jsonscan.Quote("access_token") }},
		{"Merge", 12, func() { jsonscan.Merge(merge, merge) }},
	}
	for _, test := range tests {
		if got := testing.AllocsPerRun(100, test.run); got > test.most {
			t.Errorf("%s: %v allocations, want %v at most", test.label, got, test.most)
		}
	}
}

// Quote writes what json.Marshal of this toolchain writes, so that what is stored does not depend on who stored it.
func TestQuoteIsThatOfEncodingJSON(t *testing.T) {
	var all strings.Builder
	for r := rune(0); r < 0x3000; r++ {
		all.WriteRune(r)
	}
	all.WriteString("😀\uFFFD\xff\xc3\x28\xed\xa0\x80")
	want, err := json.Marshal(all.String())
	if err != nil {
		t.Fatal(err)
	}
	if got := jsonscan.Quote(all.String()); got != string(want) {
		t.Errorf("Quote differs from json.Marshal:\n%s\n%s", got, want)
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(response)))
	for i := 0; i < b.N; i++ {
		v, err := jsonscan.Parse(response)
		if err != nil || !v.Get("client_info").Exists() {
			b.Fatal(err)
		}
	}
}
