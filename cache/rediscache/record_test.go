package rediscache

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/sealed"
)

func testPartition(subject string) cache.Partition {
	return cache.Partition{Kind: cache.KindUser, Cloud: "login.example.com", Owner: "client", Subject: subject}
}

func (s *sealer) sealed(p cache.Partition, data string) (string, []byte) {
	name := s.Of(p)
	r := &record{Prefix: sealed.Next(cache.Entry{}), partition: p, data: []byte(data)}
	r.lineage = lineage{origin: r.Mark}
	return name, s.seal(name, r)
}

// TestR33_Seal changes everything that is sealed with a record.
func TestR33_Seal(t *testing.T) {
	p := testPartition("avery")
	s := newSealer("one", testKeys('a'))
	name, value := s.sealed(p, "data")
	if r, err := s.open(name, value); err != nil || string(r.data) != "data" || r.partition != p {
		t.Fatal(r, err)
	}
	other, theirs := s.sealed(testPartition("blake"), "theirs")
	_, older := s.sealed(p, "older")
	again := newSealer("one", testKeys('b', 'a'))
	if _, err := again.open(name, value); err != nil {
		t.Error("a key ring with a newer key does not open the record:", err)
	}
	tests := []struct {
		name  string
		by    *sealer
		key   string
		value []byte
		want  error
	}{
		{"another user's", s, name, theirs, sealed.ErrRecord},
		{"under another name", s, other, value, sealed.ErrRecord},
		{"another deployment", newSealer("two", testKeys('a')), name, value, sealed.ErrRecord},
		{"another secret of names", newSealer("one", Keyring{Names: make([]byte, 32), Seal: testKeys('a').Seal}), name, value, sealed.ErrRecord},
		{"an old key ring", newSealer("one", testKeys('z')), name, value, errUnknownKey},
		{"the version of an older one", s, name, slices.Concat(older[:sealed.PrefixSize], value[sealed.PrefixSize:]), sealed.ErrRecord},
		{"empty", s, name, nil, sealed.ErrRecord},
		{"cut", s, name, value[:len(value)-1], sealed.ErrRecord},
		{"longer", s, name, append(slices.Clone(value), 0), sealed.ErrRecord},
	}
	for i := range value {
		if i == 4 || i == 5 || i >= 8 && i < 16 {
			continue // format, algorithm and key id are refused before the seal
		}
		changed := slices.Clone(value)
		changed[i] ^= 1
		if _, err := s.open(name, changed); !errors.Is(err, sealed.ErrRecord) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	for _, tt := range tests {
		if _, err := tt.by.open(tt.key, tt.value); !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.want)
		}
	}
	newer := slices.Clone(value)
	newer[4]++
	if _, err := s.open(name, newer); !errors.Is(err, sealed.ErrNewer) {
		t.Errorf("a newer format: %v", err)
	}
	if bytes.Contains(value, []byte("avery")) || bytes.Contains([]byte(name), []byte("avery")) {
		t.Error("the record shows whose it is")
	}
}

// FuzzRecord reads values that anybody could have written. Nothing but what was sealed opens.
func FuzzRecord(f *testing.F) {
	s := newSealer("fuzz", testKeys('a'))
	p := testPartition("avery")
	name, value := s.sealed(p, "data")
	_, theirs := s.sealed(testPartition("blake"), "data")
	f.Add(value)
	f.Add(theirs)
	f.Add(value[:sealed.PrefixSize])
	f.Add([]byte("LKRC\x01\x01\x00\x00"))
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := s.open(name, b)
		switch {
		case err == nil:
			// The fuzzer knows no key: only seeds open, which another process may have sealed.
			if r.partition != p || string(r.data) != "data" {
				t.Fatal("a forged record opens")
			}
		case !errors.Is(err, sealed.ErrRecord) && !errors.Is(err, sealed.ErrNewer) && !errors.Is(err, errUnknownKey):
			t.Fatal(err)
		}
	})
}

// FuzzLineage reads what is inside of the seal, as if it were broken.
func FuzzLineage(f *testing.F) {
	v := version{mark: mark{1}}
	for range 20 {
		v.lineage = v.next()
	}
	f.Add(append(v.lineage.append(nil), "data"...))
	f.Add([]byte{maxAncestors + 1})
	f.Add([]byte{2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		l, rest, ok := parseLineage(b)
		if !ok {
			return
		}
		if again := append(l.append(nil), rest...); !bytes.Equal(again, b) || len(l.ancestors) > maxAncestors {
			t.Fatalf("%x became %x", b, again)
		}
		now := version{mark{9}, l}
		now.lacks(&version{mark{8}, lineage{origin: l.origin, generation: l.generation - 1}})
	})
}

func TestLineage(t *testing.T) {
	at := func(v version, marks ...byte) version {
		for _, m := range marks {
			v = version{mark{m}, v.next()}
		}
		return v
	}
	first := version{mark{1}, lineage{origin: mark{1}}}
	long := first
	for m := range byte(3 * maxAncestors) {
		long = at(long, 100+m)
	}
	tests := []struct {
		name      string
		seen, now version
		want      bool
	}{
		{"the same", first, first, false},
		{"the next one", first, at(first, 2), false},
		{"some later", first, at(first, 2, 3, 4), false},
		{"gone back", at(first, 2, 3), at(first, 2), true},
		{"gone back to the first", at(first, 2, 3), first, true},
		{"another one in its place", at(first, 2, 3), at(first, 2, 4), true},
		{"and more after that", at(first, 2, 3), at(first, 2, 4, 5, 6), true},
		{"too far back to tell", at(first, 2), long, false},
		{"made anew", at(first, 2, 3), version{mark{9}, lineage{origin: mark{9}}}, false},
	}
	for _, tt := range tests {
		if got := tt.now.lacks(&tt.seen); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var m memory
	for i := range 2 * maxRemembered {
		name := string(rune(i))
		m.replace(name, m.get(name), &version{generationOf(i), lineage{}})
	}
	if len(m.byName) > maxRemembered {
		t.Errorf("%d are remembered", len(m.byName))
	}
	v := &version{mark{1}, lineage{}}
	m.replace("somebody", nil, v)
	m.replace("somebody", nil, &version{mark{2}, lineage{}}) // somebody was faster
	if m.get("somebody") != v {
		t.Error("an older look replaced a newer one")
	}
	m.replace("somebody", v, nil)
	if m.get("somebody") != nil {
		t.Error("a version stays")
	}
}

func generationOf(i int) mark { return mark{byte(i), byte(i >> 8), byte(i >> 16)} }
