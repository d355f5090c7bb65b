package shake

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// A file is a parsed source file.
type file struct {
	name         string
	path         string // import path of its package
	patch        bool
	lighter      bool
	text         []byte
	syntax       *ast.File
	imports      map[string]string // import paths, by the names that the file has for them
	declarations []*declaration
}

// A declaration is a function, a method, a variable, a type or a constant.
type declaration struct {
	file     *file
	name     string
	receiver string // of a method: its type
	node     ast.Node
	doc      *ast.CommentGroup
	removes  bool // it is left out unless something uses it; types and constants cost nothing
	always   bool // it is used without being mentioned
	replaced bool // a patch of the compiler takes its place
	dropped  bool // it goes
	used     bool
}

func (d *declaration) function() bool { _, ok := d.node.(*ast.FuncDecl); return ok }

// replaces reports whether a patch's function takes the place of the package's own; the compiler has directives for
// patches that build on what they replace.
func (d *declaration) replaces() bool {
	if !d.function() || d.name == "init" {
		return false
	}
	if d.doc != nil {
		for _, c := range d.doc.List {
			if strings.HasPrefix(c.Text, "//gopherjs:keep-original") || strings.HasPrefix(c.Text, "//gopherjs:override-signature") {
				return false
			}
		}
	}
	return true
}

func importName(i *ast.ImportSpec, path string) string {
	if i.Name != nil {
		return i.Name.Name
	}
	return path[strings.LastIndexByte(path, '/')+1:]
}

// declare lists what the file declares.
func (f *file) declare() {
	linked := f.linked()
	for _, d := range f.syntax.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			f.declarations = append(f.declarations, &declaration{
				file: f, name: d.Name.Name, receiver: receiver(d), node: d, doc: d.Doc,
				removes: true, always: d.Recv == nil && (d.Name.Name == "init" || d.Name.Name == "main") || linked[d.Name.Name],
			})
		case *ast.GenDecl:
			f.declareGroup(d)
		}
	}
}

func (f *file) declareGroup(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			f.declarations = append(f.declarations, &declaration{file: f, name: spec.Name.Name, node: spec})
		case *ast.ValueSpec:
			// Several names share what they are set to, and the constants of a group their values.
			group := d.Tok == token.CONST || len(spec.Names) > 1
			for _, name := range spec.Names {
				found := &declaration{file: f, name: name.Name, node: spec, doc: spec.Doc, removes: !group, always: group}
				if !d.Lparen.IsValid() {
					found.node, found.doc = d, d.Doc
				}
				f.declarations = append(f.declarations, found)
			}
		}
	}
}

// receiver returns the name of a method's type, or "" for a function.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return ""
	}
	t := d.Recv.List[0].Type
	for {
		switch inner := t.(type) {
		case *ast.StarExpr:
			t = inner.X
		case *ast.IndexExpr:
			t = inner.X
		case *ast.IndexListExpr:
			t = inner.X
		case *ast.Ident:
			return inner.Name
		default:
			return ""
		}
	}
}

// linked are the names that //go:linkname gives to other packages.
func (f *file) linked() map[string]bool {
	names := map[string]bool{}
	for _, group := range f.syntax.Comments {
		for _, c := range group.List {
			if fields := strings.Fields(c.Text); len(fields) > 1 && fields[0] == "//go:linkname" {
				names[fields[1]] = true
			}
		}
	}
	return names
}

// rest returns the file's text with blanks for what is not used.
func (f *file) rest() []byte {
	text := append([]byte(nil), f.text...)
	blank := func(from, to token.Pos) {
		for i := from - f.syntax.FileStart; i < to-f.syntax.FileStart; i++ {
			if text[i] != '\n' {
				text[i] = ' '
			}
		}
	}
	selected := map[string]bool{"_": true, ".": true}
	for _, d := range f.declarations {
		if !d.dropped && (!d.removes || d.used || d.replaced) {
			selectors(d.node, selected)
			continue
		}
		if d.doc != nil {
			blank(d.doc.Pos(), d.doc.End())
		}
		blank(d.node.Pos(), d.node.End())
	}
	unsafe := token.NoPos
	for _, d := range f.syntax.Decls {
		imports, ok := d.(*ast.GenDecl)
		if !ok || imports.Tok != token.IMPORT {
			continue
		}
		for _, spec := range imports.Specs {
			i := spec.(*ast.ImportSpec)
			path := strings.Trim(i.Path.Value, "`\"")
			switch {
			case selected[importName(i, path)]:
			case path == "unsafe" && i.Name == nil:
				unsafe = i.Pos() // //go:linkname asks for it
			case imports.Lparen.IsValid():
				blank(i.Pos(), i.End())
			default:
				blank(imports.Pos(), imports.End())
			}
		}
	}
	if unsafe.IsValid() {
		at := unsafe - f.syntax.FileStart
		text = slices.Insert(text, int(at), []byte("_ ")...)
	}
	return text
}

// selectors notes every name that something is selected of.
func selectors(n ast.Node, into map[string]bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok {
				into[x.Name] = true
			}
		}
		return true
	})
}
