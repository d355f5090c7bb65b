package filecache

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/sealed"
)

func testSealer(tier Tier) *sealer {
	h := &header{ID: "00000000000000000000000000000000", Tier: tier}
	return newSealer(h, make([]byte, masterSize))
}

// FuzzRecord reads files that anybody could have written. Nothing but what seal made opens,
// and what opens is what was sealed.
func FuzzRecord(f *testing.F) {
	p := user("user")
	closed, plain := testSealer(TierKeyFile), testSealer(TierPlaintext)
	name := plain.Of(p)
	at := sealed.Prefix{Stamp: 1, Mark: [8]byte{2}, Expires: 3}
	f.Add(plain.seal(name, at, p, []byte("data")))
	f.Add(closed.seal(closed.Of(p), at, p, []byte("data")))
	f.Add(at.Append(nil, magic))
	f.Add(magic[:])
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, file []byte) {
		if _, _, _, err := closed.open(name, file); err == nil {
			// The fuzzer knows no key: the only file that opens is the seed, under its own name.
			if closed.Of(p) != name {
				t.Fatal("a forged record opens")
			}
		} else if !errors.Is(err, sealed.ErrRecord) && !errors.Is(err, ErrNewerFormat) {
			t.Fatalf("error %v", err)
		}
		at, got, data, err := plain.open(name, file)
		if err != nil {
			return
		}
		if got != p || len(data) == 0 || !bytes.Equal(plain.seal(name, at, got, data), file) {
			t.Fatalf("%q opens as %v %q", file, got, data)
		}
	})
}

// FuzzContent reads what is inside of the seal, as if it were broken.
func FuzzContent(f *testing.F) {
	f.Add([]byte("\x04user\x00\x06client\x00data"))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Add([]byte("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"))
	f.Fuzz(func(t *testing.T, content []byte) {
		p, data, ok := sealed.ParseContent(content)
		if !ok {
			return
		}
		if len(p.Kind)+len(p.Cloud)+len(p.Owner)+len(p.Subject)+len(data) > len(content) {
			t.Fatalf("%q has more in it than it is: %v %q", content, p, data)
		}
		s := testSealer(TierPlaintext)
		if len(data) == 0 {
			return
		}
		if _, again, d, err := s.open(s.Of(p), s.seal(s.Of(p), sealed.Prefix{}, p, data)); err != nil || again != p || !bytes.Equal(d, data) {
			t.Fatalf("%v %q does not survive: %v", p, data, err)
		}
	})
}

// FuzzHeader reads headers that anybody could have written. What one makes us compute is bounded.
func FuzzHeader(f *testing.F) {
	for _, h := range []header{
		{Format: 1, ID: "00000000000000000000000000000000", Tier: TierKeyring, Account: "x"},
		{Format: 1, ID: "00000000000000000000000000000000", Tier: TierPassphrase, Salt: "00", Argon2id: &cheap},
		{Format: 1, ID: "00000000000000000000000000000000", Tier: TierPlaintext, PlaintextNames: make([]byte, masterSize)},
		{Format: 1, ID: "00000000000000000000000000000000", Tier: TierPassphrase, Salt: "00", Argon2id: &argon{Passes: 3, MemoryKiB: 2 << 20, Threads: 4}},
		{Format: 1, ID: "00000000000000000000000000000000", Tier: TierPassphrase, Salt: "00", Argon2id: &argon{Passes: 1 << 20, MemoryKiB: 64, Threads: 1}},
		{Format: 2},
	} {
		f.Add(h.encode())
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := parseHeader(text)
		if err != nil {
			if !errors.Is(err, errHeader) && !errors.Is(err, ErrNewerFormat) {
				t.Fatalf("error %v", err)
			}
			return
		}
		if h.Tier == TierPassphrase && (h.Argon2id.MemoryKiB > 1<<20 || h.Argon2id.Passes > 64) {
			t.Fatalf("argon2id may cost %+v", *h.Argon2id)
		}
		again, err := parseHeader(h.encode())
		if err != nil || again.ID != h.ID || again.Tier != h.Tier {
			t.Fatalf("%s does not survive: %v", text, err)
		}
	})
}

func FuzzKeyFile(f *testing.F) {
	f.Add(keyFileText(make([]byte, masterSize)))
	f.Add([]byte("AAAA\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		master, err := parseKeyFile("file", text)
		if err != nil {
			if !errors.Is(err, ErrKey) {
				t.Fatalf("error %v", err)
			}
			return
		}
		if len(master) != masterSize || !bytes.Contains(text, []byte(base64.StdEncoding.EncodeToString(master)[:16])) {
			t.Fatalf("%q gives %d bytes", text, len(master))
		}
	})
}

func FuzzVersion(f *testing.F) {
	for _, stamp := range []int64{1 << 50, 1 << 60} { // past and future
		at := sealed.Prefix{Stamp: stamp}
		f.Add(at.Version())
	}
	f.Add("0000000000000000-0000000000000000")
	f.Fuzz(func(t *testing.T, version string) {
		stamp, ok := sealed.StampOf(version)
		at := sealed.Next(cache.Entry{Version: version})
		if ok && stamp < math.MaxInt64 && at.Stamp <= stamp {
			t.Fatalf("version %q is followed by one with the stamp %d", version, at.Stamp)
		}
		if got, ok := sealed.StampOf(at.Version()); !ok || got != at.Stamp {
			t.Fatalf("the stamp %d became %d", at.Stamp, got)
		}
	})
}
