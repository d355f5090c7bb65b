package importrules

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// misplaced are texts that belong to a machine and not to the project.
var misplaced = []struct {
	literal string // looked for first: an expression over everything is slow
	text    *regexp.Regexp
	why     string
}{
	{"/work", regexp.MustCompile(`(^|[^\w./-])/work(/|\b)`), "an absolute path of the machine it was written on"},
	{"/root", regexp.MustCompile(`(^|[^\w./-])/root(/|\b)`), "an absolute path of the machine it was written on"},
	{"/home/", regexp.MustCompile(`(^|[^\w./-])/home/\w`), "somebody's home folder"},
	{"/Users/", regexp.MustCompile(`(^|[^\w./-])/Users/\w`), "somebody's home folder"},
	{`:\Users\`, regexp.MustCompile(`[A-Z]:\\Users\\`), "somebody's home folder"},
	{"proxy.golang.org", regexp.MustCompile(`\bproxy\.golang\.org\b`), "the address of a registry: that is configuration"},
	{"registry.npmjs.org", regexp.MustCompile(`\bregistry\.npmjs\.org\b`), "the address of a registry: that is configuration"},
	{"deb.debian.org", regexp.MustCompile(`\bdeb\.debian\.org\b`), "the address of a registry: that is configuration"},
}

func TestWords(t *testing.T) {
	report(t, checkWords(textFiles(t)))
}

func checkWords(files map[string]string) []string {
	var problems []string
	for name, text := range files {
		if strings.HasPrefix(name, "internal/importrules/") {
			continue // this list itself
		}
		for _, m := range misplaced {
			if !strings.Contains(text, m.literal) {
				continue
			}
			for i, line := range strings.Split(text, "\n") {
				if m.text.MatchString(line) {
					problems = append(problems, name+":"+strconv.Itoa(i+1)+": "+m.why)
				}
			}
		}
	}
	slices.Sort(problems)
	return problems
}

func TestWordsCanFail(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"prose", "the root of the work, and/or more", ""},
		{"URL path", "https://host.example/work/items", ""},
		{"relative path", "testdata/root/a", ""},
		{"work", "cd /work/main", "a.md:1: an absolute path"},
		{"root", `"/root"`, "absolute path"},
		{"home", "x=/home/somebody/src", "home folder"},
		{"registry", "GOPROXY=https://proxy.golang.org", "registry"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { expect(t, checkWords(map[string]string{"a.md": tt.text}), tt.want) })
	}
}
