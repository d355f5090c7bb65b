package dist

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/latchkey-auth/latchkey/js/build/goroot"
)

// entry is the program of both engines.
const entry = "./internal/jsengine/engine"

var wasmEnv = []string{"GOOS=js", "GOARCH=wasm"}

// makeWasm compiles the engine by the Go toolchain, whose own loader goes with it. It is the toolchain that GopherJS
// stands on too: later ones make larger files.
func (b *builder) makeWasm(ctx context.Context) error {
	versions, err := b.gopherJSVersions()
	if err != nil {
		return err
	}
	return b.once(ctx, "engine.wasm", fmt.Sprint(versions), func() error {
		env := b.olderGo(versions)
		target := filepath.Join(b.out, "engine.wasm")
		// Without inlining the file compresses to a twelfth less.
		flags := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-gcflags=all=-l", "-o", target, entry}
		if _, err := b.run(ctx, append(env, wasmEnv...), "go", flags...); err != nil {
			return err
		}
		// The older toolchain is downloaded without its loader. The imports of both are the same.
		library, err := b.run(ctx, nil, "go", "env", "GOROOT")
		if err != nil {
			return err
		}
		loader, err := os.ReadFile(filepath.Join(library, "lib", "wasm", "wasm_exec.js"))
		if err != nil {
			return err
		}
		loader, err = minify(loader)
		if err != nil {
			return err
		}
		return b.write("wasm_exec.js", loader)
	})
}

// makeJS compiles the engine by GopherJS, which takes an older toolchain and its library.
func (b *builder) makeJS(ctx context.Context) error {
	versions, err := b.gopherJSVersions()
	if err != nil {
		return err
	}
	return b.once(ctx, "engine.js", fmt.Sprint(versions), func() error {
		dir, err := os.MkdirTemp("", "latchkey-engine-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		gopherjs, env, err := b.gopherJS(ctx, versions, filepath.Join(dir, "goroot"))
		if err != nil {
			return err
		}
		target := filepath.Join(dir, "engine.js")
		if _, err := b.run(ctx, env, gopherjs, "build", "-m", "-o", target, entry); err != nil {
			return err
		}
		code, err := os.ReadFile(target)
		if err != nil {
			return err
		}
		code, err = minify(code)
		if err != nil {
			return err
		}
		return b.write("engine.js", code)
	})
}

// gopherJSVersions are those of the compiler and of the toolchain that it stands on.
type gopherJSVersions struct{ compiler, toolchain string }

// gopherJSVersions reads them where the tests have them too.
func (b *builder) gopherJSVersions() (v gopherJSVersions, err error) {
	script, err := os.ReadFile(filepath.Join(b.Root, "ci", "lib.sh"))
	if err != nil {
		return v, err
	}
	for name, to := range map[string]*string{"gopherjs_version": &v.compiler, "gopherjs_go": &v.toolchain} {
		found := regexp.MustCompile(`(?m)^` + name + `=(\S+)$`).FindSubmatch(script)
		if found == nil {
			return v, fmt.Errorf("ci/lib.sh does not say %s", name)
		}
		*to = string(found[1])
	}
	return v, nil
}

// olderGo is the environment of the go command of that toolchain, in the root module alone.
func (b *builder) olderGo(v gopherJSVersions) []string {
	modfile := "'-modfile=" + filepath.Join(b.Root, "ci", "gopherjs.mod") + "'"
	flags := strings.TrimSpace(os.Getenv("GOFLAGS") + " " + modfile)
	return []string{"GOTOOLCHAIN=" + v.toolchain, "GOWORK=off", "GOFLAGS=" + flags}
}

// gopherJS installs the compiler unless it is there, and makes the library that it compiles against in a new folder. It
// returns the compiler and its environment.
func (b *builder) gopherJS(ctx context.Context, v gopherJSVersions, library string) (program string, env []string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", nil, err
	}
	bin := filepath.Join(cache, "latchkey-tools", "gopherjs-"+v.compiler)
	program = filepath.Join(bin, "gopherjs")
	plain := []string{"GOTOOLCHAIN=" + v.toolchain, "GOWORK=off"}
	const module = "github.com/gopherjs/gopherjs"
	if _, err := os.Stat(program); err != nil {
		fmt.Fprintln(b.Log, "installing GopherJS", v.compiler)
		if _, err := b.run(ctx, append(plain, "GOBIN="+bin), "go", "install", module+"@"+v.compiler); err != nil {
			return "", nil, err
		}
	}
	text, err := b.run(ctx, nil, "go", "mod", "download", "-json", module+"@"+v.compiler)
	if err != nil {
		return "", nil, err
	}
	var source struct{ Dir string }
	if err := json.Unmarshal([]byte(text), &source); err != nil {
		return "", nil, err
	}
	env = b.olderGo(v)
	from, err := b.run(ctx, env, "go", "env", "GOROOT")
	if err != nil {
		return "", nil, err
	}
	options := goroot.Options{
		From: from, Natives: filepath.Join(source.Dir, "compiler", "natives", "src"), Module: b.Root, Entry: entry, Env: env,
	}
	if err := goroot.Make(ctx, options, library); err != nil {
		return "", nil, err
	}
	return program, append(env, "GOPHERJS_GOROOT="+library, "GOPHERJS_SKIP_VERSION_CHECK=true"), nil
}

// minify shortens a script. GopherJS has given short names already, and others compress worse.
func minify(code []byte) ([]byte, error) {
	result := api.Transform(string(code), api.TransformOptions{
		Target:           api.ES2022,
		MinifySyntax:     true,
		MinifyWhitespace: true,
		LegalComments:    api.LegalCommentsNone,
	})
	return result.Code, firstError(result.Errors)
}
