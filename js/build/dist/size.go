package dist

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
)

// A File is one of the built files.
type File struct {
	Name   string `json:"name"`   // in js/dist
	Bytes  int    `json:"bytes"`  // its size
	Brotli int    `json:"brotli"` // its size when a server compresses it with brotli, as well as that can
}

// A budget is what a page may download at most.
type budget struct {
	what  string
	files []string
	limit int // compressed bytes
}

var budgets = []budget{
	{"the JavaScript engine with the facade", []string{"engine.js", "latchkey.js"}, 110 << 10},
	{"the WebAssembly engine", []string{"engine.wasm"}, 650 << 10},
	{"the redirect page", []string{"redirect.html"}, 2 << 10},
}

// CheckBudgets returns an error that names what is too large.
func CheckBudgets(files []File) error {
	var problems []error
	for _, b := range budgets {
		size := 0
		for _, f := range files {
			if slices.Contains(b.files, f.Name) {
				size += f.Brotli
			}
		}
		if size > b.limit {
			problems = append(problems, fmt.Errorf("%s: %d bytes compressed, at most %d", b.what, size, b.limit))
		}
	}
	return errors.Join(problems...)
}

// Measure lists the built files. Compressing a new one takes a while.
func Measure(root string) ([]File, error) {
	out := Folder(root)
	stamps := readStamps(out)
	entries, err := os.ReadDir(out)
	if err != nil {
		return nil, err
	}
	var files []File
	sizes := map[string]int{}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(out, e.Name()))
		if err != nil {
			return nil, err
		}
		hash := sha256.Sum256(content)
		key := hex.EncodeToString(hash[:])
		if sizes[key] = stamps.Brotli[key]; sizes[key] == 0 {
			sizes[key] = compressed(content)
		}
		files = append(files, File{Name: e.Name(), Bytes: len(content), Brotli: sizes[key]})
	}
	stamps.Brotli = sizes
	return files, stamps.save()
}

func compressed(content []byte) int {
	var out bytes.Buffer
	w := brotli.NewWriterLevel(&out, brotli.BestCompression)
	_, _ = w.Write(content) // into memory
	_ = w.Close()
	return out.Len()
}
