package importrules

import (
	"bufio"
	"path"
	"slices"
	"strings"
	"testing"
)

// pageImports are what a page's build may import beside our own packages.
var pageImports = []string{
	"cmp", "context", "errors", "slices", "strconv", "strings", "sync", "sync/atomic", "syscall/js", "time", "unicode/utf8",
}

// notInPage says why a page's build does without a package. The sizes are what it adds to a compressed wasm program.
var notInPage = map[string]string{
	"bytes":           "strings do",
	"crypto":          "the page has its own cryptography; internal/host asks it",
	"encoding":        "it needs reflection; internal/b64 and internal/jsonscan do without",
	"encoding/base64": "internal/b64 is smaller",
	"encoding/json":   "244 KB; internal/jsonscan reads JSON",
	"fmt":             "130 KB; put strings together, with strconv for numbers",
	"internal/jws":    "198 to 448 KB for signatures, which a page need not check (OIDC Core 3.1.3.7)",
	"io":              "the transport hands over whole bodies as strings",
	"iter":            "newer than the Go 1.21 library of GopherJS",
	"log":             "271 KB for slog; the page's trace is a hook",
	"maps":            "its iterators are newer than the Go 1.21 library of GopherJS",
	"math":            "big numbers come with crypto; the rest is not needed",
	"net":             "1.5 MB; the transport uses fetch",
	"net/url":         "it brings fmt; internal/form and internal/resource parse",
	"os":              "a page has no operating system",
	"reflect":         "it keeps every method of every type in the program",
	"regexp":          "write the few lines by hand",
	"sort":            "slices sorts, without reflection",
	"unicode":         "its tables; unicode/utf8 does",
}

func TestR50_PageImports(t *testing.T) {
	packages := goList(t, ".", "js", closureEntries(t)...)
	report(t, checkPage(packages))
	report(t, checkPageIsWhole(sources(t), packages))
}

// closureEntries reads the packages that a page imports; the scripts in ci read the same file.
func closureEntries(t *testing.T) []string {
	t.Helper()
	var entries []string
	lines := bufio.NewScanner(strings.NewReader(textFiles(t)["ci/closure.txt"]))
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), ".") {
			entries = append(entries, lines.Text())
		}
	}
	if len(entries) == 0 {
		t.Fatal("ci/closure.txt names no package")
	}
	return entries
}

// checkPage finds what the packages of a page's build import and may not.
func checkPage(packages []listed) []string {
	var problems []string
	for _, p := range packages {
		folder, ours := inRepository(p.ImportPath)
		if !ours {
			continue
		}
		for _, file := range p.GoFiles {
			if strings.HasSuffix(file, "_wasm.go") {
				problems = append(problems, path.Join(folder, file)+": GopherJS does not read it; use _js.go (R50)")
			}
		}
		for _, i := range p.Imports {
			own, isOwn := inRepository(i)
			switch {
			case isOwn && notInPage[own] == "", slices.Contains(pageImports, i):
			default:
				problems = append(problems, folder+" imports "+i+" in a page's build: "+whyNot(i))
			}
		}
	}
	return problems
}

// whyNot finds the reason for a package or for the folder that it is in.
func whyNot(importPath string) string {
	name := strings.TrimPrefix(importPath, module+"/")
	for ; name != "."; name = path.Dir(name) {
		if why := notInPage[name]; why != "" {
			return why
		}
	}
	return "it is not on the list in platform_test.go"
}

// checkPageIsWhole finds packages that are made for a page and are not in its build: ci/closure.txt lacks them. Tests alone
// import internal/fakepage.
func checkPageIsWhole(sources []source, packages []listed) []string {
	var problems []string
	for _, s := range sources {
		if s.test || s.folder == "internal/fakepage" || !slices.Contains(s.imports(), "syscall/js") {
			continue
		}
		linked := func(p listed) bool { f, _ := inRepository(p.ImportPath); return f == s.folder }
		if !slices.ContainsFunc(packages, linked) {
			problems = append(problems, s.name+": uses syscall/js, but no package of ci/closure.txt links it")
		}
	}
	return problems
}

