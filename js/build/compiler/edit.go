package compiler

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// An edit changes one place of the compiler's source.
type edit struct {
	name   string // what it is for, in an error
	file   string // in the compiler's module, with slashes
	anchor string // text that the file has exactly once
	until  string // text after the anchor, which goes too, up to but without this one; "": the anchor alone goes
	with   string // what comes in its place
}

// apply makes the edits in a copy of the compiler's source.
func apply(dir, version string, edits []edit) error {
	for _, e := range edits {
		name := filepath.Join(dir, filepath.FromSlash(e.file))
		text, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("the edit %q of GopherJS %s: %w", e.name, version, err)
		}
		changed, err := e.change(string(text))
		if err != nil {
			return fmt.Errorf("the edit %q of GopherJS %s: %s: %w", e.name, version, e.file, err)
		}
		if err := os.WriteFile(name, []byte(changed), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// change makes the edit in a text.
func (e edit) change(text string) (string, error) {
	if n := strings.Count(text, e.anchor); n != 1 {
		return "", fmt.Errorf("the anchor is there %d times and not once: %q", n, e.anchor)
	}
	before, after, _ := strings.Cut(text, e.anchor)
	if e.until != "" {
		end := strings.Index(after, e.until)
		if end < 0 {
			return "", fmt.Errorf("after the anchor there is no %q", e.until)
		}
		after = after[end:]
	}
	return before + e.with + after, nil
}
