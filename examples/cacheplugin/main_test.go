package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/cache/cachetest"
)

func TestCachePlugin(t *testing.T) {
	const want = `The first program signs in avery@contoso.test
The second program has a token of avery@contoso.test, from the cache
Both have renewed it at once. Requests for a token: 3
`
	var out strings.Builder
	if err := run(t.Context(), filepath.Join(t.TempDir(), "tokens.json"), &out); err != nil || out.String() != want {
		t.Errorf("%v; it prints\n%s", err, out.String())
	}
}

// The contract is the plugin's, whatever the storage is.
func TestCachePluginKeepsTheContract(t *testing.T) {
	cachetest.Run(t, func(*testing.T) cache.Store {
		var mu sync.Mutex
		var stored []byte
		return &cachePlugin{
			readFromStorage: func() ([]byte, error) {
				mu.Lock()
				defer mu.Unlock()
				return stored, nil
			},
			writeToStorage: func(getMergedState func([]byte) ([]byte, error)) error {
				mu.Lock()
				defer mu.Unlock()
				merged, err := getMergedState(stored)
				if err == nil {
					stored = merged
				}
				return err
			},
			locks: cache.NewMemory(),
		}
	})
}

var avery = cache.Partition{Kind: cache.KindUser, Cloud: "cloud", Owner: "client", Subject: "avery"}

// What two programs write for different users stays, and what one writes over the other's
// newer state is refused; members that somebody else keeps in the file stay too.
func TestCachePluginMergesTwoWriters(t *testing.T) {
	shared := &file{path: filepath.Join(t.TempDir(), "tokens.json")}
	if err := os.WriteFile(shared.path, []byte(`{"theirs":{"a":1}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	first, second := shared.plugin(), shared.plugin()
	blake := avery
	blake.Subject = "blake"
	for store, p := range map[*cachePlugin]cache.Partition{first: avery, second: blake} {
		if _, err := store.Save(t.Context(), p, cache.Entry{Data: []byte("1")}); err != nil {
			t.Fatal(err)
		}
	}
	seen, err := first.Load(t.Context(), avery)
	if err != nil || string(seen.Data) != "1" {
		t.Fatalf("%v, %v", seen, err)
	}
	if _, err := second.Save(t.Context(), avery, cache.Entry{Data: []byte("2"), Version: seen.Version}); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Save(t.Context(), avery, cache.Entry{Data: []byte("3"), Version: seen.Version}); !errors.Is(err, cache.ErrConflict) {
		t.Errorf("an older state replaces a newer one: %v", err)
	}
	if e, err := first.Load(t.Context(), blake); err != nil || string(e.Data) != "1" {
		t.Errorf("the other user has %v, %v", e, err)
	}
	data, err := os.ReadFile(shared.path)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil || string(all["theirs"]) != `{"a":1}` {
		t.Errorf("%v: %s", err, data)
	}
}

func TestCachePluginManyWriters(t *testing.T) {
	shared := &file{path: filepath.Join(t.TempDir(), "tokens.json")}
	const writers = 20
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			p := avery
			p.Subject += string(rune('a' + i))
			if _, err := shared.plugin().Save(t.Context(), p, cache.Entry{Data: []byte("1")}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	n := 0
	err := shared.plugin().List(t.Context(), cache.KindUser, "client", func(cache.Partition) bool { n++; return true })
	if err != nil || n != writers {
		t.Errorf("%d users are left, %v", n, err)
	}
}

// A storage that fails is told, and one that has something else in it is not overwritten.
func TestCachePluginFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	for name, text := range map[string]string{"no JSON": "a secret", "a list": "[]", "entries": `{"latchkeyEntries":5}`, "saves": `{"latchkeySaves":"x"}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		store := (&file{path: path}).plugin()
		_, loaded := store.Load(t.Context(), avery)
		_, saved := store.Save(t.Context(), avery, cache.Entry{Data: []byte("1")})
		if loaded == nil || saved == nil || strings.Contains(loaded.Error()+saved.Error(), "a secret") {
			t.Errorf("%s: %v, %v", name, loaded, saved)
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != text {
			t.Errorf("%s: the file is %q, %v", name, data, err)
		}
	}
	missing := (&file{path: filepath.Join(t.TempDir(), "no", "folder")}).plugin()
	if _, err := missing.Save(t.Context(), avery, cache.Entry{Data: []byte("1")}); err == nil {
		t.Error("a folder that is not there is no failure")
	}
}
