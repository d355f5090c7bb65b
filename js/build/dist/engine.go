package dist

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/latchkey-auth/latchkey/js/build/compiler"
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
		code, err := b.compileJS(ctx, versions)
		if err != nil {
			return err
		}
		code, err = b.eager(code)
		if err != nil {
			return err
		}
		code, err = shorten(code)
		if err != nil {
			return err
		}
		return b.write("engine.js", code)
	})
}

// compileJS returns what GopherJS writes, with the names of functions.
func (b *builder) compileJS(ctx context.Context, v gopherJSVersions) ([]byte, error) {
	dir, err := os.MkdirTemp("", "latchkey-engine-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	gopherjs, env, err := b.gopherJS(ctx, v, filepath.Join(dir, "goroot"))
	if err != nil {
		return nil, err
	}
	target := filepath.Join(dir, "engine.js")
	if _, err := b.run(ctx, append(env, markFunctions), gopherjs, "build", "-m", "-o", target, entry); err != nil {
		return nil, err
	}
	return os.ReadFile(target)
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

// gopherJSModule is the compiler's module.
const gopherJSModule = "github.com/gopherjs/gopherjs"

// Compiler makes the compiler of the JavaScript engine unless it is there, and returns the program. The tests of the
// packages that a page uses run with it too.
func Compiler(ctx context.Context, o Options) (program string, err error) {
	b := newBuilder(o)
	v, err := b.gopherJSVersions()
	if err != nil {
		return "", err
	}
	source, err := b.gopherJSSource(ctx, v)
	if err != nil {
		return "", err
	}
	return b.compiler(ctx, v, source)
}

// gopherJSSource downloads the compiler's module unless it is there, and returns its folder.
func (b *builder) gopherJSSource(ctx context.Context, v gopherJSVersions) (string, error) {
	text, err := b.run(ctx, nil, "go", "mod", "download", "-json", gopherJSModule+"@"+v.compiler)
	if err != nil {
		return "", err
	}
	var source struct{ Dir string }
	err = json.Unmarshal([]byte(text), &source)
	return source.Dir, err
}

// compiler makes the compiler unless it is there.
func (b *builder) compiler(ctx context.Context, v gopherJSVersions, source string) (program string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return compiler.Install(ctx, compiler.Options{
		Version: v.compiler, Source: source, Toolchain: v.toolchain, Tools: filepath.Join(cache, "latchkey-tools"),
	})
}

// gopherJS returns the compiler and its environment. It makes the library that it compiles against in a new folder.
func (b *builder) gopherJS(ctx context.Context, v gopherJSVersions, library string) (program string, env []string, err error) {
	source, err := b.gopherJSSource(ctx, v)
	if err != nil {
		return "", nil, err
	}
	program, err = b.compiler(ctx, v, source)
	if err != nil {
		return "", nil, err
	}
	env = b.olderGo(v)
	from, err := b.run(ctx, env, "go", "env", "GOROOT")
	if err != nil {
		return "", nil, err
	}
	options := goroot.Options{
		From: from, Natives: filepath.Join(source, "compiler", "natives", "src"), Module: b.Root, Entry: entry, Env: env,
	}
	if err := goroot.Make(ctx, options, library); err != nil {
		return "", nil, err
	}
	return program, append(env, "GOPHERJS_GOROOT="+library, "GOPHERJS_SKIP_VERSION_CHECK=true"), nil
}

// shorten shortens the program that GopherJS wrote: without the function around it, what of the runtime nobody uses goes.
// GopherJS has given short names already, and others compress worse.
func shorten(program []byte) ([]byte, error) {
	const head, tail = "(function() {\n", "}).call(this);"
	start, end := bytes.Index(program, []byte(head)), bytes.LastIndex(program, []byte(tail))
	if start < 0 || end < start {
		return nil, errors.New("GopherJS put no function around the program")
	}
	return transform(slices.Concat(program[:start], program[start+len(head):end]), api.FormatIIFE)
}

// minify shortens a script.
func minify(code []byte) ([]byte, error) { return transform(code, api.FormatDefault) }

func transform(code []byte, format api.Format) ([]byte, error) {
	result := api.Transform(string(code), api.TransformOptions{
		Target:           api.ES2022,
		Format:           format,
		TreeShaking:      api.TreeShakingTrue,
		MinifySyntax:     true,
		MinifyWhitespace: true,
		LegalComments:    api.LegalCommentsNone,
	})
	return result.Code, firstError(result.Errors)
}
