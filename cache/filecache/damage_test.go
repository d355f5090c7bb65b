package filecache

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/sealed"
)

// TestR32_DamagedRecord changes a record's file in every way that one would notice too late
// otherwise. Only its own partition is harmed, and a sign-in or a sign-out mends it.
func TestR32_DamagedRecord(t *testing.T) {
	foreign := newStore(t)
	save(t, foreign, user("user"), "theirs", "")
	theirs, err := os.ReadFile(foreign.folder.path(foreign.sealer.Of(user("user"))))
	if err != nil {
		t.Fatal(err)
	}
	flip := func(i int) func([]byte) []byte {
		return func(b []byte) []byte {
			if i < 0 {
				i += len(b)
			}
			b[i] ^= 1
			return b
		}
	}
	for name, harm := range map[string]func([]byte) []byte{
		"empty":              func(b []byte) []byte { return nil },
		"zeros":              func(b []byte) []byte { return make([]byte, len(b)) },
		"cut in the prefix":  func(b []byte) []byte { return b[:sealed.PrefixSize-1] },
		"cut after it":       func(b []byte) []byte { return b[:sealed.PrefixSize] },
		"cut at the end":     func(b []byte) []byte { return b[:len(b)-1] },
		"longer":             func(b []byte) []byte { return append(b, 0) },
		"other magic":        flip(0),
		"other algorithm":    flip(5),
		"other key id":       flip(8),
		"other stamp":        flip(23),
		"other mark":         flip(24),
		"other expiry":       flip(39),
		"other nonce":        flip(sealed.PrefixSize),
		"other content":      flip(sealed.PrefixSize + 20),
		"other tag":          flip(-1),
		"of another key":     func([]byte) []byte { return theirs },
		"something else":     func([]byte) []byte { return []byte("{}") },
		"of another account": nil,
	} {
		t.Run(name, func(t *testing.T) {
			for _, key := range []Key{KeyFileBeside(), InsecurePlaintext()} {
				s := openStore(t, filepath.Join(t.TempDir(), "cache"), key)
				p, other := user("user"), user("another user")
				save(t, s, p, "mine", "")
				vo := save(t, s, other, "other", "")
				path := s.folder.path(s.sealer.Of(p))
				if harm == nil {
					harm = func([]byte) []byte {
						b, err := os.ReadFile(s.folder.path(s.sealer.Of(other)))
						if err != nil {
							t.Error(err)
						}
						return b
					}
					defer func() { harm = nil }()
				}
				damage(t, path, harm)
				_, err := s.Load(t.Context(), p)
				expectError(t, err, cache.ErrDamaged, path, "sign in again")
				if e := load(t, s, other); string(e.Data) != "other" || e.Version != vo {
					t.Errorf("the other partition has %q", e.Data)
				}
				if got := listed(t, s); len(got) != 1 || got[0] != other {
					t.Errorf("listed %v", got)
				}
				found, err := s.Damaged(t.Context(), p.Kind, p.Owner)
				if err != nil || len(found) != 1 {
					t.Fatalf("damaged are %v, error %v", found, err)
				}
				expectError(t, found[0], cache.ErrDamaged, path, "sign in again")
				v := save(t, s, p, "again", "") // a sign-in
				if e := load(t, s, p); string(e.Data) != "again" || e.Version != v {
					t.Errorf("after the sign-in it has %q", e.Data)
				}
				damage(t, path, harm)
				save(t, s, p, "", "") // a sign-out
				if e := load(t, s, p); e.Version != "" {
					t.Errorf("after the sign-out it has %q", e.Data)
				}
				save(t, s, p, "once more", "")
				damage(t, path, harm)
				if err := s.RemoveDamaged(t.Context(), p.Kind, p.Owner); err != nil {
					t.Error(err)
				}
				if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("the damaged file is still there: %v", err)
				}
				if e := load(t, s, other); string(e.Data) != "other" {
					t.Errorf("the other partition has %q", e.Data)
				}
				if err := s.RemoveDamaged(t.Context(), p.Kind, p.Owner); err != nil {
					t.Errorf("with nothing damaged: %v", err)
				}
			}
		})
	}
}

