package dist

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// The JavaScript engine is compiled against a copy of the toolchain's library in which two packages differ; all others
// are links.
//
// GopherJS keeps every exported method of a type that is used, and time.Time has a calendar, time zones, and parsers and
// printers for both, which a page has no use for: they are names only. What strconv has tables for, JavaScript has too.

// library has the functions that replace those of the same name, by package.
//
//go:embed all:_library
var library embed.FS

// changed are the packages that are not links.
var changed = []string{"strconv", "time"}

// emptied are the methods of package time without content, by receiver. Those that print return nothing.
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
	hash := sha256.New()
	hash.Write(version)
	if err := addRecipes(hash); err != nil {
		return "", err
	}
	target := filepath.Join(cache, fmt.Sprintf("goroot-%x", hash.Sum(nil))[:24])
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
	if err := linkAllBut(src, filepath.Join(dir, "src"), changed...); err != nil {
		return "", err
	}
	for _, name := range changed {
		if err := trimPackage(filepath.Join(src, name), filepath.Join(dir, "src", name), name); err != nil {
			return "", err
		}
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

// linkAllBut fills a folder with links to what another one has, except for some entries.
func linkAllBut(from, to string, except ...string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if slices.Contains(except, e.Name()) {
			continue
		}
		if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// trimPackage copies the Go files of a package, without the content of what is emptied and without what is replaced,
// and adds the replacements.
func trimPackage(from, to, name string) error {
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	replaced, err := replacements(to, name)
	if err != nil {
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
		if text, err = trim(text, replaced); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// replacements writes the files of the library for a package, and returns the functions in them.
func replacements(to, name string) (functions []string, err error) {
	folder := path.Join("_library", name)
	entries, err := library.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		text, err := library.ReadFile(path.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok {
				functions = append(functions, f.Name.Name)
			}
		}
		if err := os.WriteFile(filepath.Join(to, "latchkey_"+e.Name()), text, 0o644); err != nil {
			return nil, err
		}
	}
	return functions, err
}

// trim empties the functions of a file, and renames those that are replaced, so that nobody calls them.
func trim(text []byte, replaced []string) ([]byte, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	found := false
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		switch {
		case !ok || f.Body == nil:
		case f.Recv == nil && slices.Contains(replaced, f.Name.Name):
			f.Name.Name = "replaced" + f.Name.Name
			found = true
		case f.Recv != nil && contains(emptied[receiver(f)], f.Name.Name):
			empty(file, f)
			found = true
		}
	}
	if !found {
		return text, nil
	}
	var out bytes.Buffer
	err = format.Node(&out, fset, file)
	return out.Bytes(), err
}

// empty takes the body of a function away, and the comments in it.
func empty(file *ast.File, f *ast.FuncDecl) {
	file.Comments = slices.DeleteFunc(file.Comments, func(c *ast.CommentGroup) bool {
		return c.Pos() > f.Body.Pos() && c.Pos() < f.Body.End()
	})
	f.Body.List = []ast.Stmt{emptyBody(f)}
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
