package main

import (
	"errors"
	"strings"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/internal/printable"
)

// The exit statuses (rule R45).
const (
	statusOK          = 0
	statusFailed      = 1
	statusUsage       = 2
	statusInteraction = 4
)

// A usageError says how the command was used wrongly.
type usageError struct{ problem string }

func (e *usageError) Error() string { return e.problem }

// A quietExit is the exit status of what has said for itself what went wrong: the command
// that latchkey authority ran, or the API that latchkey curl called.
type quietExit struct{ status int }

func (e *quietExit) Error() string { return "it failed" }

func exitStatus(err error) int {
	var usage *usageError
	var argument *latchkey.ArgumentError
	var quiet *quietExit
	switch {
	case err == nil:
		return statusOK
	case errors.As(err, &quiet):
		return quiet.status
	case errors.As(err, &usage), errors.As(err, &argument):
		return statusUsage
	case errors.Is(err, latchkey.ErrInteractionRequired):
		return statusInteraction
	}
	return statusFailed
}

// errorLine is what an error prints: one line, and nothing of it moves the cursor.
func errorLine(err error, command string) string {
	var quiet *quietExit
	if err == nil || errors.As(err, &quiet) {
		return ""
	}
	text := withoutPackage(err.Error())
	if exitStatus(err) == statusUsage {
		text += `; see "` + command + ` --help"`
	}
	return "latchkey: " + oneLine(text)
}

// withoutPackage takes from an error's text the package that it begins with, and that of a
// store's error in it: the reader of the command's errors does not know them.
func withoutPackage(text string) string {
	for _, p := range []string{"latchkey: ", "loopback: ", "apiclient: ", "clientkey: ", "authority: ", "filecache: "} {
		text = strings.TrimPrefix(text, p)
	}
	return strings.ReplaceAll(text, ": filecache: ", ": ")
}

// oneLine makes one line of a text of any length and origin (rule R23).
func oneLine(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' })
	for i, word := range words {
		words[i] = printable.Escape(word)
	}
	return strings.Join(words, " ")
}
