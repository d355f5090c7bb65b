package dist

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// entry is the program of both engines.
const entry = "./internal/jsengine/engine"

var wasmEnv = []string{"GOOS=js", "GOARCH=wasm"}

// makeWasm compiles the engine by the Go toolchain, whose own loader goes with it.
func (b *builder) makeWasm(ctx context.Context) error {
	version, err := b.run(ctx, nil, "go", "version")
	if err != nil {
		return err
	}
	return b.once(ctx, "engine.wasm", version, func() error {
		target := filepath.Join(b.out, "engine.wasm")
		// Without inlining the file compresses to a twelfth less.
		flags := []string{"build", "-trimpath", "-ldflags=-s -w", "-gcflags=all=-l", "-o", target, entry}
		if _, err := b.run(ctx, wasmEnv, "go", flags...); err != nil {
			return err
		}
		goroot, err := b.run(ctx, nil, "go", "env", "GOROOT")
		if err != nil {
			return err
		}
		loader, err := os.ReadFile(filepath.Join(goroot, "lib", "wasm", "wasm_exec.js"))
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
		gopherjs, env, err := b.gopherJS(ctx, versions)
		if err != nil {
			return err
		}
		dir, err := os.MkdirTemp("", "latchkey-engine-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
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

// gopherJS installs the compiler unless it is there, and returns it and its environment.
func (b *builder) gopherJS(ctx context.Context, v gopherJSVersions) (program string, env []string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", nil, err
	}
	cache = filepath.Join(cache, "latchkey-tools")
	bin := filepath.Join(cache, "gopherjs-"+v.compiler)
	program = filepath.Join(bin, "gopherjs")
	env = []string{"GOTOOLCHAIN=" + v.toolchain, "GOPHERJS_SKIP_VERSION_CHECK=true", "GOWORK=off"}
	if _, err := os.Stat(program); err != nil {
		fmt.Fprintln(b.Log, "installing GopherJS", v.compiler)
		install := append(env, "GOBIN="+bin)
		if _, err := b.run(ctx, install, "go", "install", "github.com/gopherjs/gopherjs@"+v.compiler); err != nil {
			return "", nil, err
		}
	}
	goroot, err := b.trimmedLibrary(ctx, env, cache)
	if err != nil {
		return "", nil, err
	}
	modfile := "'-modfile=" + filepath.Join(b.Root, "ci", "gopherjs.mod") + "'"
	flags := strings.TrimSpace(os.Getenv("GOFLAGS") + " " + modfile)
	return program, append(env, "GOPHERJS_GOROOT="+goroot, "GOFLAGS="+flags), nil
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
