package dist

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// startup names the functions of the JavaScript engine that always run until a page is ready, one a line: Go functions
// and constructors of types as the compiler names them, and functions of GopherJS' runtime.
//
//go:embed startup.txt
var startup string

// markFunctions makes the compiler give functions with their names.
const markFunctions = "GOPHERJS_MARK_FUNCTIONS=1"

var functionMark = regexp.MustCompile(`\$eager\("([^"]+)",|,"\$eager/([^"]+)"\)`)

// unmark takes the names of functions away. What comes in the place of the beginning and the end of a function is asked for.
func unmark(program []byte, around func(name string) (before, after string)) []byte {
	return functionMark.ReplaceAllFunc(program, func(mark []byte) []byte {
		m := functionMark.FindSubmatch(mark)
		if len(m[1]) > 0 {
			before, _ := around(string(m[1]))
			return []byte(before)
		}
		_, after := around(string(m[2]))
		return []byte(after)
	})
}

// eager puts the functions that always run until a page is ready in parentheses, for V8 to compile them while it reads the
// script, on another thread than the page's. It fails if the program does not have many of them.
func (b *builder) eager(program []byte) ([]byte, error) {
	listed := strings.Fields(startup)
	known := map[string]bool{}
	for _, name := range listed {
		known[name] = false
	}
	code := unmark(program, func(name string) (string, string) {
		if _, is := known[name]; !is {
			return "", ""
		}
		known[name] = true
		return "(", ")"
	})
	gone := slices.DeleteFunc(slices.Clone(listed), func(name string) bool { return known[name] })
	if len(gone) == 0 {
		return code, nil
	}
	fmt.Fprintf(b.Log, "engine.js: %d of %d functions in js/build/dist/startup.txt are no more\n", len(gone), len(listed))
	if len(gone) > len(listed)/10 {
		return nil, fmt.Errorf("js/build/dist/startup.txt is stale: go run ./bench/browser --startup makes it again; no more are\n%s", strings.Join(gone, "\n"))
	}
	return code, nil
}

// NamedEngine returns the JavaScript engine with a comment of [NameOf] before each function that can be listed.
func NamedEngine(ctx context.Context, o Options) ([]byte, error) {
	b := newBuilder(o)
	v, err := b.gopherJSVersions()
	if err != nil {
		return nil, err
	}
	program, err := b.compileJS(ctx, v)
	if err != nil {
		return nil, err
	}
	return unmark(program, func(name string) (string, string) { return nameBefore + name + nameAfter, "" }), nil
}

const nameBefore, nameAfter = "/*function ", "*/"

// NameOf returns the name of a function that begins where a text of the named engine ends; "" if it has none.
func NameOf(text string) string {
	text, ok := strings.CutSuffix(text, nameAfter)
	begin := strings.LastIndex(text, nameBefore)
	if !ok || begin < 0 || strings.Contains(text[begin:], nameAfter) {
		return ""
	}
	return text[begin+len(nameBefore):]
}

// WriteStartup writes the list of the functions that always run until a page is ready.
func WriteStartup(root string, names []string) error {
	var text bytes.Buffer
	for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
		fmt.Fprintln(&text, name)
	}
	return os.WriteFile(filepath.Join(root, "js", "build", "dist", "startup.txt"), text.Bytes(), 0o644)
}
