// Package dist makes the files of the npm package, in js/dist: the Go core compiled to JavaScript and to WebAssembly,
// the facade around it, the redirect page and the types.
package dist

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Engines.
const (
	JS   = "js"   // the Go core as JavaScript, by GopherJS
	Wasm = "wasm" // the Go core as WebAssembly, by the Go toolchain
)

// Options say what is built.
type Options struct {
	// Root is the checkout; see [Root].
	Root string
	// Engines are those that are built. None: both.
	Engines []string
	// Log is told what takes time. Nil: nobody is.
	Log io.Writer
}

// Root returns the checkout that the working directory is in.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for start := dir; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%s is in no checkout of latchkey: there is no go.work above it", start)
		}
	}
}

// Folder returns the folder of the built files.
func Folder(root string) string { return filepath.Join(root, "js", "dist") }

// Build makes what is not up to date.
func Build(ctx context.Context, o Options) error {
	if len(o.Engines) == 0 {
		o.Engines = []string{JS, Wasm}
	}
	b := newBuilder(o)
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	b.stamps = readStamps(b.out)
	for _, engine := range o.Engines {
		compile, ok := map[string]func(context.Context) error{JS: b.makeJS, Wasm: b.makeWasm}[engine]
		if !ok {
			return fmt.Errorf("there is no engine %q, only js and wasm", engine)
		}
		if err := compile(ctx); err != nil {
			return fmt.Errorf("the engine %s: %w", engine, err)
		}
	}
	return b.bundle()
}

// A builder is one run.
type builder struct {
	Options
	out    string
	stamps *stamps
}

func newBuilder(o Options) *builder {
	if o.Log == nil {
		o.Log = io.Discard
	}
	return &builder{Options: o, out: Folder(o.Root)}
}

// write writes a file into the output folder.
func (b *builder) write(name string, content []byte) error {
	return os.WriteFile(filepath.Join(b.out, name), content, 0o644)
}

// run runs a command in the checkout and returns what it prints.
func (b *builder) run(ctx context.Context, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = b.Root
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), err, exit.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}