func damage(t *testing.T, path string, harm func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, harm(bytes.Clone(b)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func listed(t *testing.T, s *Store) (all []cache.Partition) {
	t.Helper()
	if err := s.List(t.Context(), cache.KindUser, "client", func(p cache.Partition) bool { all = append(all, p); return true }); err != nil {
		t.Error(err)
	}
	return all
}

// A record of a newer version is neither read nor replaced, and hides no other one.
func TestR32_NewerRecord(t *testing.T) {
	s := newStore(t)
	p, other := user("user"), user("another user")
	v := save(t, s, p, "mine", "")
	save(t, s, other, "other", "")
	path := s.folder.path(s.sealer.Of(p))
	damage(t, path, func(b []byte) []byte { b[4] = sealed.Format + 1; return b })
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Load(t.Context(), p)
	expectError(t, err, ErrNewerFormat, path, "update this program")
	for _, version := range []string{"", v} {
		_, err := s.Save(t.Context(), p, cache.Entry{Data: []byte("x"), Version: version})
		expectError(t, err, ErrNewerFormat, path, "update this program")
	}
	var all []cache.Partition
	err = s.List(t.Context(), cache.KindUser, "client", func(p cache.Partition) bool { all = append(all, p); return true })
	if len(all) != 1 || all[0] != other || !errors.Is(err, ErrNewerFormat) {
		t.Errorf("listed %v, error %v", all, err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
		t.Errorf("it was changed: %v", err)
	}
}

// Two states of one partition, and one state of two partitions, cannot be exchanged.
func TestR32_NoReplay(t *testing.T) {
	s := newStore(t)
	p := user("user")
	v1 := save(t, s, p, "one", "")
	path := s.folder.path(s.sealer.Of(p))
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v2 := save(t, s, p, "two", v1)
	now, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The new prefix before the old content says "one" under the version of "two".
	damage(t, path, func([]byte) []byte {
		return append(now[:sealed.PrefixSize:sealed.PrefixSize], old[sealed.PrefixSize:]...)
	})
	if _, err := s.Load(t.Context(), p); !errors.Is(err, cache.ErrDamaged) {
		t.Errorf("the content of %s passes as that of %s: %v", v1, v2, err)
	}
}

// The partition that is sealed in a file, and the one that the file is named for, are one.
func TestR32_NameAndContent(t *testing.T) {
	s := newStore(t)
	name := s.sealer.Of(user("user"))
	file := s.sealer.seal(name, sealed.Next(cache.Entry{}), user("another user"), []byte("data"))
	if _, _, _, err := s.sealer.open(name, file); !errors.Is(err, sealed.ErrRecord) {
		t.Errorf("error %v", err)
	}
}

// A file whose time was changed, or cannot be kept, is only looked at more often.
func TestFreshNeedsTheTime(t *testing.T) {
	s := newStore(t)
	p := user("user")
	v := save(t, s, p, "data", "")
	path := s.folder.path(s.sealer.Of(p))
	if fresh, err := s.Fresh(t.Context(), p, v); !fresh || err != nil {
		t.Fatal(fresh, err)
	}
	now := time.Now().Truncate(time.Second)
	if err := os.Chtimes(path, now, now); err != nil {
		t.Fatal(err)
	}
	if fresh, err := s.Fresh(t.Context(), p, v); fresh || err != nil {
		t.Errorf("fresh %v, error %v", fresh, err)
	}
	if e := load(t, s, p); e.Version != v {
		t.Errorf("the version became %s", e.Version)
	}
	for _, version := range []string{"x", v[:32], v + "0", "g" + v[1:]} {
		if fresh, err := s.Fresh(t.Context(), p, version); fresh || err != nil {
			t.Errorf("version %q: fresh %v, error %v", version, fresh, err)
		}
	}
}

func TestSweep(t *testing.T) {
	s := newStore(t)
	now := time.Unix(1_000_000, 0)
	s.Now = func() time.Time { return now }
	for subject, expires := range map[string]int64{"ended": 999_999, "ends": 1_000_000, "later": 1_000_001, "never": 0} {
		if _, err := s.Save(t.Context(), user(subject), cache.Entry{Data: []byte("x"), Expires: expires}); err != nil {
			t.Fatal(err)
		}
	}
	if left := s.sweep(t.Context()); left != 2 || len(listed(t, s)) != 2 {
		t.Errorf("%d left: %v", left, listed(t, s))
	}
	// A sweep comes with the saves, and not with each.
	s.sweeps.left = 2
	for i, want := range []int{4, 2} {
		if _, err := s.Save(t.Context(), user("ended"), cache.Entry{Data: []byte("x"), Expires: 1, Version: load(t, s, user("ended")).Version}); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			save(t, s, user("another"), "x", "")
		} else {
			want++ // another
		}
		if got := len(listed(t, s)); got != want {
			t.Errorf("after save %d: %d records, want %d", i, got, want)
		}
	}
}

// What somebody is just writing is not swept away.
func TestSweepSparesTheYoung(t *testing.T) {
	s := newStore(t)
	name, err := s.folder.temporary([]byte("x"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s.sweep(t.Context())
	listed(t, s)
	if _, err := s.folder.stat(name); err != nil {
		t.Error(err)
	}
	old := time.Now().Add(-2 * temporaryAge)
	if err := s.folder.stamp(name, old); err != nil {
		t.Fatal(err)
	}
	listed(t, s)
	if _, err := s.folder.stat(name); err == nil {
		t.Error("what a killed process left is still there")
	}
}

func TestTooLarge(t *testing.T) {
	s := newStore(t)
	if _, err := s.Save(t.Context(), user("user"), cache.Entry{Data: make([]byte, sealed.MaxData+1)}); err == nil {
		t.Error("a record that could not be read was saved")
	}
}
