package dist

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// stamps remember, in the output folder, what its files were made of, and what was expensive to find out.
type stamps struct {
	Made   map[string]string `json:"made"`   // the fingerprint of what a file was made of
	Brotli map[string]int    `json:"brotli"` // the compressed size by the hash of the content

	folder string
}

const stampFile = ".stamps.json"

// readStamps begins anew if there are none that can be read.
func readStamps(folder string) *stamps {
	s := &stamps{folder: folder}
	text, err := os.ReadFile(filepath.Join(folder, stampFile))
	if err != nil || json.Unmarshal(text, s) != nil || s.Made == nil || s.Brotli == nil {
		s.Made, s.Brotli = map[string]string{}, map[string]int{}
	}
	return s
}

func (s *stamps) save() error {
	text, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.folder, stampFile), text, 0o644)
}

// once makes an engine's file unless it was made of the same sources, by the same tools, in the same way.
func (b *builder) once(ctx context.Context, name, tools string, compile func() error) error {
	now, err := b.fingerprint(ctx, tools)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(b.out, name)); err == nil && b.stamps.Made[name] == now {
		return nil
	}
	started := time.Now()
	if err := compile(); err != nil {
		return err
	}
	fmt.Fprintf(b.Log, "%s: compiled in %.1f s\n", name, time.Since(started).Seconds())
	b.stamps.Made[name] = now
	return b.stamps.save()
}

// fingerprint is a hash of all that an engine is made of, this module too: a change in how it is made is one.
func (b *builder) fingerprint(ctx context.Context, tools string) (string, error) {
	const format = `{{if not .Standard}}{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}` + string(filepath.Separator) + `{{.}}{{"\n"}}{{end}}{{end}}`
	list, err := b.run(ctx, wasmEnv, "go", "list", "-deps", "-f", format, entry)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	fmt.Fprintln(hash, tools)
	for name := range strings.Lines(list) {
		if err := addFile(hash, strings.TrimSpace(name)); err != nil {
			return "", err
		}
	}
	if err := b.addRecipes(hash); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// addRecipes adds the files of the module of this package.
func (b *builder) addRecipes(hash io.Writer) error {
	return filepath.WalkDir(filepath.Join(b.Root, "js", "build"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		return addFile(hash, name)
	})
}

func addFile(hash io.Writer, name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(hash, "%s %d\n%s", filepath.Base(name), len(text), text)
	return err
}
