package importrules

import (
	"slices"
	"strings"
	"testing"
)

// layers says what each package may import of this repository: only what is below it, nothing beside it.
// A package that is not listed may not exist: say here where it stands.
var layers = map[string][]string{
	// Platform: codecs and the edges. What an error quotes goes through internal/printable (R23).
	"transport":            {"internal/printable"},
	"internal/b64":         {},
	"internal/fakepage":    {},
	"internal/flight":      {},
	"internal/form":        {"internal/printable"},
	"internal/host":        {},
	"internal/importrules": {},
	"internal/jsonscan":    {},
	"internal/jsvalue":     {},
	"internal/jws":         {"internal/b64", "internal/flight", "internal/printable"},
	"internal/printable":   {},
	"internal/resource":    {},

	// Model.
	"authority": {
		"transport", "internal/flight", "internal/form", "internal/jsonscan", "internal/printable", "internal/resource",
	},
	"cache":           {"internal/b64", "internal/host", "internal/jsonscan"},
	"cache/cachetest": {"cache"},
	"internal/sealed": {"cache"},

	// Stores in modules of their own, for what they require.
	"cache/filecache":  {"cache", "internal/printable", "internal/sealed"},
	"cache/rediscache": {"cache", "internal/printable", "internal/sealed"},

	// Real servers, for its tests.
	"cache/rediscache/internal/redisserver": {},

	// Client. internal/jws only in files that a page does not compile.
	".": {
		"authority", "cache", "transport", "internal/b64", "internal/flight", "internal/form", "internal/host",
		"internal/jsonscan", "internal/jws", "internal/printable", "internal/resource",
	},

	// Roles. None knows another one, and the authority for tests shares nothing with the client, not even a mistake.
	"authoritytest": {},
	"apiclient":     {".", "internal/flight", "internal/jsonscan", "internal/resource"},
	"apiserver":     {"authority", "transport", "internal/jsonscan", "internal/jws", "internal/printable"},
	"browser":       {".", "cache", "internal/b64", "internal/form", "internal/host", "internal/jsonscan", "internal/jsvalue"},
	"clientkey":     {".", "internal/b64", "internal/flight", "internal/jws", "internal/printable"},
	"loopback":      {"internal/printable"},

	// The engines of the npm package.
	"internal/jsengine": {
		".", "authority", "browser", "cache", "transport", "internal/b64", "internal/host", "internal/jsonscan", "internal/jsvalue",
	},
	"internal/jsengine/engine": {"internal/jsengine"},

	// A part of a role in a module of its own, for what it requires.
	"clientkey/pkcs12": {"clientkey"},

	// Adapters to other people's libraries, each in a module of its own.
	"azurecredential": {".", "internal/jsonscan", "internal/printable"},
	"oauth2source":    {".", "internal/printable", "internal/resource"},

	// Programs, in modules of their own. The command may look into a token; other programs have public packages only.
	"cmd/latchkey": {
		".", "apiclient", "apiserver", "authority", "authoritytest", "cache", "cache/filecache", "clientkey", "loopback", "transport", "internal/b64", "internal/jsonscan", "internal/jws",
		"internal/printable",
	},
}

// programs are folders whose packages may import every public package.
var programs = []string{"bench", "e2e", "examples", "js", "tools"}

func TestLayers(t *testing.T) {
	report(t, checkLayers(sources(t)))
}

// checkLayers finds imports that do not go down. Tests may import what they like.
func checkLayers(sources []source) []string {
	var problems []string
	for _, s := range sources {
		if s.test {
			continue
		}
		allowed, known := layers[s.folder]
		program := slices.ContainsFunc(programs, func(p string) bool { return s.folder == p || strings.HasPrefix(s.folder, p+"/") })
		if !known && !program {
			problems = append(problems, s.name+": the package is not in the layers of layers_test.go")
			continue
		}
		for _, p := range s.imports() {
			folder, ours := inRepository(p)
			switch {
			case !ours, slices.Contains(allowed, folder):
			case program && !strings.HasPrefix(folder, "internal/"):
			default:
				problems = append(problems, s.name+": may not import "+folder+" (layers_test.go)")
			}
		}
	}
	return problems
}

func TestLayersCanFail(t *testing.T) {
	tests := []struct{ name, file, imports, want string }{
		{"down", "cache/a.go", module + "/internal/jsonscan", ""},
		{"standard library", "cache/a.go", "time", ""},
		{"up", "cache/a.go", module, "cache/a.go: may not import ."},
		{"sideways", "transport/a.go", module + "/authority", "may not import authority"},
		{"the authority for tests and the client", "authoritytest/a.go", module + "/internal/jws", "may not import internal/jws"},
		{"a test", "authoritytest/a_test.go", module, ""},
		{"unknown package", "helper/a.go", "time", "not in the layers"},
		{"a program and a public package", "examples/web/a.go", module, ""},
		{"a program and an internal one", "examples/web/a.go", module + "/internal/b64", "may not import internal/b64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{tt.file: "package p\n\nimport _ \"" + tt.imports + "\"\n"}
			expect(t, checkLayers(parse(t, files)), tt.want)
		})
	}
}
