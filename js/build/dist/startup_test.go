package dist

import (
	"bytes"
	"strings"
	"testing"
)

// marked is what the compiler writes for functions of these names.
func marked(names ...string) []byte {
	var program bytes.Buffer
	for _, name := range names {
		program.WriteString(`a=$eager("` + name + `",function(){return b("x","/y")},"$eager/` + name + `");`)
	}
	return program.Bytes()
}

func TestUnmark(t *testing.T) {
	got := unmark(marked("p.(*T).M", "p.F", "$go:goroutine#2"), func(name string) (string, string) {
		return "<" + name + ">", "</" + name + ">"
	})
	const body = `function(){return b("x","/y")}`
	want := "a=<p.(*T).M>" + body + "</p.(*T).M>;a=<p.F>" + body + "</p.F>;a=<$go:goroutine#2>" + body + "</$go:goroutine#2>;"
	if string(got) != want {
		t.Errorf("unmark = %s\nwant %s", got, want)
	}
}

func TestEager(t *testing.T) {
	listed := strings.Fields(startup)
	if len(listed) < 100 {
		t.Fatalf("startup.txt has %d functions", len(listed))
	}
	for _, tt := range []struct {
		gone  int
		fails bool
	}{{0, false}, {len(listed) / 10, false}, {len(listed)/10 + 1, true}} {
		var log bytes.Buffer
		b := newBuilder(Options{Log: &log})
		kept := listed[tt.gone:]
		got, err := b.eager(marked(append([]string{"not.Listed"}, kept...)...))
		if (err != nil) != tt.fails {
			t.Errorf("%d are gone: %v", tt.gone, err)
		}
		if told := log.Len() > 0; told != (tt.gone > 0) {
			t.Errorf("%d are gone, the log has %q", tt.gone, log.String())
		}
		if err == nil && (bytes.Count(got, []byte("a=(function(){")) != len(kept) || bytes.Count(got, []byte("a=function(){")) != 1) {
			t.Errorf("%d are gone: not all that is listed is in parentheses, or more is", tt.gone)
		}
		if bytes.Contains(got, []byte("$eager")) {
			t.Error("marks are left")
		}
	}
}

func TestNameOf(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		"x.M=":                            "",
		"x.M=/*function p.(*T).M*/":       "p.(*T).M",
		"/*function p.F*/a;/*other*/":     "",
		"/*function p.F*/a/*function G*/": "G",
	} {
		if got := NameOf(text); got != want {
			t.Errorf("NameOf(%q) = %q, want %q", text, got, want)
		}
	}
}
