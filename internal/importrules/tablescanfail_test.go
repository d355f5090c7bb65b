package importrules

import (
	"fmt"
	"strings"
	"testing"
)

// smallIndex is a repository with a few tests and identifiers.
func smallIndex(t *testing.T) index {
	files := map[string]string{
		"a.go":            "package latchkey\n\ntype Client struct{ *core }\n\ntype core struct{ Name string }\n\nfunc (c *Client) Run() {}\n\nfunc (c *core) Wait() {}\n",
		"a_test.go":       "package latchkey\n\nfunc TestRoot() {}\n\nfunc Testify() {}\n",
		"cache/a_test.go": "package cache\n\nfunc TestOne() {}\n\nfunc FuzzTwo() {}\n",
		"ci/lint":         "",
	}
	return newIndex(files, parse(t, files))
}

func TestR51_RulesCanFail(t *testing.T) {
	tests := []struct{ name, cell, want string }{
		{"a test", "TestOne", ""},
		{"in its package", "TestOne, FuzzTwo (cache)", ""},
		{"in the root", "TestRoot (latchkey); TestOne (cache)", ""},
		{"a subtest", "`TestOne/R7 name`", ""},
		{"a script", "`ci/lint`", ""},
		{"not yet", "not yet", ""},
		{"partly", "TestOne (cache); not yet: the browser, TestNone", ""},
		{"no such test", "TestOne, TestNone (cache)", "R7: there is no test TestNone"},
		{"in another package", "TestOne (authority)", "TestOne is not in authority but in cache"},
		{"no such script", "`ci/none`", "is no test"},
		{"no test's name", "Testify", "is no test"},
		{"prose", "see the code", "is no test"},
		{"empty", "", "is no test"},
	}
	rules := func(cell string) string {
		var b strings.Builder
		b.WriteString("| rule | what | tests |\n|---|---|---|\n")
		for n := 1; n <= lastRule; n++ {
			tests := "not yet"
			if n == 7 {
				tests = cell
			}
			fmt.Fprintf(&b, "| R%d | what | %s |\n", n, tests)
		}
		return b.String()
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { expect(t, checkRules(rules(tt.cell), smallIndex(t)), tt.want) })
	}
	t.Run("a rule is missing", func(t *testing.T) {
		text := strings.Replace(rules("TestOne"), "| R50 |", "| X |", 1)
		expect(t, checkRules(text, smallIndex(t)), "no row for R50")
	})
	t.Run("a rule is there twice", func(t *testing.T) {
		expect(t, checkRules(rules("TestOne")+"| R7 | what | TestOne |\n", smallIndex(t)), "want one row of three cells for R7")
	})
}

func TestR51_CoverageCanFail(t *testing.T) {
	tests := []struct{ name, row, want string }{
		{"identifiers", "| `acquire` | `latchkey.Client.Run()`, `latchkey.Client.Name` | TestOne |", ""},
		{"promoted", "| x | `latchkey.Client.Wait()` | TestOne |", ""},
		{"never", "| x | – | never, because nobody has it, TestNone |", ""},
		{"partly", "| x | – | TestOne; not yet: a page; never, because it is old |", ""},
		{"not of ours", "| `window.Location` | `latchkey.Client` | not yet |", ""},
		{"no such method", "| x | `latchkey.Client.Stop` | TestOne |", "there is no latchkey.Client.Stop"},
		{"no such test", "| x | `latchkey.Client` | TestNone |", "there is no test TestNone"},
		{"no test", "| x | `latchkey.Client` | |", "is no test"},
		{"never, without a reason", "| x | – | never |", "is no test"},
		{"never, without a comma", "| x | – | never because |", "is no test"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "# Coverage\n\n| what | ours | test |\n|---|---|---|\n" + tt.row + "\n"
			expect(t, checkCoverage(text, smallIndex(t)), tt.want)
		})
	}
}

func TestR51_CoverageRowsCanFail(t *testing.T) {
	var b strings.Builder
	b.WriteString("| id | MSAL | here | tests |\n|---|---|---|---|\n")
	for _, r := range coverageRows {
		for n := r.first; n <= r.last; n++ {
			fmt.Fprintf(&b, "| %s%d | x | – | not yet |\n", r.kind, n)
		}
	}
	expect(t, checkCoverageRows(b.String()), "")
	expect(t, checkCoverageRows(strings.Replace(b.String(), "| W45 |", "| W4 |", 1)), "there is no row for W45")
}
