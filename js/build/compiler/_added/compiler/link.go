// Package compiler is of GopherJS. These files of ours are added to it by js/build/compiler.
package compiler

import (
	"regexp"
	"strings"

	"github.com/gopherjs/gopherjs/compiler/prelude"
)

// A link is what is known of a whole program.
type link struct {
	// all says that the program looks at types in ways that cannot be foreseen: all methods are there, with their types.
	all bool
	// typed are the names of methods that interfaces ask for and that have several types in the program.
	typed map[string]bool
	// prelude are the names that the runtime uses.
	prelude map[string]bool
}

var (
	request = regexp.MustCompile("\x01(.*?)\x02(.*?)\x02(.*?)\x02(.*?)\x03")
	wrapper = regexp.MustCompile(`\.Make(Full)?Wrapper\b`)
	used    = regexp.MustCompile(`(\.\$[mp])?\.([A-Za-z_][A-Za-z_0-9]*)|"([A-Za-z_][A-Za-z_0-9]*)"\)`)
)

func newLink(pkgs []*Archive) *link {
	l := &link{typed: map[string]bool{}, prelude: map[string]bool{}}
	asked, signatures := map[string]bool{"Error": true}, map[string]map[string]bool{"Error": {}}
	add := func(name, signature string) {
		if signatures[name] == nil {
			signatures[name] = map[string]bool{}
		}
		signatures[name][signature] = true
	}
	for _, pkg := range pkgs {
		l.all = l.all || pkg.ImportPath == "internal/abi" // which reflection is made of
		for _, d := range pkg.Declarations {
			if pkg.ImportPath != "github.com/gopherjs/gopherjs/js" { // which declares them
				l.all = l.all || wrapper.Match(d.FuncDeclCode) || wrapper.Match(d.InitCode)
			}
			if d.MethodName != "" {
				add(d.MethodName, d.MethodSignature)
			}
			for _, code := range [][]byte{d.AnonTypeDeclCode, d.TypeInitCode} {
				for _, m := range request.FindAllSubmatch(code, -1) {
					asked[string(m[1])] = true
					add(string(m[1]), string(m[2]))
				}
			}
		}
	}
	for name := range asked {
		if len(signatures[name]) > 1 {
			l.typed[name] = true
		}
	}
	for _, f := range prelude.PreludeFiles() {
		for _, m := range used.FindAllStringSubmatch(f.Source, -1) {
			l.prelude[m[2]] = true
		}
	}
	return l
}

// called says whether a method is called by the runtime, or perhaps by reflection.
func (l *link) called(name string) bool { return l.all || l.prelude[name] }

// leaveOut says whether a declaration is of a method's type that nobody looks at.
func (l *link) leaveOut(d *Decl) bool {
	return d.MethodName != "" && !l.all && !l.typed[d.MethodName]
}

// resolve finishes what interfaces ask for.
func (l *link) resolve(code []byte) []byte {
	return request.ReplaceAllFunc(code, func(match []byte) []byte {
		m := request.FindSubmatch(match)
		name, pkg, typ := string(m[1]), string(m[3]), "0"
		if l.all || l.typed[name] {
			typ = string(m[4])
		}
		switch {
		case pkg != "":
			return []byte(`["` + name + `",` + typ + `,"` + pkg + `"]`)
		case typ != "0":
			return []byte(`["` + name + `",` + typ + `]`)
		}
		return []byte(`"` + name + `"`)
	})
}

// errorType gives the interface error the type of its method if that is looked at.
func (l *link) errorType() string {
	if l.all || l.typed["Error"] {
		return "$error.methods[0].typ = $funcType([], [$String], false);\n"
	}
	return ""
}

// Names returns the names of the properties that the declaration uses, and of the methods that it asks for.
func (d *Decl) Names() []string {
	code := strings.Join([]string{string(d.AnonTypeDeclCode), string(d.FuncDeclCode), string(d.TypeInitCode), string(d.InitCode)}, "\n")
	var names []string
	for _, m := range used.FindAllStringSubmatch(code, -1) {
		switch {
		case m[3] != "":
			names = append(names, m[3])
		case m[1] == "":
			names = append(names, m[2])
		}
	}
	for _, m := range request.FindAllStringSubmatch(code, -1) {
		names = append(names, m[1])
	}
	return names
}
