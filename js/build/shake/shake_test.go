package shake

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// shaken shakes a program of a main package and a library, and returns the library's text.
func shaken(t *testing.T, main, library string, files ...File) string {
	t.Helper()
	lib := Package{Path: "example.test/lib", Files: append([]File{{Name: "lib.go", Text: []byte("package lib\n" + library)}}, files...)}
	out, err := Shake([]Package{
		{Path: "main", Entry: true, Files: []File{{Name: "main.go", Text: []byte("package main\nimport \"example.test/lib\"\n" + main)}}},
		lib,
	})
	if err != nil {
		t.Fatal(err)
	}
	text := string(out["lib.go"])
	if _, err := parser.ParseFile(token.NewFileSet(), "lib.go", text, 0); err != nil {
		t.Fatalf("what is left is no Go: %v\n%s", err, text)
	}
	return text
}

func TestShake(t *testing.T) {
	tests := []struct {
		label, main, library string
		stays, goes          []string
	}{
		{
			"functions", `func main() { lib.A() }`,
			"func A() { b() }\nfunc b() {}\nfunc C() { d() }\nfunc d() {}",
			[]string{"func A", "func b"}, []string{"func C", "func d"},
		},
		{
			"variables", `func main() { lib.A() }`,
			"var a = b\nvar b = 1\nvar c = d()\nvar (\n\te = 1\n\tf = 2\n)\nfunc d() int { return f }\nfunc A() int { return a + e }",
			[]string{"var a", "var b", "e = 1"}, []string{"var c", "f = 2", "func d"},
		},
		{
			"methods by name", `func main() { var t lib.T; t.Used() }`,
			"type T int\nfunc (T) Used() {}\nfunc (*T) Unused() {}\ntype U int\nfunc (U) Used() {}",
			[]string{"(T) Used"}, []string{"Unused", "(U) Used"},
		},
		{
			"methods of interfaces", `func main() { lib.Run(lib.T(0)) }`,
			"type I interface { M() }\ntype T int\nfunc (T) M() {}\nfunc (T) N() {}\nfunc Run(i any) { i.(I).M() }",
			[]string{"(T) M"}, []string{"(T) N"},
		},
		{
			"methods of embedded types", `func main() { lib.T{}.M() }`,
			"type T struct { *U }\ntype U int\nfunc (*U) M() {}\nfunc (*U) N() {}",
			[]string{"(*U) M"}, []string{"(*U) N"},
		},
		{
			"generic types", `func main() { var l lib.List[int]; l.Push(1) }`,
			"type List[T any] []T\nfunc (l *List[T]) Push(v T) {}\nfunc (l *List[T]) Pop() {}",
			[]string{"Push"}, []string{"Pop"},
		},
		{
			"imports that nothing needs any more", `func main() { lib.A() }`,
			"import (\n\t\"strings\"\n\t\"unsafe\"\n\tother \"os\"\n)\nfunc A() { strings.ToLower(\"\") }\nfunc B(p unsafe.Pointer) { other.Exit(1) }",
			[]string{`"strings"`, `_ "unsafe"`}, []string{`"os"`, "func B"},
		},
		{
			"init, constants and what is linked", `func main() {}; var _ = lib.X`,
			"const X, Y = 1, 2\nfunc init() { a() }\nfunc a() {}\n//go:linkname linked other.linked\nfunc linked() {}\nfunc b() {}",
			[]string{"func a", "func linked", "func init"}, []string{"func b"},
		},
	}
	for _, test := range tests {
		t.Run(test.label, func(t *testing.T) {
			text := shaken(t, test.main, test.library)
			for _, s := range test.stays {
				if !strings.Contains(text, s) {
					t.Errorf("%q is gone:\n%s", s, text)
				}
			}
			for _, s := range test.goes {
				if strings.Contains(text, s) {
					t.Errorf("%q is still there:\n%s", s, text)
				}
			}
		})
	}
}

// What takes another one's place is read for what it mentions; what it replaces is not.
func TestReplacements(t *testing.T) {
	library := "func A() { old() }\nfunc old() {}\nfunc fresh() {}\nfunc B() { C() }\nfunc C() {}"
	patched := shaken(t, `func main() { lib.A() }`, library,
		File{Name: "patch.go", Text: []byte("package lib\nfunc A() { fresh() }"), Patch: true})
	if strings.Contains(patched, "func old") || !strings.Contains(patched, "func fresh") || !strings.Contains(patched, "func A") {
		t.Errorf("patched: %s", patched)
	}
	lighter := shaken(t, `func main() { lib.A() }`, library,
		File{Name: "lighter.go", Text: []byte("package lib\nfunc A() { fresh() }"), Lighter: true})
	if strings.Contains(lighter, "func old") || !strings.Contains(lighter, "func fresh") || strings.Contains(lighter, "func A") {
		t.Errorf("lighter: %s", lighter)
	}
}

func TestWithout(t *testing.T) {
	out, err := Shake([]Package{{
		Path: "main", Files: []File{{Name: "a.go", Text: []byte("package main\nfunc main() { T(0).M() }\ntype T int\nfunc (T) M() {}\ntype U T\nfunc (U) M() {}\nvar U1 U")}},
		Without: map[string]bool{"U.M": true},
	}})
	if text := string(out["a.go"]); err != nil || !strings.Contains(text, "(T) M") || strings.Contains(text, "(U) M") {
		t.Errorf("%v: %s", err, text)
	}
}

func TestNoGo(t *testing.T) {
	if _, err := Shake([]Package{{Path: "x", Files: []File{{Name: "x.go", Text: []byte("package x\nfunc {")}}}}); err == nil || !strings.Contains(err.Error(), "x.go:2") {
		t.Errorf("%v", err)
	}
}
