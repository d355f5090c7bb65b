package dist

import (
	"strings"
	"testing"
)

func TestCheckBudgets(t *testing.T) {
	files := func(engine, facade, wasm, page int) []File {
		return []File{{Name: "engine.js", Brotli: engine}, {Name: "latchkey.js", Brotli: facade}, {Name: "engine.wasm", Brotli: wasm}, {Name: "redirect.html", Brotli: page}}
	}
	tests := []struct {
		name  string
		files []File
		want  string // of the error; "" = none
	}{
		{"at the limits", files(100<<10, 10<<10, 650<<10, 2<<10), ""},
		{"engine and facade together", files(100<<10, 10<<10+1, 0, 0), "JavaScript engine with the facade: 112641"},
		{"wasm", files(0, 0, 650<<10+1, 0), "WebAssembly"},
		{"page", files(0, 0, 0, 2<<10+1), "redirect page"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := CheckBudgets(tt.files)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}
