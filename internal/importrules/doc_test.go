package importrules

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestDocComments(t *testing.T) {
	all := sources(t)
	report(t, checkPackageComments(all))
	report(t, checkDocComments(all))
}

// checkPackageComments finds packages without a package comment, or with two.
func checkPackageComments(sources []source) []string {
	comments := map[string][]string{}
	for _, s := range sources {
		if s.test {
			continue
		}
		comments[s.folder] = append(comments[s.folder], nil...)
		if s.file.Doc != nil {
			comments[s.folder] = append(comments[s.folder], s.name)
		}
	}
	var problems []string
	for folder, files := range comments {
		if len(files) != 1 {
			problems = append(problems, fmt.Sprintf("package %s: want one package comment, have %d %v", folder, len(files), files))
		}
	}
	return problems
}

// checkDocComments finds exported identifiers of packages (not of programs) without a doc comment, or with one that
// does not begin with the name.
func checkDocComments(sources []source) []string {
	var problems []string
	for _, s := range sources {
		if s.test || s.file.Name.Name == "main" {
			continue
		}
		for _, decl := range s.file.Decls {
			for _, f := range undocumented(decl) {
				problems = append(problems, s.at(f.node)+": "+f.text)
			}
		}
	}
	return problems
}

// A finding is what is wrong with a declaration.
type finding struct {
	node ast.Node
	text string
}

// fixed are methods whose meaning the standard library fixes.
var fixed = []string{"Error", "Format", "GoString", "String", "Unwrap"}

func undocumented(decl ast.Decl) []finding {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		method := d.Recv != nil
		if d.Name.IsExported() && (!method || ast.IsExported(receiver(d)) && !slices.Contains(fixed, d.Name.Name)) {
			return begins(d, d.Name.Name, d.Doc)
		}
	case *ast.GenDecl:
		var found []finding
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				found = append(found, undocumentedType(d, s)...)
			case *ast.ValueSpec:
				found = append(found, undocumentedValue(d, s)...)
			}
		}
		return found
	}
	return nil
}

// receiver is the name of the type that a method belongs to.
func receiver(d *ast.FuncDecl) string {
	expr := d.Recv.List[0].Type
	for {
		switch e := expr.(type) {
		case *ast.StarExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}

// begins checks that a comment is there and begins with a name, after an article if the grammar wants one.
func begins(node ast.Node, name string, doc *ast.CommentGroup) []finding {
	text := doc.Text()
	if text == "" {
		return []finding{{node, name + " has no doc comment"}}
	}
	for _, article := range []string{"A ", "An ", "The "} {
		text = strings.TrimPrefix(text, article)
	}
	rest, ok := strings.CutPrefix(text, name)
	if !ok || rest != "" && (rest[0] == '_' || token.IsIdentifier("x"+rest[:1])) {
		return []finding{{node, "the doc comment of " + name + " does not begin with its name"}}
	}
	return nil
}

// mentions reports whether a text has a name as a word. The comment of a small struct speaks for its fields, and the
// comment of a field for the next one.
func mentions(text, name string) bool {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, name) })
}

func undocumentedType(d *ast.GenDecl, s *ast.TypeSpec) []finding {
	if !s.Name.IsExported() {
		return nil
	}
	doc := s.Doc
	if doc == nil && !d.Lparen.IsValid() {
		doc = d.Doc
	}
	found := begins(s, s.Name.Name, doc)
	var members *ast.FieldList
	switch t := s.Type.(type) {
	case *ast.StructType:
		members = t.Fields
	case *ast.InterfaceType:
		members = t.Methods
	default:
		return found
	}
	text := doc.Text()
	for _, m := range members.List {
		text += m.Doc.Text() + m.Comment.Text()
	}
	for _, m := range members.List {
		for _, name := range m.Names { // embedded fields have no name and the doc of their type
			if name.IsExported() && m.Doc.Text() == "" && m.Comment.Text() == "" && !mentions(text, name.Name) {
				found = append(found, finding{m, s.Name.Name + "." + name.Name + " has no doc comment"})
			}
		}
	}
	return found
}

// undocumentedValue lets the comment of a group stand for its constants and variables.
func undocumentedValue(d *ast.GenDecl, s *ast.ValueSpec) []finding {
	var found []finding
	for _, name := range s.Names {
		if name.IsExported() && d.Doc.Text() == "" && s.Doc.Text() == "" && s.Comment.Text() == "" {
			found = append(found, finding{s, name.Name + " has no doc comment"})
		}
	}
	return found
}

func TestDocCommentsCanFail(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"func", "// F is.\nfunc F() {}", ""},
		{"func without", "func F() {}", "a.go:3: F has no doc comment"},
		{"func with another name", "// Does it.\nfunc F() {}", "does not begin with its name"},
		{"func with a longer name", "// Fx is.\nfunc F() {}", "does not begin with its name"},
		{"unexported func", "func f() {}", ""},
		{"method", "// M is.\nfunc (t *T[K]) M() {}", ""},
		{"method without", "func (t *T[K]) M() {}", "M has no doc comment"},
		{"method of a standard interface", "func (t T) Error() string { return \"\" }", ""},
		{"method of an unexported type", "func (t *t) M() {}", ""},
		{"type with an article", "// A T is.\ntype T int", ""},
		{"type without", "type T int", "T has no doc comment"},
		{"type in a group", "// Types.\ntype (\n\tT int\n)", "T has no doc comment"},
		{"field", "// T is.\ntype T struct {\n\tA int // of it\n\t// B is.\n\tB int\n\tc int\n}", ""},
		{"field in the comment of its type", "// T has an A.\ntype T struct {\n\tA int\n}", ""},
		{"field in the comment of another", "// T is.\ntype T struct {\n\t// A is, B too.\n\tA int\n\tB int\n}", ""},
		{"field without", "// T is.\ntype T struct {\n\tA int\n}", "a.go:5: T.A has no doc comment"},
		{"method of an interface", "// T is.\ntype T interface {\n\tM()\n}", "T.M has no doc comment"},
		{"const group", "// Kinds.\nconst (\n\tA = 1\n\tB = 2\n)", ""},
		{"const without", "const A = 1", "A has no doc comment"},
		{"var without", "var (\n\t// A is.\n\tA = 1\n\tB = 2\n)", "B has no doc comment"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, checkDocComments(parse(t, map[string]string{"a.go": "package p\n\n" + tt.text + "\n"})), tt.want)
		})
	}
	t.Run("package without", func(t *testing.T) {
		expect(t, checkPackageComments(parse(t, map[string]string{"a.go": "package p\n"})), "have 0")
	})
	t.Run("package with two", func(t *testing.T) {
		text := "// Package p is.\npackage p\n"
		expect(t, checkPackageComments(parse(t, map[string]string{"a.go": text, "b.go": text})), "have 2")
	})
}
