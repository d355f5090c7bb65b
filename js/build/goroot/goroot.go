// Package goroot makes the Go distribution that the page's core is compiled against by GopherJS: the real one, without
// what the program does not use, and with lighter functions where the real ones bring tables, reflection or blocking code
// that a page need not download.
//
// The folder lighter holds those functions, a package each. They mean what the real ones mean, for what the core asks of
// them; tests compare them. What the core uses and this distribution lacks is an error of the compiler, never a surprise.
package goroot

import (
	"context"
	"embed"
	"fmt"
	"go/build"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/latchkey-auth/latchkey/js/build/shake"
)

// Options say what to make.
type Options struct {
	From    string   // the real GOROOT, of the version that GopherJS takes
	Natives string   // GopherJS's folder compiler/natives/src: what it puts in the place of the library's functions
	Module  string   // folder of the module to compile
	Entry   string   // package to compile, as ./path in Module
	Env     []string // environment of the go command: GOWORK, GOFLAGS, GOTOOLCHAIN
}

// lighter are functions for the standard library, by package. Files for tests and for comparing natively stay out.
//
//go:embed lighter
var lighter embed.FS

// without are methods that the core never calls on these types, though it calls others of the same name. They bring the
// text of times, with its months and zones, and what contexts print.
var without = map[string][]string{
	"time": {
		"Time.String", "Time.GoString", "Time.Format", "Time.AppendFormat", "Time.appendFormat", "Time.AddDate", "Time.Date",
		"Time.Clock", "Time.MarshalText", "Time.UnmarshalText", "Time.MarshalJSON", "Time.UnmarshalJSON", "Time.MarshalBinary",
		"Time.UnmarshalBinary", "Month.String", "Weekday.String", "ParseError.Error",
	},
	"context": {
		"cancelCtx.String", "timerCtx.String", "afterFuncCtx.String", "stopCtx.String", "withoutCancelCtx.String",
		"backgroundCtx.String", "todoCtx.String",
	},
}

// platform is what GopherJS compiles the standard library for.
func platform() *build.Context {
	c := build.Default
	c.GOOS, c.GOARCH = "js", "ecmascript"
	c.BuildTags = []string{"gopherjs", "wasm", "netgo", "purego", "math_big_pure_go"}
	c.ReleaseTags = nil
	for minor := 1; minor <= 21; minor++ {
		c.ReleaseTags = append(c.ReleaseTags, fmt.Sprintf("go1.%d", minor))
	}
	return &c
}

// Make writes the distribution to dst, which must not exist. What it does not change are links to o.From.
func Make(ctx context.Context, o Options, dst string) error {
	packages, err := read(ctx, o)
	if err != nil {
		return err
	}
	files, err := shake.Shake(packages)
	if err != nil {
		return err
	}
	if err := link(o.From, dst); err != nil {
		return err
	}
	for name, text := range files {
		inside, err := filepath.Rel(o.From, name)
		if err != nil || strings.HasPrefix(inside, "..") {
			continue // of the module: GopherJS reads that itself
		}
		target := filepath.Join(dst, inside)
		if err := os.Remove(target); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("goroot: %w", err)
		}
		if err := os.WriteFile(target, text, 0o644); err != nil {
			return fmt.Errorf("goroot: %w", err)
		}
	}
	return nil
}

// read reads everything that the entry imports.
func read(ctx context.Context, o Options) ([]shake.Package, error) {
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-f", "{{.ImportPath}}\t{{.Dir}}\t{{.Standard}}", o.Entry)
	list.Dir, list.Stderr = o.Module, os.Stderr
	list.Env = append(append(os.Environ(), o.Env...), "GOOS=js", "GOARCH=wasm")
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("goroot: go list: %w", err)
	}
	p := platform()
	runtime, err := patches(p, filepath.Join(o.Natives, "..", "..", "..", "js"))
	if err != nil {
		return nil, err
	}
	packages := []shake.Package{{Path: "github.com/gopherjs/gopherjs/js", Files: runtime, Entry: true}}
	for line := range strings.Lines(string(out)) {
		path, rest, _ := strings.Cut(strings.TrimSpace(line), "\t")
		dir, standard, _ := strings.Cut(rest, "\t")
		files, err := shake.Read(p, dir)
		if err != nil {
			return nil, err
		}
		made := shake.Package{Path: path, Files: files, Entry: standard != "true", Without: map[string]bool{}}
		if !made.Entry {
			if err := o.lighten(p, &made, dir); err != nil {
				return nil, err
			}
		}
		packages = append(packages, made)
	}
	return packages, nil
}

// lighten adds the compiler's patches and our functions to a package of the standard library.
func (o Options) lighten(p *build.Context, made *shake.Package, dir string) error {
	patched, err := patches(p, filepath.Join(o.Natives, filepath.FromSlash(made.Path)))
	if err != nil {
		return err
	}
	made.Files = append(made.Files, patched...)
	for _, name := range without[made.Path] {
		made.Without[name] = true
	}
	names, err := fs.Glob(lighter, "lighter/"+made.Path+"/*.go")
	if err != nil {
		return fmt.Errorf("goroot: %w", err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_native.go") {
			continue
		}
		text, err := lighter.ReadFile(name)
		if err != nil {
			return fmt.Errorf("goroot: %w", err)
		}
		target := filepath.Join(dir, "lighter_"+filepath.Base(name))
		made.Files = append(made.Files, shake.File{Name: target, Text: text, Lighter: true})
	}
	return nil
}

// patches reads a folder of GopherJS's own functions, if it has one.
func patches(p *build.Context, dir string) ([]shake.File, error) {
	if _, err := os.Stat(dir); os.IsNotExist(err) {
		return nil, nil
	}
	files, err := shake.Read(p, dir)
	for i := range files {
		files[i].Patch = true
	}
	return files, err
}

// link makes dst a tree of folders with links to the files of from.
func link(from, dst string) error {
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(dst, inside), 0o755)
		}
		return os.Symlink(path, filepath.Join(dst, inside))
	})
	if err != nil {
		return fmt.Errorf("goroot: %w", err)
	}
	return nil
}
