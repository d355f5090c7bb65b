package dist

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// GopherJS keeps every exported method of a type that is used, and time.Time has a calendar, time zones, and parsers and
// printers for both, which a page has no use for. So the JavaScript engine is compiled against a library whose package
// time has them as names only: a copy of the toolchain's, with links to everything else.

// emptied are the methods and functions of package time without content, by receiver. Those that print return nothing.
var emptied = map[string]string{
	"Time": "AddDate AppendFormat Clock Date Day Format GoString GobDecode GobEncode Hour ISOWeek In IsDST Local Location " +
		"MarshalBinary MarshalJSON MarshalText Minute Month Nanosecond Round Second String Truncate UTC UnmarshalBinary " +
		"UnmarshalJSON UnmarshalText Weekday Year YearDay Zone ZoneBounds",
	"Location": "String",
	"Month":    "String",
	"Weekday":  "String",
}

// trimmedLibrary returns a GOROOT for GopherJS, made of a toolchain's unless it was made before.
func (b *builder) trimmedLibrary(ctx context.Context, env []string, cache string) (string, error) {
	goroot, err := b.run(ctx, env, "go", "env", "GOROOT")
	if err != nil {
		return "", err
	}
	version, err := os.ReadFile(filepath.Join(goroot, "VERSION"))
	if err != nil {
		return "", err
	}
	recipe, err := recipes.ReadFile("goroot.go")
	if err != nil {
		return "", err
	}
	target := filepath.Join(cache, fmt.Sprintf("goroot-%x", sha256.Sum256(append(version, recipe...)))[:24])
	if _, err := os.Stat(target); err == nil {
		return target, nil
	}
	dir, err := os.MkdirTemp(cache, "goroot-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	if err := linkAllBut(goroot, dir, "src"); err != nil {
		return "", err
	}
	src := filepath.Join(goroot, "src")
	if err := linkAllBut(src, filepath.Join(dir, "src"), "time"); err != nil {
		return "", err
	}
	if err := trimPackage(filepath.Join(src, "time"), filepath.Join(dir, "src", "time")); err != nil {
		return "", err
	}
	if err := os.Rename(dir, target); err != nil && !exists(target) { // another build may have been quicker
		return "", err
	}
	return target, nil
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// linkAllBut fills a folder with links to what another one has, except for one entry.
func linkAllBut(from, to, except string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == except {
			continue
		}
		if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// trimPackage copies the Go files of a package, without the content of what is emptied.
func trimPackage(from, to string) error {
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			return err
		}
		if text, err = trim(text); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// trim empties the functions of a file.
func trim(text []byte) ([]byte, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	found := false
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Body == nil || f.Recv == nil || !contains(emptied[receiver(f)], f.Name.Name) {
			continue
		}
		found = true
		keep := file.Comments[:0]
		for _, c := range file.Comments {
			if c.Pos() < f.Body.Pos() || c.Pos() > f.Body.End() {
				keep = append(keep, c)
			}
		}
		file.Comments = keep
		f.Body.List = []ast.Stmt{emptyBody(f)}
	}
	if !found {
		return text, nil
	}
	var out bytes.Buffer
	err = format.Node(&out, fset, file)
	return out.Bytes(), err
}

func contains(words, word string) bool { return strings.Contains(" "+words+" ", " "+word+" ") }

func receiver(f *ast.FuncDecl) string {
	expr := f.Recv.List[0].Type
	if star, ok := expr.(*ast.StarExpr); ok {
		expr = star.X
	}
	ident, _ := expr.(*ast.Ident)
	if ident == nil {
		return ""
	}
	return ident.Name
}

// emptyBody returns "" from what prints, so that printing a context does no harm, and panics elsewhere.
func emptyBody(f *ast.FuncDecl) ast.Stmt {
	if f.Type.Results.NumFields() == 1 {
		if result, ok := f.Type.Results.List[0].Type.(*ast.Ident); ok && result.Name == "string" {
			return &ast.ReturnStmt{Results: []ast.Expr{&ast.BasicLit{Kind: token.STRING, Value: `""`}}}
		}
	}
	text := fmt.Sprintf("%q", "time: "+f.Name.Name+" is not in this build")
	return &ast.ExprStmt{X: &ast.CallExpr{Fun: ast.NewIdent("panic"), Args: []ast.Expr{&ast.BasicLit{Kind: token.STRING, Value: text}}}}
}
