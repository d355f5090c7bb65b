package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/profiler"
	"github.com/chromedp/chromedp"

	"github.com/latchkey-auth/latchkey/js/build/dist"
)

// listStartup lists the functions of the JavaScript engine that always run until a page is ready, for the build to have
// V8 compile them while it reads the script.
func listStartup(ctx context.Context, root string, log io.Writer) error {
	options := dist.Options{Root: root, Engines: []string{dist.JS}, Log: log}
	engine, err := dist.NamedEngine(ctx, options)
	if err != nil {
		return err
	}
	if err := dist.Bundle(options); err != nil {
		return err
	}
	built := dist.Folder(root)
	app, err := bundle(filepath.Join(root, "bench", "browser", "page", "app.js"), filepath.Join(built, "latchkey.js"), "./engine.js")
	if err != nil {
		return err
	}
	redirect, err := os.ReadFile(filepath.Join(built, "redirect.html"))
	if err != nil {
		return err
	}
	c := &candidate{name: ours, files: map[string]file{
		"/app.js": newFile(app, 1), "/engine.js": newFile(engine, 1), "/redirect.html": newFile(redirect, 1),
	}}
	functions, err := started(c, "/engine.js")
	if err != nil {
		return err
	}
	var names []string
	for _, f := range functions {
		if name := dist.NameOf(f.before); f.always && name != "" {
			names = append(names, name)
		}
	}
	fmt.Fprintf(log, "%d functions always run until a page is ready\n", len(names))
	return dist.WriteStartup(root, names)
}

// A function is one of a page's script.
type function struct {
	before, after string // text around it
	always        bool   // it ran until each page was ready
}

// inParentheses says whether V8 compiles the function with the one around it.
func (f function) inParentheses() bool {
	before, is := strings.CutSuffix(f.before, "(")
	if !is || !strings.HasPrefix(f.after, ")") || before == "" {
		return false
	}
	// The only argument of a call is in parentheses too.
	return strings.ContainsAny(before[len(before)-1:], "=([,;:?&|{}!")
}

// started serves a candidate and returns the functions of one of its scripts that V8 knows of when a page is ready: at a
// new origin, and signed in with either storage.
func started(c *candidate, script string) ([]function, error) {
	b := &bench{size: smallest, samples: newSamples(), candidates: []*candidate{c}}
	defer b.close()
	if err := b.open(); err != nil {
		return nil, err
	}
	code := utf16.Encode([]rune(string(c.files[script].plain)))
	type place struct{ start, end int64 }
	ran := map[place]int{} // in how many pages
	look := func(t *tab, origin, cache string) error {
		functions, err := t.covered(origin+"/?still&cache="+cache, origin+script)
		for _, f := range functions {
			at := place{f.Ranges[0].StartOffset, f.Ranges[0].EndOffset}
			ran[at] += min(1, int(f.Ranges[0].Count))
		}
		return err
	}
	err := b.inTab(func(t *tab) error { return look(t, c.site.origin("new."), session) })
	if err != nil {
		return nil, err
	}
	storages := []string{session, local}
	for _, cache := range storages {
		tabs, err := b.signedIn(cache, 1)
		if err != nil {
			return nil, err
		}
		defer closeAll(tabs)
		// From another site, in a process of its own, so that nothing of the page before is in memory.
		if err := tabs[c].visit("http://127.0.0.1:" + c.site.port + "/redirect.html?" + cache); err != nil {
			return nil, err
		}
		if err := look(tabs[c], c.site.origin(""), cache); err != nil {
			return nil, err
		}
	}
	const context = 400 // longer than any name
	var functions []function
	for _, at := range slices.SortedFunc(maps.Keys(ran), func(a, b place) int { return cmp.Compare(a.start, b.start) }) {
		functions = append(functions, function{
			before: string(utf16.Decode(code[max(0, at.start-context):at.start])),
			after:  string(utf16.Decode(code[at.end:min(at.end+1, int64(len(code)))])),
			always: ran[at] == 1+len(storages),
		})
	}
	return functions, nil
}

// covered goes to an address, waits until the page is ready, and returns the functions of a script and how often each was called.
func (t *tab) covered(address, script string) ([]*profiler.FunctionCoverage, error) {
	if _, err := chromedp.Call(t.ctx, profiler.Enable, cdp.Empty{}); err != nil {
		return nil, err
	}
	if _, err := chromedp.Call(t.ctx, profiler.StartPreciseCoverage, profiler.StartPreciseCoverageParams{CallCount: new(true)}); err != nil {
		return nil, err
	}
	if _, err := t.load(address); err != nil {
		return nil, err
	}
	all, err := chromedp.Call(t.ctx, profiler.TakePreciseCoverage, cdp.Empty{})
	if err != nil {
		return nil, err
	}
	for _, s := range all.Result {
		if s.URL == script {
			return s.Functions, nil
		}
	}
	return nil, fmt.Errorf("chromium does not say which functions of %s ran", script)
}
