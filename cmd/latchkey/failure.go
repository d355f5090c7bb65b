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

// A childExit is the exit status of the command that latchkey authority ran, which has
// said for itself what went wrong.
type childExit struct{ status int }

func (e *childExit) Error() string { return "the command failed" }

func exitStatus(err error) int {
	var usage *usageError
	var argument *latchkey.ArgumentError
	var child *childExit
	switch {
	case err == nil:
		return statusOK
	case errors.As(err, &child):
		return child.status
	case errors.As(err, &usage), errors.As(err, &argument):
		return statusUsage
	case errors.Is(err, latchkey.ErrInteractionRequired):
		return statusInteraction
	}
	return statusFailed
}

// errorLine is what an error prints: one line, and nothing of it moves the cursor.
func errorLine(err error, command string) string {
	var child *childExit
	if err == nil || errors.As(err, &child) {
		return ""
	}
	text := strings.TrimPrefix(err.Error(), "latchkey: ")
	if exitStatus(err) == statusUsage {
		text += `; see "` + command + ` --help"`
	}
	return "latchkey: " + oneLine(text)
}

// oneLine makes one line of a text of any length and origin (rule R23).
func oneLine(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' })
	for i, word := range words {
		words[i] = printable.Escape(word)
	}
	return strings.Join(words, " ")
}
