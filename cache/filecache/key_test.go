package filecache

import (
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/sealed"
)

func newDir(t *testing.T) string { return filepath.Join(t.TempDir(), "cache") }

// openFails opens a cache and demands that it fails and changes nothing.
func openFails(t *testing.T, dir string, key Key) error {
	t.Helper()
	before, err := os.ReadFile(filepath.Join(dir, headerName))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), dir, key)
	if err == nil {
		s.Close()
		t.Error("the cache opens")
	}
	after, failed := os.ReadFile(filepath.Join(dir, headerName))
	if failed != nil || string(after) != string(before) {
		t.Errorf("the header was changed: %v", failed)
	}
	return err
}

// TestR32_TierStays opens caches of each tier by each other one.
func TestR32_TierStays(t *testing.T) {
	ring := newFakeRing()
	outside := filepath.Join(t.TempDir(), "outside")
	keys := map[string]Key{
		"keyring": keyringKey(ring), "key file": KeyFile(outside), "key file beside": KeyFileBeside(),
		"passphrase": passphrase("correct horse"), "plaintext": InsecurePlaintext(), "auto": autoKey(keyringKey(ring)),
	}
	opens := map[string][]string{
		"keyring": {"keyring", "auto"}, "key file": {"key file", "auto"}, "key file beside": {"key file beside", "auto"},
		"passphrase": {"passphrase"}, "plaintext": {"plaintext"}, "auto": {"keyring", "auto"},
	}
	for made, key := range keys {
		dir := newDir(t)
		s := openStore(t, dir, key)
		save(t, s, user("user"), "data", "")
		for name, other := range keys {
			if slices.Contains(opens[made], name) {
				if e := load(t, openStore(t, dir, other), user("user")); string(e.Data) != "data" {
					t.Errorf("made by %s, opened by %s: %q", made, name, e.Data)
				}
				continue
			}
			err := openFails(t, dir, other)
			if !errors.Is(err, ErrKey) {
				t.Errorf("made by %s, opened by %s: %v", made, name, err)
			}
		}
	}
}

// TestR32_KeyringUnavailable takes the keyring away from a cache that has its key there.
func TestR32_KeyringUnavailable(t *testing.T) {
	dir := newDir(t)
	ring := newFakeRing()
	openStore(t, dir, keyringKey(ring))
	for _, tt := range []struct {
		name   string
		ring   *fakeRing
		remedy string
	}{
		{"no bus", &fakeRing{why: "no session bus"}, "key file"},
		{"locked", &fakeRing{err: errors.New("prompt dismissed")}, "unlock"},
		{"item removed", newFakeRing(), "restore"},
		{"item is no key", &fakeRing{items: map[string]string{itemOf(ring): "%"}}, "restore"},
	} {
		for _, key := range []Key{keyringKey(tt.ring), autoKey(keyringKey(tt.ring))} {
			err := openFails(t, dir, key)
			expectError(t, err, ErrKey, dir, tt.remedy)
			if len(tt.ring.items) > 0 && tt.name != "item is no key" {
				t.Errorf("%s: a new key was made", tt.name)
			}
		}
	}
	other := &fakeRing{items: map[string]string{itemOf(ring): base64.StdEncoding.EncodeToString(random(masterSize))}}
	expectError(t, openFails(t, dir, keyringKey(other)), ErrKey, filepath.Join(dir, headerName), "restore the item")
	openStore(t, dir, keyringKey(ring))
	if _, err := os.Stat(filepath.Join(dir, keyName)); err == nil {
		t.Error("a key file was made")
	}
}

func itemOf(r *fakeRing) string {
	for account := range r.items {
		return account
	}
	return ""
}

