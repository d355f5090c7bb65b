package filecache

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/cache/cachetest"
)

// cheap derives keys fast enough for tests.
var cheap = argon{Passes: 1, MemoryKiB: 64, Threads: 1}

func passphrase(text string) Key {
	return passphraseKey(func(context.Context, bool) (string, error) { return text, nil }, cheap)
}

// openStore opens a cache and closes it when the test ends.
func openStore(t testing.TB, dir string, key Key) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir, key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newStore(t testing.TB) *Store {
	t.Helper()
	return openStore(t, filepath.Join(t.TempDir(), "cache"), KeyFileBeside())
}

func user(subject string) cache.Partition {
	return cache.Partition{Kind: cache.KindUser, Cloud: "login.example.com", Owner: "client", Subject: subject}
}

func save(t testing.TB, s cache.Store, p cache.Partition, data, version string) string {
	t.Helper()
	v, err := s.Save(t.Context(), p, cache.Entry{Data: []byte(data), Version: version})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func load(t testing.TB, s cache.Store, p cache.Partition) cache.Entry {
	t.Helper()
	e, err := s.Load(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestStore(t *testing.T) {
	for name, key := range map[string]Key{"sealed": KeyFileBeside(), "plaintext": InsecurePlaintext()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cachetest.Run(t, func(t *testing.T) cache.Store { return openStore(t, newDir(t), key) })
		})
	}
}

func listNames(t *testing.T, s *Store) (names []string) {
	t.Helper()
	if err := s.folder.list(func(name string) bool { names = append(names, name); return true }); err != nil {
		t.Fatal(err)
	}
	return names
}
