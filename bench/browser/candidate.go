package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/andybalholm/brotli"
	"github.com/evanw/esbuild/pkg/api"

	"github.com/latchkey-auth/latchkey/js/build/dist"
)

// The candidates, in the order of the table's columns.
const (
	ours   = "js"           // our engine as JavaScript
	asWasm = "wasm"         // our engine as WebAssembly
	peer   = "msal-browser" // the real one
)

// A file is what a page's server sends.
type file struct{ plain, brotli []byte }

// A candidate is a library, built into the same page as the others and served by itself.
type candidate struct {
	name  string
	files map[string]file // by path
	site  *site
}

// app are the paths that a page loads before it can sign in; the rest is the redirect page.
func (c *candidate) app() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(c.files)), c.ofRedirect)
}

func (c *candidate) ofRedirect(path string) bool {
	return path == "/redirect.html" || path == "/redirect.js"
}

// build builds the candidates' pages in a checkout. level is brotli's.
func build(ctx context.Context, root string, level int, log io.Writer) ([]*candidate, error) {
	if err := dist.Build(ctx, dist.Options{Root: root, Log: log}); err != nil {
		return nil, err
	}
	folder, built := filepath.Join(root, "bench", "browser"), dist.Folder(root)
	if err := install(ctx, folder, log); err != nil {
		return nil, err
	}
	page := filepath.Join(folder, "page")
	var all []*candidate
	for _, b := range []struct {
		name, library string // library: in place of the package; "" = the package
		copied        map[string]string
	}{
		{ours, "latchkey.js", map[string]string{"/redirect.html": built}},
		{asWasm, "latchkey-wasm.js", map[string]string{"/redirect.html": built, "/engine.wasm": built}},
		{peer, "", map[string]string{"/redirect.html": page}},
	} {
		c := &candidate{name: b.name, files: map[string]file{}}
		scripts := []string{"app.js"}
		library := filepath.Join(built, b.library)
		if b.library == "" {
			scripts, library = append(scripts, "redirect.js"), ""
		}
		for _, script := range scripts {
			code, err := bundle(filepath.Join(page, script), library)
			if err != nil {
				return nil, err
			}
			c.files["/"+script] = newFile(code, level)
		}
		for path, from := range b.copied {
			content, err := os.ReadFile(filepath.Join(from, filepath.FromSlash(path)))
			if err != nil {
				return nil, err
			}
			c.files[path] = newFile(content, level)
		}
		all = append(all, c)
	}
	return all, nil
}

// bundle makes one minified script, with library in place of the package @azure/msal-browser; "" = the package itself.
// It imports the files that stay outside.
func bundle(entry, library string, outside ...string) ([]byte, error) {
	var alias map[string]string
	if library != "" {
		alias = map[string]string{"@azure/msal-browser": library}
	}
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{entry}, Alias: alias, External: outside, Bundle: true, Format: api.FormatESModule, Target: api.ES2022,
		Define:            map[string]string{"process.env.NODE_ENV": `"production"`},
		MinifyIdentifiers: true, MinifySyntax: true, MinifyWhitespace: true, LegalComments: api.LegalCommentsNone,
	})
	if len(result.Errors) > 0 {
		return nil, fmt.Errorf("bundling %s: %s", filepath.Base(entry), result.Errors[0].Text)
	}
	return result.OutputFiles[0].Contents, nil
}

func newFile(content []byte, level int) file {
	var out bytes.Buffer
	w := brotli.NewWriterLevel(&out, level)
	_, _ = w.Write(content) // into memory
	_ = w.Close()
	return file{plain: content, brotli: out.Bytes()}
}

// install installs msal-browser, unless it is there as the lock file says.
func install(ctx context.Context, folder string, log io.Writer) error {
	lock, err := os.ReadFile(filepath.Join(folder, "package-lock.json"))
	if err != nil {
		return err
	}
	mark := filepath.Join(folder, "node_modules", ".installed")
	if installed, err := os.ReadFile(mark); err == nil && bytes.Equal(installed, lock) {
		return nil
	}
	fmt.Fprintln(log, "npm ci, bench/browser")
	cmd := exec.CommandContext(ctx, "npm", "ci")
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("npm ci in %s: %w\n%s", folder, err, out), ctx.Err())
	}
	return os.WriteFile(mark, lock, 0o644)
}
