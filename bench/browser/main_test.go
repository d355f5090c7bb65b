package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/js/build/dist"
)

// What is measured is there, and what is sent is counted; how long it takes is not tested. The long form has every row.
func TestRows(t *testing.T) {
	_ = os.Getenv("LATCHKEY_PAGE") // what ci/test says about the built files, of which the go command does not know
	root, err := dist.Root()
	if err != nil {
		t.Fatal(err)
	}
	only := []string{"download", "popup"}
	if os.Getenv("LATCHKEY_SOAK") != "" {
		only = nil
	}
	rows, product, err := measure(t.Context(), root, smallest, only, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(product, "Chrom") {
		t.Errorf("the browser is %q", product)
	}
	want := map[string][3]string{ // of js, wasm and msal-browser, if they are requests
		"popup/first/at the authority":     {"discovery, authorize, token", "discovery, authorize, token", "discovery, authorize, token"},
		"popup/again/at the authority":     {"authorize, token", "authorize, token", "authorize, token"},
		"popup/first/at the page's server": {"/redirect.html", "/redirect.html", "/redirect.html, /redirect.js"},
		"popup/again/at the page's server": {"/redirect.html", "/redirect.html", "/redirect.html, /redirect.js"},
	}
	for _, name := range []string{
		"download/page", "download/page/brotli", "download/redirect", "download/redirect/brotli",
		"ready/new", "ready/new/from script", "ready/new/cpu",
		"ready/signed in/sessionStorage", "ready/signed in/sessionStorage/from script", "ready/signed in/sessionStorage/cpu",
		"ready/signed in/localStorage", "ready/signed in/localStorage/from script", "ready/signed in/localStorage/cpu",
		"silent/sessionStorage/accounts=1", "silent/localStorage/accounts=1", "silent/memoryStorage/accounts=1",
		"silent/sessionStorage/accounts=1/cpu", "silent/localStorage/accounts=1/cpu", "silent/memoryStorage/accounts=1/cpu",
		"popup/first", "popup/first/cpu", "popup/again", "popup/again/cpu", "heap/signed in",
	} {
		if group, _, _ := strings.Cut(name, "/"); only == nil || slices.Contains(only, group) {
			want[name] = [3]string{}
		}
	}
	for _, r := range rows {
		requests, known := want[r.Name]
		if !known {
			t.Errorf("there is a row %s", r.Name)
		}
		delete(want, r.Name)
		for i, candidate := range []string{ours, asWasm, peer} {
			if f := r.Values[candidate]; f.Median <= 0 || f.Rounds < 1 || f.Detail != requests[i] {
				t.Errorf("%s of %s: %+v, want %q", r.Name, candidate, f, requests[i])
			}
		}
	}
	for name := range want {
		t.Errorf("there is no row %s", name)
	}
	printed(t, rows)
}

func printed(t *testing.T, rows []row) {
	t.Helper()
	var text bytes.Buffer
	if err := printJSON(&text, rows); err != nil {
		t.Fatal(err)
	}
	var read []row
	if err := json.Unmarshal(text.Bytes(), &read); err != nil || len(read) != len(rows) {
		t.Errorf("%d of %d rows are read again, %v", len(read), len(rows), err)
	}
	text.Reset()
	if err := printTable(&text, rows); err != nil || strings.Count(text.String(), "\n") != len(rows)+2 {
		t.Error(err, text.String())
	}
}

func TestQuartiles(t *testing.T) {
	for _, tt := range []struct {
		samples []float64
		want    figure
	}{
		{nil, figure{}},
		{[]float64{7}, figure{7, 7, 7, 1, ""}},
		{[]float64{5, 1, 3, 2, 4}, figure{3, 2, 4, 5, ""}},
		{[]float64{4, 1, 3, 2}, figure{2.5, 1.75, 3.25, 4, ""}},
	} {
		if got := quartiles(tt.samples); got != tt.want {
			t.Errorf("quartiles(%v) = %+v, want %+v", tt.samples, got, tt.want)
		}
	}
}

func TestVerdict(t *testing.T) {
	values := func(own, other float64) map[string]figure {
		return map[string]figure{ours: {Median: own}, peer: {Median: other}}
	}
	for _, tt := range []struct {
		row  row
		want string
	}{
		{row{Values: values(2, 1)}, "-"},
		{row{Target: 1.3, Values: values(1.3, 1)}, "1.3"},
		{row{Target: 1.3, Values: values(1.31, 1)}, "1.3, missed"},
	} {
		if got := tt.row.verdict(); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.row, got, tt.want)
		}
	}
}
