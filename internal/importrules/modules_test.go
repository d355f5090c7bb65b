package importrules

import (
	"encoding/json"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// goVersion is the go line of every module: with "1.26", tidying a module that needs a library with a "1.26.0" line
// would write that, and then no command works until all of them say so.
const goVersion = "1.26.0"

// outside are the modules that are no part of the workspace.
var outside = []string{"tools"}

// A mod is what go mod edit -json and go work edit -json print.
type mod struct {
	Module  struct{ Path string }
	Go      string
	Require []struct{ Path, Version string }
	Replace []struct{ Old, New struct{ Path string } }
	Use     []struct{ DiskPath string }
}

func readMod(t *testing.T, kind, name string) mod {
	t.Helper()
	var m mod
	out := goCommand(t, ".", "", kind, "edit", "-json", filepath.FromSlash(name))
	if err := json.Unmarshal(out, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestModules(t *testing.T) {
	modules := map[string]mod{}
	for name := range textFiles(t) {
		if path.Base(name) == "go.mod" && !strings.Contains(name, "testdata/") {
			modules[path.Dir(name)] = readMod(t, "mod", name)
		}
	}
	report(t, checkModules(modules))
	report(t, checkWork(readMod(t, "work", "go.work"), modules))
}

// checkModules takes the go.mod file of each folder.
func checkModules(modules map[string]mod) []string {
	var problems []string
	for folder, m := range modules {
		if m.Go != goVersion {
			problems = append(problems, folder+"/go.mod: go "+m.Go+", want "+goVersion)
		}
		if m.Module.Path != path.Join(module, folder) {
			problems = append(problems, folder+"/go.mod: module "+m.Module.Path)
		}
		if folder == "." && len(m.Require)+len(m.Replace) > 0 {
			problems = append(problems, "go.mod: the root module requires nothing")
		}
		for _, r := range m.Require {
			sibling, ours := inRepository(r.Path)
			if !ours {
				continue
			}
			want, _ := filepath.Rel(folder, sibling)
			replaced := slices.ContainsFunc(m.Replace, func(r struct{ Old, New struct{ Path string } }) bool {
				return r.Old.Path == path.Join(module, sibling) && path.Clean(r.New.Path) == filepath.ToSlash(want)
			})
			if r.Version != "v0.0.0" || !replaced {
				problems = append(problems, folder+"/go.mod: "+r.Path+" must be required at v0.0.0 and replaced by its relative path")
			}
		}
	}
	return problems
}

// checkWork checks that go.work has every module but those outside.
func checkWork(work mod, modules map[string]mod) []string {
	var problems []string
	if work.Go != goVersion {
		problems = append(problems, "go.work: go "+work.Go+", want "+goVersion)
	}
	var used []string
	for _, u := range work.Use {
		used = append(used, path.Clean(u.DiskPath))
	}
	for folder := range modules {
		if slices.Contains(used, folder) == slices.Contains(outside, folder) {
			problems = append(problems, "go.work: "+folder+" is in the workspace or outside of it by mistake")
		}
	}
	return problems
}

func TestModulesCanFail(t *testing.T) {
	decode := func(text string) mod {
		var m mod
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	good := `{"Module":{"Path":"` + module + `/cmd/x"},"Go":"1.26.0","Require":[{"Path":"` + module + `","Version":"v0.0.0"}],
		"Replace":[{"Old":{"Path":"` + module + `"},"New":{"Path":"../.."}}]}`
	work := `{"Go":"1.26.0","Use":[{"DiskPath":"./cmd/x"}]}`
	tests := []struct {
		name, old, new, want string
	}{
		{"good", "", "", ""},
		{"go line", "1.26.0", "1.26", "cmd/x/go.mod: go 1.26, want 1.26.0"},
		{"module path", "cmd/x", "cmd/y", "cmd/x/go.mod: module"},
		{"version", "v0.0.0", "v0.1.0", "must be required at v0.0.0"},
		{"replacement", "../..", "..", "must be required at v0.0.0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := decode(strings.Replace(good, tt.old, tt.new, 1))
			expect(t, checkModules(map[string]mod{"cmd/x": m}), tt.want)
		})
	}
	t.Run("the root requires", func(t *testing.T) {
		m := decode(`{"Module":{"Path":"` + module + `"},"Go":"1.26.0","Require":[{"Path":"example.com/x","Version":"v1.0.0"}]}`)
		expect(t, checkModules(map[string]mod{".": m}), "requires nothing")
	})
	t.Run("workspace", func(t *testing.T) {
		expect(t, checkWork(decode(work), map[string]mod{"cmd/x": {}, "tools": {}}), "")
		expect(t, checkWork(decode(work), map[string]mod{"cmd/x": {}, "cmd/y": {}}), "cmd/y is in the workspace")
		expect(t, checkWork(decode(strings.Replace(work, "cmd/x", "tools", 1)), map[string]mod{"tools": {}}), "tools is in")
		expect(t, checkWork(decode(strings.Replace(work, "1.26.0", "1.26", 1)), nil), "go.work: go 1.26,")
	})
}
