package importrules

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// R51: the tables of docs/rules.md and docs/coverage.md are true.
//
// In docs/rules.md the rows are "| R17 | what | tests |". Tests are names, separated by commas and followed by their
// package in parentheses, "TestA, TestB (cache)"; a script or another file in backquotes; or "not yet". Semicolons
// stand between packages: "TestA (cache); TestB (authority); not yet: the browser".
// In docs/coverage.md the last cell of a row is like that, or "never, because" and the reason; each `package.Identifier`
// or `package.Type.Method` in backquotes, in any cell, exists; and no row is missing.

func TestR51_RulesNameTheirTests(t *testing.T) {
	text, ok := textFiles(t)["docs/rules.md"]
	if !ok {
		t.Fatal("there is no docs/rules.md")
	}
	report(t, checkRules(text, newIndex(textFiles(t), sources(t))))
}

func TestR51_CoverageNamesIdentifiers(t *testing.T) {
	text, ok := textFiles(t)["docs/coverage.md"]
	if !ok {
		t.Fatal("there is no docs/coverage.md")
	}
	report(t, checkCoverage(text, newIndex(textFiles(t), sources(t))))
	report(t, checkCoverageRows(text))
}

// lastRule is the number of the last rule.
const lastRule = 51

// An index knows what exists.
type index struct {
	files       map[string]string
	tests       map[string][]string // test, fuzz target, example or benchmark → folders
	identifiers map[string]bool     // "package.Identifier", "package.Type.Member"
	packages    map[string]bool     // names of packages
}

var testName = regexp.MustCompile(`^(Test|Fuzz|Example|Benchmark)($|[A-Z0-9_])`)

func newIndex(files map[string]string, sources []source) index {
	x := index{files, map[string][]string{}, map[string]bool{}, map[string]bool{}}
	embedded := map[string]string{} // "package.Type" → the type that it embeds
	for _, s := range sources {
		name := s.file.Name.Name
		if !s.test {
			x.packages[name] = true
		}
		for _, decl := range s.file.Decls {
			if d, ok := decl.(*ast.FuncDecl); ok && s.test && d.Recv == nil && testName.MatchString(d.Name.Name) {
				x.tests[d.Name.Name] = append(x.tests[d.Name.Name], s.folder)
			}
			if !s.test {
				for _, id := range identifiers(decl) {
					x.identifiers[name+"."+id] = true
				}
				for outer, inner := range embeddings(decl) {
					embedded[name+"."+outer] = inner
				}
			}
		}
	}
	for outer, inner := range embedded {
		pkg, _, _ := strings.Cut(outer, ".")
		for id := range x.identifiers {
			if member, ok := strings.CutPrefix(id, pkg+"."+inner+"."); ok {
				x.identifiers[outer+"."+member] = true
			}
		}
	}
	return x
}

// embeddings lists the structs that embed a type of their own package.
func embeddings(decl ast.Decl) map[string]string {
	found := map[string]string{}
	d, ok := decl.(*ast.GenDecl)
	if !ok {
		return found
	}
	for _, spec := range d.Specs {
		s, ok := spec.(*ast.TypeSpec)
		if !ok {
			continue
		}
		if t, ok := s.Type.(*ast.StructType); ok {
			for _, f := range t.Fields.List {
				expr := f.Type
				if star, ok := expr.(*ast.StarExpr); ok {
					expr = star.X
				}
				if inner, ok := expr.(*ast.Ident); ok && len(f.Names) == 0 {
					found[s.Name.Name] = inner.Name
				}
			}
		}
	}
	return found
}

// identifiers lists what a declaration declares: "Name", "Type.Method", "Type.Field".
func identifiers(decl ast.Decl) []string {
	var names []string
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv != nil {
			return []string{receiver(d) + "." + d.Name.Name}
		}
		return []string{d.Name.Name}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names = append(names, n.Name)
				}
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
				for _, m := range members(s.Type) {
					names = append(names, s.Name.Name+"."+m)
				}
			}
		}
	}
	return names
}

// members names the fields of a struct or the methods of an interface.
func members(t ast.Expr) []string {
	var list *ast.FieldList
	switch t := t.(type) {
	case *ast.StructType:
		list = t.Fields
	case *ast.InterfaceType:
		list = t.Methods
	default:
		return nil
	}
	var names []string
	for _, f := range list.List {
		for _, n := range f.Names {
			names = append(names, n.Name)
		}
	}
	return names
}

// rows splits the rows of all tables of a Markdown text into cells, without the rulers. Each keeps its line number.
func rows(text string) (cells map[int][]string, order []int) {
	cells = map[int][]string{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.Trim(line, "|-: ") == "" {
			continue
		}
		line = strings.ReplaceAll(strings.Trim(line, "|"), `\|`, "\x01")
		for _, cell := range strings.Split(line, "|") {
			cells[i+1] = append(cells[i+1], strings.TrimSpace(strings.ReplaceAll(cell, "\x01", "|")))
		}
		order = append(order, i+1)
	}
	return cells, order
}

var ruleName = regexp.MustCompile(`^R[0-9]+$`)

