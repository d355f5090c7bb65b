package compiler

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/gopherjs/gopherjs/compiler/internal/symbol"
	"github.com/gopherjs/gopherjs/compiler/internal/typeparams"
)

// marking says that functions are given with their names, as $eager("name",function(){},"$eager/name"), for who builds
// the program to take away: it has the functions in parentheses that V8 shall compile before they are called.
var marking = os.Getenv("GOPHERJS_MARK_FUNCTIONS") != ""

// A mark's beginning and end. Between them there may be hints for source maps, which are any bytes.
const (
	markBegins = `$eager("%s",`
	markEnds   = `,"$eager/%s")`
)

var marks = regexp.MustCompile(`\$eager\("[^"]+",|,"\$eager/[^"]+"\)`)

// mark puts marks around a function or a constructor of a type. All instances of a generic function have its name.
func mark(inst typeparams.Instance, function string) string {
	// Whoever looks for the names of methods in the code finds none in this one.
	name := strings.ReplaceAll(symbol.New(inst.Object).String(), ".", "\x07")
	return fmt.Sprintf(markBegins, name) + function + fmt.Sprintf(markEnds, name)
}

// functions finishes the marks of functions when the program is linked: a package may have been compiled for another one.
func (l *link) functions(code []byte) []byte {
	return marks.ReplaceAllFunc(code, func(mark []byte) []byte {
		if !marking {
			return nil
		}
		return bytes.ReplaceAll(mark, []byte("\x07"), []byte("."))
	})
}

// definition is a line of the runtime that begins a function.
var definition = regexp.MustCompile(`^(\s*)((?:var |const )?([\w$.]+) = )((?:function\*? ?\(.*\) |\([^()]*\) => |[\w$]+ => ).*)$`)

// markRuntime marks the functions of a file of the runtime that are assigned, by its lines: a function ends in its first
// line, or in the first one that closes a brace and is indented as that. Functions within others have the name of the
// outermost one before theirs.
func markRuntime(source string) string {
	if !marking {
		return source
	}
	lines, outermost, times := strings.Split(source, "\n"), "", map[string]int{}
	for i, line := range lines {
		m := definition.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		indent, before, name, function := m[1], m[2], m[3], m[4]
		end := i
		if strings.HasSuffix(function, "{") {
			for end++; end < len(lines) && !strings.HasPrefix(lines[end], indent+"}"); end++ {
			}
		}
		if end == len(lines) || !strings.HasSuffix(lines[end], ";") || !balanced(strings.Join(lines[i:end+1], "")) {
			continue
		}
		if indent == "" {
			outermost = name
		} else {
			name = outermost + ":" + name
		}
		if times[name]++; times[name] > 1 {
			name = fmt.Sprintf("%s#%d", name, times[name])
		}
		lines[i] = fmt.Sprintf("%s%s"+markBegins+"%s", indent, before, name, function)
		lines[end] = strings.TrimSuffix(lines[end], ";") + fmt.Sprintf(markEnds, name) + ";"
	}
	return strings.Join(lines, "\n")
}

// balanced says whether code closes the brackets that it opens.
func balanced(code string) bool {
	for _, pair := range []string{"()", "{}", "[]"} {
		if strings.Count(code, pair[:1]) != strings.Count(code, pair[1:]) {
			return false
		}
	}
	return true
}
