package compiler

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/js/build/goroot"
)

// read returns what the scripts in ci say about the versions.
func read(t *testing.T) Options {
	t.Helper()
	script, err := os.ReadFile("../../../ci/lib.sh")
	if err != nil {
		t.Fatal(err)
	}
	value := func(name string) string {
		found := regexp.MustCompile(`(?m)^` + name + `=(\S+)$`).FindSubmatch(script)
		if found == nil {
			t.Fatalf("ci/lib.sh does not say %s", name)
		}
		return string(found[1])
	}
	o := Options{Version: value("gopherjs_version"), Toolchain: value("gopherjs_go")}
	o.Source = command(t, nil, "", "go", "list", "-m", "-f", "{{.Dir}}", "github.com/gopherjs/gopherjs")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	o.Tools = filepath.Join(cache, "latchkey-tools")
	return o
}

// command runs a command and returns what it prints.
func command(t *testing.T, env []string, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out.Bytes(), problems.Bytes())
	}
	return strings.TrimSpace(out.String())
}

// printed runs a program, which may end badly, and returns all that it prints.
func printed(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out)
}

// A program does the same by the compiler with our edits as by the Go toolchain. It is compiled with the library as it is,
// where reflection looks at all types, and with the trimmed one, as the page's core is. The released compiler is no
// measure: it loses a panic that ends another one where deferred calls block.
func TestSameMeaning(t *testing.T) {
	o := read(t)
	dir := filepath.Join("testdata", "program")
	native := filepath.Join(t.TempDir(), "program")
	command(t, plainGo(o), dir, "go", "build", "-o", native, ".")
	want := printed(t, native)
	for _, tt := range []struct {
		name    string
		trimmed bool
		flags   []string
	}{{"whole library", false, nil}, {"shortened", false, []string{"-m"}}, {"trimmed library", true, []string{"-m"}}} {
		t.Run(tt.name, func(t *testing.T) {
			got, script := compiled(t, o, dir, tt.trimmed, tt.flags...)
			if strings.Contains(script, "NobodyCallsThis") == tt.trimmed {
				t.Error("a method that nobody calls is kept where reflection cannot call it, or left out where it can")
			}
			if tt.trimmed {
				// Its locks are never contended: package goroot.
				got, _, _ = strings.Cut(got, "== locks")
				want, _, _ = strings.Cut(want, "== locks")
			}
			same(t, got, want)
		})
	}
}

// Functions that JavaScript calls, and a program that cannot go on, behave as by the released compiler.
func TestSameEnds(t *testing.T) {
	o := read(t)
	released := t.TempDir()
	command(t, append(plainGo(o), "GOBIN="+released), "", "go", "install", "github.com/gopherjs/gopherjs@"+o.Version)
	for _, name := range []string{"callbacks", "deadlock"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("testdata", name)
			got, _ := compiled(t, o, dir, false)
			want, _ := run(t, o, filepath.Join(released, "gopherjs"), library(t, o), dir)
			same(t, got, want)
		})
	}
}

// same says where two texts begin to differ.
func same(t *testing.T, got, want string) {
	t.Helper()
	if got == "" {
		t.Error("nothing was printed")
	}
	lines, others := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(lines), len(others)) {
		if i >= len(lines) || i >= len(others) || lines[i] != others[i] {
			t.Errorf("they differ from line %d on; it prints:\n%s\n\nand not:\n%s", i+1, strings.Join(lines[min(i, len(lines)):], "\n"), strings.Join(others[min(i, len(others)):], "\n"))
			return
		}
	}
}

// plainGo is the environment of the older toolchain.
func plainGo(o Options) []string {
	return []string{"GOTOOLCHAIN=" + o.Toolchain, "GOWORK=off", "GOFLAGS="}
}

// library returns the folder of the older toolchain's library.
func library(t *testing.T, o Options) string {
	return command(t, plainGo(o), "", "go", "env", "GOROOT")
}

// compiled compiles a program by the compiler with our edits, and returns what it prints and the script.
func compiled(t *testing.T, o Options, dir string, trimmed bool, flags ...string) (output, script string) {
	t.Helper()
	program, err := Install(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	from := library(t, o)
	if trimmed {
		module, err := filepath.Abs(dir)
		if err != nil {
			t.Fatal(err)
		}
		options := goroot.Options{From: from, Natives: filepath.Join(o.Source, "compiler", "natives", "src"), Module: module, Entry: ".", Env: plainGo(o)}
		from = filepath.Join(t.TempDir(), "goroot")
		if err := goroot.Make(t.Context(), options, from); err != nil {
			t.Fatal(err)
		}
	}
	return run(t, o, program, from, dir, flags...)
}

// run compiles a program and returns what it prints and the script.
func run(t *testing.T, o Options, compiler, from, dir string, flags ...string) (output, script string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "program.js")
	env := append(plainGo(o), "GOPHERJS_SKIP_VERSION_CHECK=true", "GOPHERJS_GOROOT="+from)
	command(t, env, dir, compiler, append(append([]string{"build", "-o", name}, flags...), ".")...)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return printed(t, "node", name), string(text)
}

// A version of the compiler that an edit does not fit is refused.
func TestEdits(t *testing.T) {
	e := edit{name: "one", file: "a.go", anchor: "old", with: "new"}
	span := edit{name: "span", file: "a.go", anchor: "from", until: "to", with: "x "}
	for _, tt := range []struct {
		name, text string
		edit       edit
		want, err  string
	}{
		{"once", "an old text", e, "an new text", ""},
		{"missing", "a text", e, "", "0 times"},
		{"twice", "old and old", e, "", "2 times"},
		{"up to", "a from b to c", span, "a x to c", ""},
		{"no end", "a to b from c", span, "", `no "to"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			name := filepath.Join(dir, tt.edit.file)
			if err := os.WriteFile(name, []byte(tt.text), 0o644); err != nil {
				t.Fatal(err)
			}
			err := apply(dir, "v1.2.3", []edit{tt.edit})
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || !strings.Contains(err.Error(), "v1.2.3") || !strings.Contains(err.Error(), tt.edit.name) {
					t.Fatalf("got %v", err)
				}
				return
			}
			text, readErr := os.ReadFile(name)
			if err != nil || readErr != nil || string(text) != tt.want {
				t.Errorf("got %q, %v, %v", text, err, readErr)
			}
		})
	}
}

// The names of edits are different, and none is without effect.
func TestEditsAreDistinct(t *testing.T) {
	names := map[string]bool{}
	for _, e := range edits("v1.21.0", "hash") {
		if names[e.name] || e.name == "" || e.anchor == e.with {
			t.Errorf("the edit %q", e.name)
		}
		names[e.name] = true
	}
}

// A program that would change a value that is handed on without a copy is refused.
func TestRefusedChanges(t *testing.T) {
	o := read(t)
	program, err := Install(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join("testdata", "changed")
	cmd := exec.Command(program, "build", "-o", filepath.Join(t.TempDir(), "program.js"), ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), append(plainGo(o), "GOPHERJS_SKIP_VERSION_CHECK=true", "GOPHERJS_GOROOT="+library(t, o))...)
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatal("it was compiled")
	}
	source, err := os.ReadFile(filepath.Join(dir, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(source), "\n") {
		reported := strings.Contains(string(out), fmt.Sprintf("main.go:%d:", i+1))
		if reported != strings.HasSuffix(line, "// refused") {
			t.Errorf("line %d: refused %v: %s\n%s", i+1, reported, line, out)
		}
	}
}
