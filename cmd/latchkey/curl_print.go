package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/latchkey-auth/latchkey/internal/printable"
)

// printResponse prints the status and the body. An answer other than 2xx is a
// [quietExit].
func printResponse(out, errs io.Writer, resp *http.Response) error {
	defer resp.Body.Close()
	fmt.Fprintln(errs, strings.TrimSpace(fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode))))
	if resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden {
		for _, challenge := range resp.Header.Values("WWW-Authenticate") {
			fmt.Fprintln(errs, "WWW-Authenticate: "+oneLine(challenge))
		}
	}
	if isTerminal(out) {
		out = &terminal{w: bufio.NewWriter(out)}
	}
	_, err := io.Copy(out, resp.Body)
	if t, ok := out.(*terminal); ok {
		err = errors.Join(err, t.flush())
	}
	switch {
	case err != nil:
		return fmt.Errorf("the API's answer broke off: %w", err)
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return &quietExit{statusFailed}
	}
	return nil
}

// A terminal is a writer to one. It escapes what could change it (rule R23), but for line
// feeds and tabs.
type terminal struct {
	w    *bufio.Writer
	line []byte // what has no line feed yet
	last byte   // what was written last; 0: nothing was
}

// longestLine is how much of a line is kept back, in bytes. It is below the limit of
// [printable.Escape], which would cut it.
const longestLine = printable.MaxText / 2

// Write writes whole lines, and keeps the rest.
func (t *terminal) Write(p []byte) (int, error) {
	for _, c := range p {
		t.line = append(t.line, c)
		if c == '\n' || c < 0x80 && len(t.line) >= longestLine || len(t.line) >= printable.MaxText {
			t.writeLine()
		}
	}
	return len(p), t.w.Flush()
}

func (t *terminal) writeLine() {
	if len(t.line) == 0 {
		return
	}
	text, ended := strings.CutSuffix(string(t.line), "\n")
	text = strings.TrimSuffix(text, "\r")
	for i, cell := range strings.Split(text, "\t") {
		if i > 0 {
			t.w.WriteByte('\t')
		}
		t.w.WriteString(printable.Escape(cell)) // Flush returns the error
	}
	if ended {
		t.w.WriteByte('\n')
	}
	t.last, t.line = t.line[len(t.line)-1], t.line[:0]
}

// flush writes the rest, and ends the last line.
func (t *terminal) flush() error {
	t.writeLine()
	if t.last != 0 && t.last != '\n' {
		t.w.WriteByte('\n')
	}
	return t.w.Flush()
}
