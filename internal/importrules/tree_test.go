package importrules

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// module is the import path of the root; the nested modules are below it.
const module = "github.com/latchkey-auth/latchkey"

// A source is a parsed Go file.
type source struct {
	name   string // path from the root of the repository, with slashes
	folder string // the same of its package; "." is the root package
	test   bool
	lines  int
	file   *ast.File
	fset   *token.FileSet
}

// at is the place of a node, for messages.
func (s source) at(n ast.Node) string {
	return s.name + ":" + strconv.Itoa(s.fset.Position(n.Pos()).Line)
}

// imports are the import paths in the file.
func (s source) imports() []string {
	var paths []string
	for _, spec := range s.file.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		paths = append(paths, p)
	}
	return paths
}

// standIns are functions in the place of the standard library's, whose documentation is theirs.
const standIns = "js/build/goroot/lighter/"

// parse parses the Go files among files, which maps paths to text.
func parse(t *testing.T, files map[string]string) []source {
	t.Helper()
	var sources []source
	for name, text := range files {
		if !strings.HasSuffix(name, ".go") || strings.Contains("/"+name, "/testdata/") || strings.HasPrefix(name, standIns) {
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, source{
			name: name, folder: path.Dir(name), test: strings.HasSuffix(name, "_test.go"),
			lines: strings.Count(text, "\n"), file: file, fset: fset,
		})
	}
	slices.SortFunc(sources, func(a, b source) int { return strings.Compare(a.name, b.name) })
	return sources
}

// root is the root of the repository, seen from this package.
var root = filepath.Join("..", "..")

// repository is every text file below the root.
var repository = sync.OnceValues(func() (map[string]string, error) {
	files := map[string]string{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			hidden := strings.HasPrefix(d.Name(), ".") && !slices.Contains([]string{"..", ".ci", ".github"}, d.Name())
			built := strings.HasSuffix(filepath.ToSlash(name), "/js/dist")
			if hidden || built || d.Name() == "node_modules" { // tools' own folders
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil || bytes.IndexByte(text, 0) >= 0 { // a binary file
			return err
		}
		rel, err := filepath.Rel(root, name)
		files[filepath.ToSlash(rel)] = string(text)
		return err
	})
	return files, err
})

func textFiles(t *testing.T) map[string]string {
	t.Helper()
	files, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

var parsed struct {
	once    sync.Once
	sources []source
}

// sources are the Go files of the repository.
func sources(t *testing.T) []source {
	t.Helper()
	parsed.once.Do(func() { parsed.sources = parse(t, textFiles(t)) })
	return parsed.sources
}

// A listed package is one of go list -deps -json.
type listed struct {
	ImportPath string
	GoFiles    []string
	Imports    []string
	Deps       []string
	Standard   bool
}

// goList runs go list -deps in a folder of the repository.
func goList(t *testing.T, folder, goos string, patterns ...string) []listed {
	t.Helper()
	args := append([]string{"list", "-deps", "-json=ImportPath,GoFiles,Imports,Deps,Standard"}, patterns...)
	var packages []listed
	decoder := json.NewDecoder(bytes.NewReader(goCommand(t, folder, goos, args...)))
	for decoder.More() {
		var p listed
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	return packages
}

// goCommand runs the go command; goos is "" for this machine's.
func goCommand(t *testing.T, folder, goos string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = filepath.Join(root, filepath.FromSlash(folder))
	cmd.Env = os.Environ()
	if goos == "js" {
		cmd.Env = append(cmd.Env, "GOOS=js", "GOARCH=wasm")
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return out
}

// inRepository turns an import path into a folder.
func inRepository(importPath string) (folder string, ok bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// report fails the test with each problem.
func report(t *testing.T, problems []string) {
	t.Helper()
	for _, p := range problems {
		t.Error(p)
	}
}

// expect checks that a check finds exactly one problem, which contains want, or none if want is empty.
func expect(t *testing.T, problems []string, want string) {
	t.Helper()
	switch {
	case want == "" && len(problems) == 0:
	case want != "" && len(problems) == 1 && strings.Contains(problems[0], want):
	default:
		t.Errorf("problems %q, want %q", problems, want)
	}
}
