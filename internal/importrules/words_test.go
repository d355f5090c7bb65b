package importrules

import (
	"path/filepath"
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
	{"/home/", regexp.MustCompile(`(^|[^\w./-])/home/\w`), "somebody's home folder"},
	{"/Users/", regexp.MustCompile(`(^|[^\w./-])/Users/\w`), "somebody's home folder"},
	{`:\Users\`, regexp.MustCompile(`[A-Z]:\\Users\\`), "somebody's home folder"},
	{"/root", regexp.MustCompile(`(^|[^\w./-])/root(/|\b)`), "somebody's home folder"},
	{"proxy.", regexp.MustCompile(`\bproxy\.golang\b`), "the address of a registry: that is configuration"},
	{"registry.", regexp.MustCompile(`\bregistry\.npmjs\b`), "the address of a registry: that is configuration"},
}

func init() {
	// The folder that this checkout is in.
	if dir, err := filepath.Abs("../.."); err == nil {
		text := regexp.MustCompile(`(^|[^\w./-])` + regexp.QuoteMeta(dir) + `(/|\b)`)
		misplaced = append(misplaced, struct {
			literal string
			text    *regexp.Regexp
			why     string
		}{dir, text, "an absolute path of the machine it was written on"})
	}
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
	checkout, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, text, want string }{
		{"prose", "the root of the work, and/or more", ""},
		{"URL path", "https://host.example/home/items", ""},
		{"relative path", "testdata/home/a", ""},
		{"this checkout", "cd " + checkout, "a.md:1: an absolute path"},
		{"root", `"/root"`, "home folder"},
		{"home", "x=/home/somebody/src", "home folder"},
		{"registry", "GOPROXY=https://" + "proxy.golang" + ".org", "registry"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { expect(t, checkWords(map[string]string{"a.md": tt.text}), tt.want) })
	}
}