func checkRules(text string, x index) []string {
	var problems []string
	seen := map[string]bool{}
	cells, order := rows(text)
	for _, line := range order {
		row := cells[line]
		if !ruleName.MatchString(row[0]) {
			continue
		}
		if seen[row[0]] || len(row) != 3 {
			problems = append(problems, fmt.Sprintf("docs/rules.md:%d: want one row of three cells for %s", line, row[0]))
		}
		seen[row[0]] = true
		for _, p := range x.checkTests(row[len(row)-1]) {
			problems = append(problems, fmt.Sprintf("docs/rules.md:%d: %s: %s", line, row[0], p))
		}
	}
	for n := 1; n <= lastRule; n++ {
		if !seen[fmt.Sprintf("R%d", n)] {
			problems = append(problems, fmt.Sprintf("docs/rules.md: there is no row for R%d", n))
		}
	}
	return problems
}

var group = regexp.MustCompile(`^(.*?)(?:\s*\(([^()]+)\))?$`)

// checkTests checks the cell of a row that names its tests.
func (x index) checkTests(cell string) []string {
	var problems []string
	for _, item := range strings.Split(cell, ";") {
		item = strings.TrimSpace(item)
		if strings.HasPrefix(item, "not yet") {
			continue
		}
		m := group.FindStringSubmatch(item)
		for _, name := range strings.Split(m[1], ",") {
			if p := x.checkTest(strings.TrimSpace(name), m[2]); p != "" {
				problems = append(problems, p)
			}
		}
	}
	return problems
}

// checkTest checks one name, in a package or, if that is "", in any.
func (x index) checkTest(name, pkg string) string {
	if _, exists := x.files[strings.Trim(name, "`")]; exists && strings.HasPrefix(name, "`") {
		return ""
	}
	name, _, _ = strings.Cut(strings.Trim(name, "`"), "/") // a subtest
	folders := x.tests[name]
	if pkg == "latchkey" || pkg == "root" {
		pkg = "."
	}
	switch {
	case !testName.MatchString(name):
		return fmt.Sprintf("%q is no test, no file in backquotes, and not \"not yet\"", name)
	case len(folders) == 0:
		return "there is no test " + name
	case pkg != "" && !slices.Contains(folders, path.Clean(pkg)):
		return name + " is not in " + pkg + " but in " + strings.Join(folders, ", ")
	}
	return ""
}

var (
	code     = regexp.MustCompile("`[^`]+`")
	selector = regexp.MustCompile(`^([a-z][a-z0-9]*)\.[A-Z]\w*(\.[A-Z]\w*)?$`)
)

func checkCoverage(text string, x index) []string {
	var problems []string
	cells, order := rows(text)
	for i, line := range order {
		row := cells[line]
		header := i == 0 || order[i-1] < line-2
		if header {
			continue
		}
		for _, p := range x.checkTests(withoutNever(row[len(row)-1])) {
			problems = append(problems, fmt.Sprintf("docs/coverage.md:%d: %s", line, p))
		}
		for _, c := range code.FindAllString(strings.Join(row, " "), -1) {
			name := strings.TrimSuffix(strings.Trim(c, "`"), "()")
			m := selector.FindStringSubmatch(name)
			if m != nil && x.packages[m[1]] && !x.identifiers[name] {
				problems = append(problems, fmt.Sprintf("docs/coverage.md:%d: there is no %s", line, name))
			}
		}
	}
	return problems
}

var never = regexp.MustCompile(`^never, because \S`)

// withoutNever takes out of a cell what is never to come; if nothing else was there, nothing is left to check.
func withoutNever(cell string) string {
	items := slices.DeleteFunc(strings.Split(cell, ";"), func(item string) bool { return never.MatchString(strings.TrimSpace(item)) })
	if len(items) == 0 {
		return "not yet"
	}
	return strings.Join(items, ";")
}

// coverageRows are the ids of the rows of docs/coverage.md: the seed documents (S), and the inventory of MSAL Node and MSAL
// Go, of applications (A), the wire (W) and errors (E). A row can be there several times, for its parts.
var coverageRows = []struct {
	kind        string
	first, last int
}{
	{"S", 0, 4}, {"A", 1, 7}, {"A", 10, 31}, {"A", 40, 56}, {"A", 60, 72},
	{"W", 1, 14}, {"W", 20, 28}, {"W", 30, 37}, {"W", 40, 48}, {"W", 50, 65}, {"W", 70, 74}, {"W", 80, 84}, {"W", 90, 98},
	{"W", 100, 110}, {"W", 120, 129}, {"W", 140, 153}, {"E", 1, 10}, {"E", 20, 25}, {"E", 30, 33},
}

// checkCoverageRows finds rows that are missing.
func checkCoverageRows(text string) []string {
	seen := map[string]bool{}
	cells, order := rows(text)
	for _, line := range order {
		seen[cells[line][0]] = true
	}
	var problems []string
	for _, r := range coverageRows {
		for n := r.first; n <= r.last; n++ {
			if id := fmt.Sprintf("%s%d", r.kind, n); !seen[id] {
				problems = append(problems, "docs/coverage.md: there is no row for "+id)
			}
		}
	}
	return problems
}