// A keyring that does not answer costs a second, or what ctx allows.
func TestKeyringHangs(t *testing.T) {
	dir := newDir(t)
	f, err := openFolder(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	synctest.Test(t, func(t *testing.T) {
		ring := newFakeRing()
		ring.hangs = make(chan struct{})
		key, start := keyringKey(ring), time.Now()
		if _, err := key.load(t.Context(), f, &header{Account: "x"}); !errors.Is(err, ErrKey) || time.Since(start) != keyringPatience {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		mine := errors.New("enough")
		cancel(mine)
		if _, err := key.load(ctx, f, &header{Account: "x"}); !errors.Is(err, mine) {
			t.Errorf("with a cancelled context: %v", err)
		}
		close(ring.hangs)
		synctest.Wait()
	})
}

// Without a session bus go-keyring would start one.
func TestKeyringNeedsABus(t *testing.T) {
	for goos, want := range map[string]bool{"linux": false, "freebsd": false, "darwin": true, "windows": true} {
		if got := ringUnavailable(goos, "") == ""; got != want {
			t.Errorf("%s without a bus: available is %v", goos, got)
		}
		if why := ringUnavailable(goos, "unix:path=/run/user/1000/bus"); why != "" {
			t.Errorf("%s with a bus: %s", goos, why)
		}
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	if runtime.GOOS == "linux" {
		if _, err := Open(t.Context(), newDir(t), Keyring()); !errors.Is(err, ErrKey) {
			t.Errorf("without a bus: %v", err)
		}
	}
}

// Auto chooses when the cache is made, and then never again.
func TestAutoChoosesOnce(t *testing.T) {
	none, some := &fakeRing{why: "no session bus"}, newFakeRing()
	dir := newDir(t)
	openStore(t, dir, autoKey(keyringKey(none)))
	openStore(t, dir, autoKey(keyringKey(some)))
	if st, err := Inspect(dir); err != nil || st.Tier != TierKeyFile || len(some.items) != 0 {
		t.Errorf("%v, %v", st, err)
	}
	dir = newDir(t)
	openStore(t, dir, autoKey(keyringKey(some)))
	if st, err := Inspect(dir); err != nil || st.Tier != TierKeyring || len(some.items) != 1 {
		t.Errorf("%v, %v", st, err)
	}
}

func TestR32_KeyFile(t *testing.T) {
	for name, beside := range map[string]bool{"beside": true, "elsewhere": false} {
		t.Run(name, func(t *testing.T) {
			dir := newDir(t)
			path, key := filepath.Join(t.TempDir(), "above", "my.key"), Key{}
			if key = KeyFile(path); beside {
				path, key = filepath.Join(dir, keyName), KeyFileBeside()
			}
			openStore(t, dir, key)
			right, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
			for _, tt := range []struct {
				name, text, remedy string
				kind               error
				path               string
			}{
				{"empty", "", "restore it", ErrKey, path},
				{"no base64", "&&&&", "restore it", ErrKey, path},
				{"short", "c2hvcnQ=", "restore it", ErrKey, path},
				{"long", strings.Repeat("A", maxKeyFile+1), "restore it", ErrKey, path},
				{"another", base64.StdEncoding.EncodeToString(random(masterSize)), "restore the key file", ErrKey, filepath.Join(dir, headerName)},
			} {
				if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
					t.Fatal(err)
				}
				err := openFails(t, dir, key)
				expectError(t, err, tt.kind, tt.path, tt.remedy)
				if len(tt.text) > 4 && strings.Contains(err.Error(), tt.text[:4]) {
					t.Errorf("%s: the error shows the file: %v", tt.name, err)
				}
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			expectError(t, openFails(t, dir, key), ErrKey, path, "restore the key file")
			if _, err := os.Stat(path); err == nil {
				t.Error("a new key was made")
			}
			if err := os.WriteFile(path, right, 0o600); err != nil {
				t.Fatal(err)
			}
			if runtime.GOOS != "windows" {
				if err := os.Chmod(path, 0o640); err != nil {
					t.Fatal(err)
				}
				expectError(t, openFails(t, dir, key), ErrUnsafe, path, "chmod 600")
				if err := os.Chmod(path, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			openStore(t, dir, key)
		})
	}
}

// Several caches may share a key file, and still their files have nothing in common.
func TestKeyFileIsShared(t *testing.T) {
	key := KeyFile(filepath.Join(t.TempDir(), "key"))
	a, b := openStore(t, newDir(t), key), openStore(t, newDir(t), key)
	if a.sealer.Of(user("user")) == b.sealer.Of(user("user")) || a.sealer.key == b.sealer.key {
		t.Error("two caches seal with the same key")
	}
	if (Key{}).load != nil || KeyFile("").load != nil || Passphrase(nil).load != nil {
		t.Error("an incomplete key can be used")
	}
}

func TestR32_Passphrase(t *testing.T) {
	dir := newDir(t)
	var asked []bool
	ask := func(text string, err error) Key {
		return passphraseKey(func(_ context.Context, created bool) (string, error) {
			asked = append(asked, created)
			return text, err
		}, cheap)
	}
	if _, err := Open(t.Context(), dir, ask("", nil)); !errors.Is(err, ErrKey) {
		t.Errorf("an empty passphrase for a new cache: %v", err)
	}
	s := openStore(t, dir, ask("correct horse", nil))
	save(t, s, user("user"), "data", "")
	expectError(t, openFails(t, dir, ask("wrong horse", nil)), ErrKey, filepath.Join(dir, headerName), "check the passphrase")
	expectError(t, openFails(t, dir, ask("", nil)), ErrKey, dir, "give one")
	aborted := errors.New("aborted")
	if err := openFails(t, dir, ask("", aborted)); !errors.Is(err, aborted) || !errors.Is(err, ErrKey) {
		t.Errorf("a question that was aborted: %v", err)
	}
	if e := load(t, openStore(t, dir, ask("correct horse", nil)), user("user")); string(e.Data) != "data" {
		t.Errorf("got %q", e.Data)
	}
	if want := []bool{true, true, false, false, false, false}; len(asked) != len(want) || !asked[1] || asked[2] {
		t.Errorf("asked %v, want %v", asked, want)
	}
}

func TestR32_Header(t *testing.T) {
	for _, tt := range []struct {
		name, old, new string
		kind           error
		remedy         string
	}{
		{"newer format", `"latchkey_cache": 1`, `"latchkey_cache": 2`, ErrNewerFormat, "update this program"},
		{"newer tier", `"key file"`, `"hardware"`, ErrNewerFormat, "update this program"},
		{"no format", `"latchkey_cache": 1`, `"x": 1`, ErrKey, "restore it"},
		{"short id", `"id": "`, `"id": "00`, ErrKey, "restore it"},
		{"no JSON", `{`, `[`, ErrKey, "restore it"},
		{"other check", `"check": "`, `"check": "00`, ErrKey, "restore the key file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := newDir(t)
			openStore(t, dir, KeyFileBeside())
			path := filepath.Join(dir, headerName)
			damage(t, path, func(b []byte) []byte { return []byte(strings.Replace(string(b), tt.old, tt.new, 1)) })
			expectError(t, openFails(t, dir, Auto()), tt.kind, path, tt.remedy)
		})
	}
	t.Run("missing", func(t *testing.T) {
		dir := newDir(t)
		s := openStore(t, dir, KeyFileBeside())
		save(t, s, user("user"), "data", "")
		if err := os.Remove(filepath.Join(dir, headerName)); err != nil {
			t.Fatal(err)
		}
		_, err := Open(t.Context(), dir, Auto())
		expectError(t, err, ErrKey, filepath.Join(dir, headerName), "restore it")
	})
}

// Nothing of a token is in the files, but for plaintext, which says what it is.
func TestFilesShowNothing(t *testing.T) {
	for key, shown := range map[*Key]bool{new(KeyFileBeside()): false, new(passphrase("correct horse")): false, new(InsecurePlaintext()): true} {
		s := openStore(t, newDir(t), *key)
		if _, err := s.Save(t.Context(), user("avery@contoso.test"), cache.Entry{Data: []byte(`{"secret":"refresh-token"}`)}); err != nil {
			t.Fatal(err)
		}
		for _, name := range listNames(t, s) {
			b, err := os.ReadFile(s.folder.path(name))
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{"refresh-token", "avery", "correct horse"} {
				if got := strings.Contains(string(b), text); got && !(shown && sealed.IsName(name)) {
					t.Errorf("%s shows %s", name, text)
				} else if shown && sealed.IsName(name) && !got && text != "correct horse" {
					t.Errorf("%s is no plaintext", name)
				}
			}
		}
	}
}
