package main

import (
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// writeJSON writes v as JSON in ASCII, so that a foreign text in it cannot change a
// terminal (rule R23). With indent it is for people too; without it is one line.
func writeJSON(w io.Writer, v any, indent bool) error {
	var text []byte
	var err error
	if indent {
		text, err = json.MarshalIndent(v, "", "  ")
	} else {
		text, err = json.Marshal(v)
	}
	if err != nil {
		return err
	}
	_, err = w.Write(append(asciiJSON(text), '\n'))
	return err
}

// asciiJSON escapes what is not ASCII. In JSON that stands in strings only.
func asciiJSON(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r < 0x7f:
			out = append(out, text[:n]...)
		case r >= 0x10000:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		text = text[n:]
	}
	return out
}
