package importrules

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// R51: a document that names a test names one that exists.

func TestR51_DocumentsNameTests(t *testing.T) {
	report(t, checkMentions(textFiles(t), newIndex(textFiles(t), sources(t))))
}

var mention = regexp.MustCompile(`\b(Test|Fuzz)[A-Z][A-Za-z0-9_]*`)

// checkMentions finds names of tests in the documents that no test has.
func checkMentions(files map[string]string, x index) []string {
	var problems []string
	for name, text := range files {
		if !strings.HasPrefix(name, "docs/") || !strings.HasSuffix(name, ".md") {
			continue
		}
		for _, test := range mention.FindAllString(text, -1) {
			if len(x.tests[test]) == 0 {
				problems = append(problems, fmt.Sprintf("%s: there is no test %s", name, test))
			}
		}
	}
	return problems
}

func TestR51_MentionsCanFail(t *testing.T) {
	x := index{tests: map[string][]string{"TestThere": {"."}}}
	files := map[string]string{"docs/a.md": "TestThere, TestGone", "README.md": "TestElsewhere"}
	if got := checkMentions(files, x); len(got) != 1 || !strings.Contains(got[0], "TestGone") {
		t.Errorf("got %q", got)
	}
}
