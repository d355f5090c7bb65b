// Package shake leaves out what a program does not use of its packages' source: functions, variables, and above all
// methods, which GopherJS keeps for every type that is used, whether anything calls them or not.
//
// It works by names. A method stays if anything that is used selects its name, or if an interface that is used has it;
// a function or a variable stays if anything that is used mentions its name. Where a name means several things all of
// them stay, so that what is used is never missing. Only a program that finds methods by reflection would miss some.
package shake

import (
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A Package is the source of one package.
type Package struct {
	Path  string // import path
	Files []File // its source
	Entry bool   // everything in it is used: what the program starts with
	// Without are methods, as Type.Name, that go although something selects their name: of another type.
	Without map[string]bool
}

// A File is one Go source file.
type File struct {
	Name string // path of the file
	Text []byte // what is in it
	// Patch marks a file of the compiler, whose functions it puts in the place of the package's own ones.
	Patch bool
	// Lighter marks a file to be added to the package, whose functions take the place of the package's own ones.
	Lighter bool
}

// Read reads the Go files of a folder that a platform compiles, but for tests.
func Read(platform *build.Context, dir string) ([]File, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var files []File
	for _, name := range names {
		matches, err := platform.MatchFile(dir, filepath.Base(name))
		if err != nil {
			return nil, fmt.Errorf("shake: %w", err)
		}
		if !matches || strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		files = append(files, File{Name: name, Text: text})
	}
	return files, nil
}

// Shake returns the packages' files, but for patches, by name, without what the program does not use. A file that is no
// Go is an error.
func Shake(packages []Package) (map[string][]byte, error) {
	g := graph{
		declared: map[string][]*declaration{}, methods: map[string][]*declaration{}, methodsOf: map[string][]*declaration{},
		types: map[string]bool{}, selected: map[string]bool{},
	}
	var files []*file
	for _, p := range packages {
		parsed, err := parsePackage(p)
		if err != nil {
			return nil, err
		}
		files = append(files, parsed...)
		for _, f := range parsed {
			for _, d := range f.declarations {
				if d.replaced || d.dropped {
					continue
				}
				g.add(d)
				if p.Entry || d.always || f.patch {
					g.use(d)
				}
			}
		}
	}
	g.mark()
	out := map[string][]byte{}
	for _, f := range files {
		if !f.patch {
			out[f.name] = f.rest()
		}
	}
	return out, nil
}

// parsePackage parses a package's files and notes which of its functions its patches replace.
func parsePackage(p Package) ([]*file, error) {
	var files []*file
	patched, lighter := map[string]bool{}, map[string]bool{}
	for _, source := range p.Files {
		f, err := parse(p.Path, source)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
		for _, d := range f.declarations {
			switch {
			case f.patch && d.replaces():
				patched[key(d.receiver, d.name)] = true
			case f.lighter && d.function():
				lighter[key(d.receiver, d.name)] = true
			}
		}
	}
	for _, f := range files {
		for _, d := range f.declarations {
			own := !f.patch && !f.lighter && d.function()
			d.replaced = own && patched[key(d.receiver, d.name)]
			d.dropped = own && lighter[key(d.receiver, d.name)] || p.Without[d.receiver+"."+d.name]
		}
	}
	return files, nil
}

func parse(path string, source File) (*file, error) {
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, source.Name, source.Text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("shake: %w", err)
	}
	f := &file{name: source.Name, path: path, patch: source.Patch, lighter: source.Lighter, text: source.Text, syntax: syntax, imports: map[string]string{}}
	for _, i := range syntax.Imports {
		of, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("shake: %s: %w", source.Name, err)
		}
		f.imports[importName(i, of)] = of
	}
	f.declare()
	return f, nil
}
