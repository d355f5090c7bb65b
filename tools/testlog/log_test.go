package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestR51_Log(t *testing.T) {
	fail := errors.New("exit status 1")
	tests := []struct {
		name    string
		lines   []string
		failure error
		want    string // last line
		shown   string // must be printed
		ok      bool
	}{
		{name: "pass", ok: true, want: "1 passed, 0 failed, 0 skipped", lines: []string{
			`{"Action":"run","Package":"p","Test":"TestA"}`,
			`{"Action":"output","Package":"p","Test":"TestA","Output":"noise\n"}`,
			`{"Action":"pass","Package":"p","Test":"TestA"}`,
			`{"Action":"pass","Package":"p"}`,
		}},
		{name: "fail", failure: fail, want: "1 passed, 1 failed, 0 skipped", shown: "want 2", lines: []string{
			`{"Action":"pass","Package":"p","Test":"TestA"}`,
			`{"Action":"output","Package":"p","Test":"TestB","Output":"got 1, want 2\n"}`,
			`{"Action":"fail","Package":"p","Test":"TestB"}`,
			`{"Action":"fail","Package":"p"}`,
		}},
		{name: "skip", want: "0 passed, 0 failed, 1 skipped", shown: "skipped: p TestA", lines: []string{
			`{"Action":"skip","Package":"p","Test":"TestA"}`,
			`{"Action":"pass","Package":"p"}`,
		}},
		{name: "a package without tests", ok: true, want: "1 passed, 0 failed, 0 skipped", lines: []string{
			`{"Action":"skip","Package":"empty"}`,
			`{"Action":"pass","Package":"p","Test":"TestA"}`,
		}},
		{name: "does not build", failure: fail, want: "0 passed, 1 failed, 0 skipped", shown: "undefined: x", lines: []string{
			`{"ImportPath":"p [p.test]","Action":"build-output","Output":"./a.go:3: undefined: x\n"}`,
			`{"ImportPath":"p [p.test]","Action":"build-fail"}`,
			`{"Action":"fail","Package":"p"}`,
		}},
		{name: "the process died", failure: fail, want: "0 passed, 1 failed, 0 skipped", shown: "killed here", lines: []string{
			`{"Action":"output","Package":"p","Test":"TestA","Output":"killed here\n"}`,
		}},
		{name: "nothing ran", want: "0 passed, 0 failed, 0 skipped", shown: "no test ran"},
		{name: "plain pass", ok: true, want: "2 passed, 0 failed, 0 skipped", lines: []string{
			"=== RUN   TestA", "=== RUN   TestA/sub", "--- PASS: TestA (0.00s)", "    --- PASS: TestA/sub (0.00s)", "PASS",
		}},
		{name: "plain, without a result", want: "2 passed, 1 failed, 0 skipped", shown: "no result: TestA", lines: []string{
			"=== RUN   TestA", "--- PASS: TestA (0.00s)", "PASS", "noise=== RUN   TestA", "ok  	p	0.1s", "=== RUN   TestB", "--- PASS: TestB (0.00s)",
		}},
		{name: "plain skip behind output", want: "0 passed, 0 failed, 1 skipped", shown: "skipped: TestA", lines: []string{
			"=== RUN   TestA", "abc--- SKIP: TestA (0.00s)", "PASS",
		}},
		{name: "plain fail", failure: fail, want: "0 passed, 1 failed, 0 skipped", shown: "want 2", lines: []string{
			"    a_test.go:9: want 2", "--- FAIL: TestA (0.00s)", "FAIL",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			l := newLog(&out)
			for _, line := range tt.lines {
				l.add(line + "\n")
			}
			l.finish(tt.failure)
			if l.ok() != tt.ok {
				t.Errorf("ok = %v, want %v", l.ok(), tt.ok)
			}
			if !strings.HasSuffix(out.String(), tt.want+"\n") || !strings.Contains(out.String(), tt.shown) {
				t.Errorf("printed:\n%swant %q and a last line %q", out.String(), tt.shown, tt.want)
			}
			if tt.ok && out.String() != tt.want+"\n" {
				t.Errorf("a passing run printed more than its counts:\n%s", out.String())
			}
		})
	}
}

func TestRecord(t *testing.T) {
	name := filepath.Join(t.TempDir(), "count")
	l := newLog(new(strings.Builder))
	l.passed, l.failed, l.skipped = 5, 1, 2
	for range 2 {
		if err := l.record(name); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != "5 3\n5 3\n" {
		t.Fatalf("recorded %q, %v", got, err)
	}
}
