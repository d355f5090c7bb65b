package importrules

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// R51: the snippets of docs/from-msal.md are those that examples/frommsal compiles and runs. The check is here and not
// there because the go command forgets to run a test again if a file outside of its module has changed.

const (
	snippetPage   = "docs/from-msal.md"
	snippetFolder = "examples/frommsal/"
)

var update = flag.Bool("update", false, "write the snippets into "+snippetPage)

func TestR51_Snippets(t *testing.T) {
	text, ok := textFiles(t)[snippetPage]
	if !ok {
		t.Fatal("there is no " + snippetPage)
	}
	snippets, problems := snippetsIn(textFiles(t))
	report(t, problems)
	if *update {
		text = fillSnippets(text, snippets)
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(snippetPage)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	report(t, checkSnippets(text, snippets))
}

// snippetInGo is what stands between "// snippet name" and "// end" in a function.
var snippetInGo = regexp.MustCompile(`(?ms)^\t// snippet ([a-z-]+)\n(.*?)^\t// end\n`)

// snippetsIn finds the snippets in the Go files of the folder, without the indentation of the function around them.
func snippetsIn(files map[string]string) (snippets map[string]string, problems []string) {
	snippets = map[string]string{}
	for name, text := range files {
		if !strings.HasPrefix(name, snippetFolder) || !strings.HasSuffix(name, ".go") {
			continue
		}
		for _, m := range snippetInGo.FindAllStringSubmatch(unixLines(text), -1) {
			if snippets[m[1]] != "" {
				problems = append(problems, name+": there is another snippet "+m[1])
			}
			var snippet strings.Builder
			for _, line := range strings.SplitAfter(m[2], "\n") {
				snippet.WriteString(strings.TrimPrefix(line, "\t"))
			}
			snippets[m[1]] = snippet.String()
		}
	}
	return snippets, problems
}

func unixLines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// goInPage is a block of Go, and what stands above it: "snippet name", "MSAL Go", or nothing.
var goInPage = regexp.MustCompile("(?s)(?:<!-- ([A-Za-z -]+) -->\n)?```go\n(.*?)```\n")

// checkSnippets says where a page and the snippets differ, and finds Go in it that nobody compiles.
func checkSnippets(text string, snippets map[string]string) []string {
	var problems []string
	shown := map[string]bool{}
	for _, m := range goInPage.FindAllStringSubmatch(unixLines(text), -1) {
		name, ours := strings.CutPrefix(m[1], "snippet ")
		first, _, _ := strings.Cut(m[2], "\n")
		switch {
		case m[1] == "MSAL Go":
		case !ours:
			problems = append(problems, fmt.Sprintf("%s: a block of Go has no name above it: %s", snippetPage, first))
		case snippets[name] == "":
			problems = append(problems, fmt.Sprintf("%s: there is no snippet %s in %s", snippetPage, name, snippetFolder))
		case snippets[name] != m[2]:
			problems = append(problems, fmt.Sprintf("%s: the snippet %s differs: go test ./internal/importrules -run Snippets -update", snippetPage, name))
		}
		shown[name] = true
	}
	for name := range snippets {
		if !shown[name] {
			problems = append(problems, fmt.Sprintf("%s: the snippet %s is not there", snippetPage, name))
		}
	}
	slices.Sort(problems)
	return problems
}

// fillSnippets writes the snippets into a page.
func fillSnippets(text string, snippets map[string]string) string {
	return goInPage.ReplaceAllStringFunc(unixLines(text), func(block string) string {
		m := goInPage.FindStringSubmatch(block)
		name, ours := strings.CutPrefix(m[1], "snippet ")
		if !ours || snippets[name] == "" {
			return block
		}
		return "<!-- " + m[1] + " -->\n```go\n" + snippets[name] + "```\n"
	})
}

func TestR51_SnippetsCanFail(t *testing.T) {
	const code = "package p\n\nfunc f() {\n\t// snippet a-b\n\tif x {\n\t\ty()\n\t}\n\n\tz()\n\t// end\n}\n"
	const good = "# Page\n\n<!-- snippet a-b -->\n```go\nif x {\n\ty()\n}\n\nz()\n```\n"
	snippets, _ := snippetsIn(map[string]string{snippetFolder + "a_test.go": code, "elsewhere/a.go": strings.Replace(code, "a-b", "c", 1)})
	tests := []struct{ name, text, want string }{
		{"equal", good, ""},
		{"equal, with other line ends", strings.ReplaceAll(good, "\n", "\r\n"), ""},
		{"beside MSAL's", "<!-- MSAL Go -->\n```go\nq()\n```\n" + good, ""},
		{"shown twice", good + good, ""},
		{"another line", strings.Replace(good, "z()", "z(1)", 1), "the snippet a-b differs"},
		{"a line less", strings.Replace(good, "z()\n", "", 1), "the snippet a-b differs"},
		{"no such snippet", good + strings.Replace(good, "a-b", "c", 1), "there is no snippet c"},
		{"not shown", "# Page\n", "the snippet a-b is not there"},
		{"no name", good + "\n```go\nq()\n```\n", "no name above it: q()"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { expect(t, checkSnippets(tt.text, snippets), tt.want) })
	}
	if got := fillSnippets(strings.Replace(good, "z()", "old()", 1), snippets); got != good {
		t.Errorf("filled: %q", got)
	}
	_, twice := snippetsIn(map[string]string{snippetFolder + "a_test.go": code, snippetFolder + "b_test.go": code})
	expect(t, twice, "another snippet a-b")
}
