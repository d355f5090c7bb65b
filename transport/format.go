//go:build !js

package transport

import (
	"fmt"
	"io"
)

// fmt asks String only for some verbs: without these, %d shows every field. (A Header
// needs its own methods: in a pointer to a slice fmt does not ask those of the elements.)

// Format writes String, whatever the verb.
func (r Request) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, r.String()) }

// Format writes String, whatever the verb.
func (r Response) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, r.String()) }

// Format writes String, whatever the verb.
func (f Field) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, f.String()) }

// Format writes String, whatever the verb.
func (h Header) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, h.String()) }
