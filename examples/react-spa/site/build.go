package site

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/latchkey-auth/latchkey/js/build/dist"
)

// Folder returns the folder of the example in a checkout.
func Folder(root string) string { return filepath.Join(root, "examples", "react-spa") }

// build bundles the page: where its code, and @azure/msal-react, say @azure/msal-browser, they get Latchkey.
func build(ctx context.Context, root string, o Options) (files, error) {
	if err := Install(ctx, root, o); err != nil {
		return nil, err
	}
	built, page := dist.Folder(root), filepath.Join(Folder(root), "page")
	facade := map[string]string{dist.JS: "latchkey.js", dist.Wasm: "latchkey-wasm.js"}[o.Engine]
	result := api.Build(api.BuildOptions{
		EntryPoints:       []string{filepath.Join(page, "main.tsx")},
		Alias:             map[string]string{"@azure/msal-browser": filepath.Join(built, facade)},
		Bundle:            true,
		Format:            api.FormatESModule,
		Target:            api.ES2022,
		JSX:               api.JSXAutomatic,
		Define:            map[string]string{"process.env.NODE_ENV": `"production"`},
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		MinifyWhitespace:  true,
	})
	if len(result.Errors) > 0 {
		m := result.Errors[0]
		return nil, fmt.Errorf("bundling the page: %s (%v)", m.Text, m.Location)
	}
	f := files{"/app.js": result.OutputFiles[0].Contents}
	from := map[string]string{"/index.html": page, "/style.css": page, "/redirect.html": built}
	if o.Engine == dist.Wasm {
		from["/engine.wasm"] = built
	}
	for name, folder := range from {
		content, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		f[name] = content
	}
	return f, nil
}

// Install installs the page's npm packages, unless they are there as the lock file says.
func Install(ctx context.Context, root string, o Options) error {
	folder := Folder(root)
	lock, err := os.ReadFile(filepath.Join(folder, "package-lock.json"))
	if err != nil {
		return err
	}
	mark := filepath.Join(folder, "node_modules", ".installed")
	if installed, err := os.ReadFile(mark); err == nil && bytes.Equal(installed, lock) {
		return nil
	}
	fmt.Fprintln(o.Log, "npm ci, examples/react-spa")
	cmd := exec.CommandContext(ctx, "npm", "ci")
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("npm ci in %s: %w\n%s", folder, err, out), ctx.Err())
	}
	return os.WriteFile(mark, lock, 0o644)
}
