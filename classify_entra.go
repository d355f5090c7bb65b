package latchkey

import (
	"strconv"
	"strings"
)

// describeNumber takes the AADSTS number with which a description begins, if the answer
// has no other: an authorization response has none. It only adds a remedy (rule R20).
func (e *Error) describeNumber() {
	text, ok := strings.CutPrefix(e.Description, "AADSTS")
	if !ok || len(e.Numbers) > 0 {
		return
	}
	end := 0
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	if n, err := strconv.ParseInt(text[:end], 10, 64); err == nil {
		e.Numbers = []int64{n}
	}
}
