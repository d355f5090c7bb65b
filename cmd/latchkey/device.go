package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/internal/printable"
	"rsc.io/qr"
)

// devicePrompt says who asks whom, and opens nothing. The authority's own message could
// say anything, so it is not shown (rule R39).
func (q *tokenRequest) devicePrompt(_ context.Context, code latchkey.DeviceCode) error {
	left, picture := time.Until(code.ExpiresOn), ""
	if q.wait > 0 {
		left = min(left, q.wait)
	}
	if q.qr {
		picture = qrCode(firstText(code.VerificationURIComplete, code.VerificationURI))
	}
	_, err := fmt.Fprintf(q.stderr, `To sign in to client %s at %s, on any device

  open   %s
  enter  %s

%swithin %s. Do it only if you started this yourself. Ctrl-C gives up.
`, printable.Escape(q.config.ClientID), printable.Escape(q.host), printable.Escape(code.VerificationURI),
		printable.Escape(code.UserCode), picture, lengthInWords(left))
	return err
}

func firstText(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// showsQR reports whether w is a terminal that can show a QR code: one that knows colours.
func showsQR(w io.Writer) bool {
	term := os.Getenv("TERM")
	return isTerminal(w) && (term != "" && term != "dumb" || os.Getenv("WT_SESSION") != "")
}

// maxQR is the longest text in a QR code, in bytes: beyond it the code is larger than a
// terminal, and no page to sign in at has such an address.
const maxQR = 200

// quietZone is the margin around a QR code, in modules (ISO/IEC 18004 wants four, and
// every reader makes do with two).
const quietZone = 2

// qrCode returns a text as a QR code of half-block characters, black on white whatever
// the terminal's colours are; empty if the text is too long.
func qrCode(text string) string {
	code, err := qr.Encode(text, qr.L)
	if err != nil || len(text) > maxQR {
		return ""
	}
	var b strings.Builder
	for y := -quietZone; y < code.Size+quietZone; y += 2 {
		b.WriteString("  \x1b[30;107m")
		for x := -quietZone; x < code.Size+quietZone; x++ {
			b.WriteString(halfBlocks[[2]bool{code.Black(x, y), code.Black(x, y+1)}])
		}
		b.WriteString("\x1b[0m\n")
	}
	return b.String() + "\n"
}

// halfBlocks show two modules, the upper and the lower one; true is black.
var halfBlocks = map[[2]bool]string{{false, false}: " ", {true, false}: "▀", {false, true}: "▄", {true, true}: "█"}
