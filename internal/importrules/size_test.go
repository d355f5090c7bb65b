package importrules

import (
	"fmt"
	"go/ast"
	"strings"
	"testing"
)

const (
	maxFileLines = 500
	maxFuncLines = 80 // of functions outside tests: a table may be long
)

func TestSizes(t *testing.T) {
	report(t, checkSizes(sources(t)))
}

func checkSizes(sources []source) []string {
	var problems []string
	for _, s := range sources {
		lines := func(from, to ast.Node) int {
			return s.fset.Position(to.End()).Line - s.fset.Position(from.Pos()).Line + 1
		}
		if s.lines > maxFileLines {
			problems = append(problems, fmt.Sprintf("%s: %d lines, at most %d", s.name, s.lines, maxFileLines))
		}
		for _, decl := range s.file.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if ok && !s.test && lines(d, d) > maxFuncLines {
				problems = append(problems, fmt.Sprintf("%s: %s has %d lines, at most %d", s.at(d), d.Name.Name, lines(d, d), maxFuncLines))
			}
		}
	}
	return problems
}

func TestSizesCanFail(t *testing.T) {
	function := func(lines int) string { return "package p\n\nfunc f() {\n" + strings.Repeat("\n", lines-2) + "}\n" }
	file := func(lines int) string { return "package p\n" + strings.Repeat("\n", lines-1) }
	tests := []struct{ name, file, text, want string }{
		{"function", "a.go", function(maxFuncLines), ""},
		{"long function", "a.go", function(maxFuncLines + 1), "f has 81 lines"},
		{"long test", "a_test.go", function(maxFuncLines + 1), ""},
		{"file", "a.go", file(maxFileLines), ""},
		{"long file", "a_test.go", file(maxFileLines + 1), "501 lines"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, checkSizes(parse(t, map[string]string{tt.file: tt.text})), tt.want)
		})
	}
}
