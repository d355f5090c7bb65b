package dist

import (
	"strings"
	"testing"
)

func TestTrim(t *testing.T) {
	const header = "package time\n\nimport \"errors\"\n\n"
	tests := []struct{ name, text, want, gone string }{
		{"prints", "// Format prints.\nfunc (t Time) Format(layout string) string {\n\t// How.\n\treturn layout\n}\n", `return ""`, "layout\n"},
		{"pointer receiver", "func (l *Location) String() string { return l.name }\n", `return ""`, "l.name"},
		{"calculates", "func (t Time) Date() (y int, m Month, d int) { return t.date() }\n", `panic("time: Date is not in this build")`, "t.date()"},
		{"stays", "func (t Time) Unix() int64 { return t.sec }\n", "t.sec", "panic"},
		{"of another type", "func (d Duration) String() string { return d.text }\n", "d.text", `""`},
		{"replaced", "func Parse() error { return errors.New(\"x\") }\n", "func replacedParse()", "func Parse()"},
		{"a method of that name", "func (t Time) Parse() {}\n", "Parse()", "replacedParse"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := trim([]byte(header+tt.text), []string{"Parse"})
			if err != nil {
				t.Fatal(err)
			}
			if got := string(out); !strings.Contains(got, tt.want) || strings.Contains(got, tt.gone) {
				t.Errorf("got\n%s", got)
			}
		})
	}
	t.Run("no Go", func(t *testing.T) {
		if _, err := trim([]byte("text"), nil); err == nil {
			t.Error("no error")
		}
	})
}
