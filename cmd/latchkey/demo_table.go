package main

import (
	"fmt"
	"io"
	"strconv"
	"time"
)

// A row says what came of one step. What people read beside it is unexported.
type row struct {
	Flow         string  `json:"flow"`
	Source       string  `json:"source"`
	Milliseconds float64 `json:"milliseconds"` // to get the token
	Status       int     `json:"api_status"`   // 0: the API was not called
	OK           bool    `json:"ok"`

	name    string // the flow without its shape
	shape   *stage
	answer  string
	problem string // why it is not OK
	err     error  // of the client, if it failed
}

func failedRows(rows []row) int {
	failed := 0
	for _, r := range rows {
		if !r.OK {
			failed++
		}
	}
	return failed
}

// firstFailure describes the first row that is not OK.
func firstFailure(rows []row) string {
	for _, r := range rows {
		if !r.OK {
			return r.Flow + ": " + r.problem
		}
	}
	return ""
}

// A demoTable prints rows as they come.
type demoTable struct {
	lines
	shape *stage // of the row before
	began time.Time
}

func newDemoTable(w io.Writer) *demoTable { return &demoTable{lines: lines{w: w}, began: time.Now()} }

// sourceText is how people read a source.
var sourceText = map[string]string{
	sourceNone:      "-",
	sourceCache:     "from the cache",
	sourceAuthority: "from the authority",
	sourceRenewed:   "renewed",
}

const rowFormat = "  %-46s  %-18s  %9s  %-31s %s\n"

func (t *demoTable) row(r row) {
	if t.shape != r.shape {
		t.shape = r.shape
		t.printf("\n%s, %s\n", r.shape.title, r.shape.authority)
		t.printf(rowFormat, "flow", "token", "ms", "API", "holds")
	}
	verdict := "yes"
	if !r.OK {
		verdict = "NO: " + r.problem
	}
	t.printf(rowFormat, r.name, sourceText[r.Source], strconv.FormatFloat(r.Milliseconds, 'f', 2, 64), r.answer, verdict)
}

// finish says what was shown and what to try next.
func (t *demoTable) finish(rows []row) error {
	failed := failedRows(rows)
	t.printf("\n%s in %.1f s. ", held(len(rows)-failed, len(rows)), time.Since(t.began).Seconds())
	t.printf("Where each token came from is in the authority's own log;\n" +
		"the API checked signature, issuer, audience, expiry and permissions of each one.\n")
	if failed == 0 {
		t.printf("\nNext, with latchkey in your PATH (go install ./cmd/latchkey):\n" +
			"  latchkey demo --browser                          sign in yourself\n" +
			"  latchkey authority -- latchkey token --explain   see what is sent\n" +
			"  latchkey authority --help                        an authority for your own tests\n")
	}
	return t.err
}

func held(n, all int) string {
	if n == all {
		return fmt.Sprintf("All %d rows hold,", all)
	}
	return fmt.Sprintf("%d of %d rows hold,", n, all)
}
