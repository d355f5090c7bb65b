// Package compiler makes the GopherJS that compiles the page's core: the released one with edits of ours, because what a
// page downloads is mostly what the compiler writes. The edits change how a function that may block is compiled, what is
// said of types, and which methods are kept; docs/browser-size.md says what each saves.
//
// An edit names a file, a short text that this file has exactly once, and what comes in its place. If the text is not
// there, as after a change of GopherJS' version, making the compiler fails and says which edit it was. Whole files of
// ours are in the folder _added.
package compiler

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

//go:embed all:_added
var added embed.FS

// Options say what to make, and where.
type Options struct {
	Version   string // of GopherJS, as v1.21.0
	Source    string // folder of that version's module
	Toolchain string // that it is built by, as go1.21.13
	Tools     string // folder for built tools
}

// Install makes the compiler unless it is there, and returns the program.
func Install(ctx context.Context, o Options) (program string, err error) {
	hash, err := fingerprint()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(o.Tools, "gopherjs-"+o.Version+"-"+hash)
	program = filepath.Join(folder, "gopherjs")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	scratch, err := os.MkdirTemp(folder, "making-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch)
	source, made := filepath.Join(scratch, "source"), filepath.Join(scratch, "gopherjs")
	if err := write(o, hash, source); err != nil {
		return "", err
	}
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", made, ".")
	build.Dir = source
	build.Env = append(os.Environ(), "GOTOOLCHAIN="+o.Toolchain, "GOWORK=off", "GOFLAGS=", "GOOS=", "GOARCH=")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("GopherJS %s with our edits does not build: %w\n%s", o.Version, err, out)
	}
	// Another process may have made the same one meanwhile.
	return program, os.Rename(made, program)
}

// edits are all edits. The last one keeps the caches of this compiler and of the released one apart.
func edits(version, hash string) []edit {
	number := `const Version = "` + strings.TrimPrefix(version, "v")
	return append(slices.Concat(generators, output, descriptions, pageValues, eager), edit{
		name: "version", file: "compiler/version_check.go", anchor: number, with: number + "." + hash,
	})
}

// write writes the changed source to a new folder.
func write(o Options, hash, dst string) error {
	if err := os.CopyFS(dst, os.DirFS(o.Source)); err != nil {
		return err
	}
	if err := apply(dst, o.Version, edits(o.Version, hash)); err != nil {
		return err
	}
	return eachAdded(func(name string, text []byte) error {
		return os.WriteFile(filepath.Join(dst, filepath.FromSlash(name)), text, 0o644)
	})
}

// fingerprint is a hash of what is changed.
func fingerprint() (string, error) {
	hash := sha256.New()
	fmt.Fprintf(hash, "%q", edits("", ""))
	err := eachAdded(func(name string, text []byte) error {
		_, err := fmt.Fprintf(hash, "%s %d\n%s", name, len(text), text)
		return err
	})
	return hex.EncodeToString(hash.Sum(nil)[:6]), err
}

// eachAdded calls f for each file of ours, with its name in the compiler's module.
func eachAdded(f func(name string, text []byte) error) error {
	return fs.WalkDir(added, "_added", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := added.ReadFile(name)
		if err != nil {
			return err
		}
		return f(strings.TrimPrefix(name, "_added/"), text)
	})
}