// places says which files, or files of which folders, may import a package (and what is below it) outside tests.
var places = map[string][]string{
	"net/http": {
		"transport/nethttp.go", "transport/explain.go", "apiclient/", "apiserver/", "webapp/", "loopback/", "authoritytest/",
		"oauth2source/transport.go", "cmd/", "bench/", "e2e/", "examples/",
	},
	"syscall/js": {
		"transport/fetch_js.go", "transport/promise_js.go", "internal/host/host_js.go", "internal/fakepage/", "internal/jsvalue/", "internal/jsengine/", "browser/",
	},
	"testing": {"cache/cachetest/"},
}

func TestPlaces(t *testing.T) {
	report(t, checkPlaces(sources(t)))
}

func checkPlaces(sources []source) []string {
	var problems []string
	for _, s := range sources {
		for _, i := range s.imports() {
			for restricted, allowed := range places {
				inPlace := slices.ContainsFunc(allowed, func(a string) bool {
					return s.name == a || strings.HasSuffix(a, "/") && strings.HasPrefix(s.name, a)
				})
				if !s.test && !inPlace && (i == restricted || strings.HasPrefix(i, restricted+"/")) {
					problems = append(problems, s.name+": may not import "+i+" (platform_test.go)")
				}
			}
		}
	}
	return problems
}

// No program that uses Latchkey gets the flags and the weight of package testing, not even by way of another package.
func TestNoTesting(t *testing.T) {
	for _, folder := range []string{".", "cmd/latchkey"} {
		report(t, checkTesting(goList(t, folder, "", "./...")))
	}
}

func checkTesting(packages []listed) []string {
	var problems []string
	for _, p := range packages {
		folder, ours := inRepository(p.ImportPath)
		if !ours || slices.Contains(places["testing"], folder+"/") {
			continue
		}
		if slices.Contains(p.Deps, "testing") {
			problems = append(problems, folder+": links testing")
		}
	}
	return problems
}

func TestPlatformCanFail(t *testing.T) {
	file := func(name, imports string) []source {
		return parse(t, map[string]string{name: "package p\n\nimport _ \"" + imports + "\"\n"})
	}
	page := func(folder, imports string) []listed {
		return []listed{{ImportPath: module + "/" + folder, Imports: []string{imports}, Deps: []string{imports}}}
	}
	wasm := []listed{{ImportPath: module + "/cache", GoFiles: []string{"a_wasm.go"}}}
	tests := []struct {
		name     string
		problems []string
		want     string
	}{
		{"page: on the list", checkPage(page("cache", "strings")), ""},
		{"page: ours", checkPage(page("cache", module+"/internal/jsonscan")), ""},
		{"page: fmt", checkPage(page("cache", "fmt")), "cache imports fmt in a page's build: 130 KB"},
		{"page: below a package", checkPage(page("cache", "crypto/sha256")), "has its own cryptography"},
		{"page: not known", checkPage(page("cache", "archive/zip")), "not on the list"},
		{"page: signatures", checkPage(page("cache", module+"/internal/jws")), "need not check"},
		{"page: file name", checkPage(wasm), "cache/a_wasm.go: GopherJS"},
		{"page: linked", checkPageIsWhole(file("browser/a.go", "syscall/js"), page("browser", "")), ""},
		{"page: forgotten", checkPageIsWhole(file("browser/a.go", "syscall/js"), page("cache", "")), "browser/a.go: uses syscall/js"},
		{"net/http: its file", checkPlaces(file("transport/nethttp.go", "net/http")), ""},
		{"net/http: a role", checkPlaces(file("webapp/session.go", "net/http")), ""},
		{"net/http: elsewhere", checkPlaces(file("transport/other.go", "net/http")), "may not import net/http"},
		{"net/http: below it", checkPlaces(file("authority/a.go", "net/http/httptrace")), "may not import net/http/httptrace"},
		{"net/http: a test", checkPlaces(file("authority/a_test.go", "net/http/httptest")), ""},
		{"syscall/js: elsewhere", checkPlaces(file("cache/a_js.go", "syscall/js")), "may not import syscall/js"},
		{"testing: elsewhere", checkPlaces(file("authoritytest/a.go", "testing")), "may not import testing"},
		{"testing: linked", checkTesting(page("authoritytest", "testing")), "authoritytest: links testing"},
		{"testing: a test kit", checkTesting(page("cache/cachetest", "testing")), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { expect(t, tt.problems, tt.want) })
	}
}
