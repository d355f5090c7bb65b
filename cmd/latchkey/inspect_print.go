package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
	"github.com/latchkey-auth/latchkey/internal/printable"
)

// printJWT prints what a token says and how it was verified. All text in it is somebody
// else's (rule R23).
func printJWT(w io.Writer, t jwt, findings []finding, audienceChecked bool, now time.Time) error {
	var b strings.Builder
	b.WriteString("header\n")
	printMembers(&b, t.header, now)
	b.WriteString("claims\n")
	printMembers(&b, t.claims, now)
	b.WriteString("verification\n")
	if len(findings) == 0 {
		b.WriteString("  none: anybody can write such a token; --authority URL verifies it\n")
	}
	for _, f := range findings {
		text := "ok: " + oneLine(f.detail)
		if f.problem != "" {
			text = "FAILED: " + oneLine(f.problem)
		}
		fmt.Fprintf(&b, "  %-9s  %s\n", f.check, text)
	}
	if len(findings) > 0 && !audienceChecked {
		fmt.Fprintf(&b, "  %-9s  not checked: give --audience\n", checkAudience)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// dates are the claims whose number is a time (RFC 7519, OpenID Connect Core).
var dates = []string{"exp", "iat", "nbf", "auth_time", "updated_at"}

// maxNameWidth bounds the column of names, because a name can be as long as it likes.
const maxNameWidth = 24

func printMembers(b *strings.Builder, object jsonscan.Value, now time.Time) {
	width := 0
	object.Each(func(name string, _ jsonscan.Value) bool {
		width = min(max(width, len([]rune(printable.Escape(name)))), maxNameWidth)
		return true
	})
	object.Each(func(name string, v jsonscan.Value) bool {
		text := memberText(v)
		if at, ok := numericDate(v); ok && slices.Contains(dates, name) {
			text += fmt.Sprintf(" (%s, %s)", at.UTC().Format(time.RFC3339), inWords(at, now))
		}
		fmt.Fprintf(b, "  %-*s  %s\n", width, printable.Escape(name), text)
		return true
	})
}

// memberText is a string without its quotes, and everything else as it stands.
func memberText(v jsonscan.Value) string {
	if s, ok := v.Text(); ok {
		return printable.Escape(s)
	}
	return oneLine(v.Raw())
}
