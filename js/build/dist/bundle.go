package dist

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// Bundle makes everything that is not an engine.
func Bundle(o Options) error {
	b := newBuilder(o)
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	return b.bundle()
}

// bundle makes everything that is not an engine, which takes no time.
func (b *builder) bundle() error {
	src := filepath.Join(b.Root, "js", "src")
	for name, engine := range map[string]string{"latchkey.js": "js.js", "latchkey-wasm.js": "wasm.js"} {
		alias := map[string]string{"#engine": filepath.Join(src, "engine", engine)}
		code, err := esbuild(filepath.Join(src, "index.js"), api.FormatESModule, alias)
		if err != nil {
			return err
		}
		if err := b.write(name, code); err != nil {
			return err
		}
	}
	code, err := esbuild(filepath.Join(src, "redirect.js"), api.FormatESModule, nil)
	if err != nil {
		return err
	}
	if err := b.write("redirect.js", code); err != nil {
		return err
	}
	if err := b.redirectPage(src); err != nil {
		return err
	}
	for _, name := range []string{"latchkey.d.ts", "redirect.d.ts"} {
		types, err := os.ReadFile(filepath.Join(src, name))
		if err != nil {
			return err
		}
		if err := b.write(name, types); err != nil {
			return err
		}
	}
	return nil
}

// redirectPage puts the script into the page, and its hash into the page's policy, so that no other script runs there.
func (b *builder) redirectPage(src string) error {
	script, err := esbuild(filepath.Join(src, "redirect-page.js"), api.FormatIIFE, nil)
	if err != nil {
		return err
	}
	script = bytes.TrimSpace(script)
	page, err := os.ReadFile(filepath.Join(src, "redirect.html"))
	if err != nil {
		return err
	}
	hash := sha256.Sum256(script)
	page = bytes.Replace(page, []byte("{{hash}}"), []byte("sha256-"+base64.StdEncoding.EncodeToString(hash[:])), 1)
	page = bytes.Replace(page, []byte("{{script}}"), script, 1)
	return b.write("redirect.html", page)
}

// esbuild bundles a file. The engine and its loader stay files of their own, beside the bundle.
func esbuild(entry string, format api.Format, alias map[string]string) ([]byte, error) {
	result := api.Build(api.BuildOptions{
		EntryPoints:       []string{entry},
		Bundle:            true,
		Format:            format,
		Target:            api.ES2022,
		Alias:             alias,
		External:          []string{"./engine.js", "./wasm_exec.js"},
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		MinifyWhitespace:  true,
		Charset:           api.CharsetUTF8,
	})
	if err := firstError(result.Errors); err != nil {
		return nil, err
	}
	return result.OutputFiles[0].Contents, nil
}

func firstError(messages []api.Message) error {
	if len(messages) == 0 {
		return nil
	}
	m := messages[0]
	if m.Location == nil {
		return fmt.Errorf("esbuild: %s", m.Text)
	}
	return fmt.Errorf("esbuild: %s:%d: %s", m.Location.File, m.Location.Line, m.Text)
}
