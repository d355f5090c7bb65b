package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// An event is one line of go test -json; see go doc test2json.
type event struct {
	Action     string
	Package    string
	Test       string
	Output     string
	ImportPath string // of build output
}

// A log counts results and keeps the output of each test until its result is known.
type log struct {
	w       io.Writer
	passed  int
	failed  int
	skipped int
	pending map[string]*strings.Builder // by package and test
	broken  map[string]bool             // packages with a failed test
	plain   strings.Builder             // everything that is not JSON
	begun   map[string]int              // tests in it that have no result yet, by name
	failure error                       // of the command
}

func newLog(w io.Writer) *log {
	return &log{w: w, pending: map[string]*strings.Builder{}, broken: map[string]bool{}, begun: map[string]int{}}
}

// add takes the next line of output, with its line end.
func (l *log) add(line string) {
	var e event
	if strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &e) == nil && e.Action != "" {
		l.event(e)
		return
	}
	l.text(line)
}

func (l *log) event(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output":
		if l.pending[key] == nil {
			l.pending[key] = new(strings.Builder)
		}
		l.pending[key].WriteString(e.Output)
	case "build-output":
		fmt.Fprint(l.w, e.Output)
	case "pass", "fail", "skip":
		l.result(e, key)
	}
}

// result counts one result. Results without a test name are those of packages.
func (l *log) result(e event, key string) {
	output := l.pending[key]
	delete(l.pending, key)
	if output == nil {
		output = new(strings.Builder)
	}
	switch {
	case e.Test == "" && e.Action == "fail":
		fmt.Fprint(l.w, output)
		if !l.broken[e.Package] {
			l.failed++ // it did not build, or it ended without a failed test
		}
	case e.Test == "":
	case e.Action == "pass":
		l.passed++
	case e.Action == "fail":
		l.failed++
		l.broken[e.Package] = true
		fmt.Fprint(l.w, output)
	case e.Action == "skip":
		l.skipped++
		fmt.Fprintf(l.w, "skipped: %s %s\n%s", e.Package, e.Test, output)
	}
}

// A test that prints without a line end puts its output in front of the result.
var plainResult = regexp.MustCompile(`--- (PASS|FAIL|SKIP): ((?:Test|Fuzz|Example|Benchmark)\S*) \([0-9.]+s\)\s*$`)

// A program by GopherJS whose test waits for what never comes ends without a word, and without an error.
var plainRun = regexp.MustCompile(`=== RUN\s+(\S+)\s*$`)

func (l *log) text(line string) {
	l.plain.WriteString(line)
	if m := plainRun.FindStringSubmatch(line); m != nil {
		l.begun[m[1]]++
	}
	m := plainResult.FindStringSubmatch(line)
	if m == nil {
		return
	}
	l.begun[m[2]]--
	switch m[1] {
	case "PASS":
		l.passed++
	case "FAIL":
		l.failed++
	case "SKIP":
		l.skipped++
		fmt.Fprintln(l.w, "skipped:", m[2])
	}
}

// finish prints what is left when the command failed, and the counts.
func (l *log) finish(failure error) {
	l.failure = failure
	if failure != nil {
		for _, output := range l.pending { // a process that died leaves its tests without a result
			fmt.Fprint(l.w, output)
		}
		fmt.Fprint(l.w, l.plain.String())
		fmt.Fprintln(l.w, "the test command failed:", failure)
		l.failed = max(l.failed, 1)
	}
	for name, times := range l.begun {
		if times > 0 {
			l.failed++
			fmt.Fprintln(l.w, "it began, and has no result:", name)
		}
	}
	if l.passed+l.failed+l.skipped == 0 {
		fmt.Fprintln(l.w, "no test ran")
	}
	fmt.Fprintf(l.w, "%d passed, %d failed, %d skipped\n", l.passed, l.failed, l.skipped)
}

func (l *log) ok() bool {
	return l.failure == nil && l.failed == 0 && l.skipped == 0 && l.passed > 0
}

// record appends the counts to a file. A skipped test counts as failed.
func (l *log) record(name string) error {
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(f, l.passed, l.failed+l.skipped); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
