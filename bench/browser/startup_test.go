package main

import (
	"io"
	"os"
	"slices"
	"testing"

	"github.com/latchkey-auth/latchkey/js/build/dist"
)

// What always runs until a page is ready is in parentheses, also after an app's bundler has minified it once more: else
// it is compiled when it is called, on the page's thread. And what is in parentheses runs.
func TestStartup(t *testing.T) {
	_ = os.Getenv("LATCHKEY_PAGE") // what ci/test says about the built files, of which the go command does not know
	root, err := dist.Root()
	if err != nil {
		t.Fatal(err)
	}
	candidates, err := build(t.Context(), root, smallest.level, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(candidates, func(c *candidate) bool { return c.name == ours })
	functions, err := started(candidates[at], "/app.js")
	if err != nil {
		t.Fatal(err)
	}
	var always, late, idle int
	for _, f := range functions {
		switch in := f.inParentheses(); {
		case f.always && !in:
			late++
		case !f.always && in:
			idle++
		}
		if f.always {
			always++
		}
	}
	// The facade's functions are not listed, nor are those without a name in the runtime and the methods of its objects,
	// about a quarter. Function literals are in parentheses anyway, and about a quarter as many of them do not run.
	if always < 300 || late > always/3 || idle > always/3 {
		t.Errorf("%d functions always run, %d of them not in parentheses; %d in parentheses do not: "+
			"go run ./bench/browser --startup lists them again", always, late, idle)
	}
}
