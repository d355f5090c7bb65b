package rediscache

import (
	"bufio"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/latchkey-auth/latchkey/internal/sealed"
)

// A Keyring has the secrets of a deployment. All its replicas have the same, but for the
// time in which a key is changed, as docs/operations.md says step by step. Printing it shows
// no key.
type Keyring struct {
	// Names is the secret that the names of keys in Redis are made with, 32 bytes. It opens
	// no record: whoever has it can tell whether somebody whose account id he knows has one.
	// With another one nobody's record is found.
	Names []byte

	// Seal are the keys of records, 32 bytes each. The first one seals; all of them open.
	Seal [][]byte
}

// String tells how many keys there are.
func (k Keyring) String() string {
	return "rediscache.Keyring{" + strconv.Itoa(len(k.Seal)) + " keys}"
}

// GoString is String.
func (k Keyring) GoString() string { return k.String() }

// maxKeyring bounds the text of a key ring, in bytes.
const maxKeyring = 64 << 10

// ReadKeyring reads a key ring from a text such as a mounted secret. Each line has a word and
// 32 random bytes in base64, as "openssl rand -base64 32" prints them; empty lines and those
// that begin with # are comments:
//
//	names dGhlIHNlY3JldCBvZiB0aGUgbmFtZXMgaW4gUmVkaXM=
//	seal  dGhlIGtleSB0aGF0IHNlYWxzIHJlY29yZHMgZnJvbSA=
//	seal  dGhlIGtleSBiZWZvcmUsIHdoaWNoIG9ubHkgb3BlbnM=
//
// There is one line of names, and one of seal for each key, the one that seals first. The
// error is r's, or an [Error] that matches [ErrKey] and names the line.
func ReadKeyring(r io.Reader) (Keyring, error) {
	var k Keyring
	lines := bufio.NewScanner(io.LimitReader(r, maxKeyring+1))
	lines.Buffer(nil, maxKeyring)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		key, ok := parseKey(fields)
		switch {
		case ok && fields[0] == "names" && k.Names == nil:
			k.Names = key
		case ok && fields[0] == "seal":
			k.Seal = append(k.Seal, key)
		default:
			return Keyring{}, &Error{Problem: "line " + strconv.Itoa(n) + " of the key ring is none", kind: ErrKey,
				Remedy: "write one line of names and one or more of seal, each with 32 bytes in base64"}
		}
	}
	if err := lines.Err(); err != nil {
		return Keyring{}, err
	}
	return k, k.check()
}

func parseKey(fields []string) ([]byte, bool) {
	if len(fields) != 2 {
		return nil, false
	}
	key, err := base64.StdEncoding.Strict().DecodeString(fields[1])
	return key, err == nil && len(key) == sealed.KeySize
}

// check returns an error that matches ErrKey unless the keys can be used.
func (k Keyring) check() error {
	problem := ""
	if len(k.Names) != sealed.KeySize {
		problem = "the key ring has no secret of 32 bytes for names"
	} else if len(k.Seal) == 0 {
		problem = "the key ring has no key to seal with"
	}
	for i, key := range k.Seal {
		if len(key) != sealed.KeySize {
			problem = "a key that seals has not 32 bytes"
		}
		for _, other := range append([][]byte{k.Names}, k.Seal[:i]...) {
			if slices.Equal(key, other) {
				problem = "the key ring has a key twice"
			}
		}
	}
	if problem == "" {
		return nil
	}
	return &Error{Problem: problem, Remedy: "make each by: openssl rand -base64 32", kind: ErrKey}
}

// A sealKey is where the keys of records come from: each record has one of its own, so that
// no key seals more often than AES-GCM with random nonces allows.
type sealKey struct {
	id     [8]byte
	secret []byte // the pseudorandom key of RFC 5869
}

const purpose = "latchkey rediscache 1 "

func newSealKey(key []byte) sealKey {
	secret, err := hkdf.Extract(sha256.New, key, nil)
	if err != nil {
		panic(err) // the sizes are ours
	}
	k := sealKey{secret: secret}
	copy(k.id[:], expand(secret, "id", len(k.id)))
	return k
}

func expand(secret []byte, info string, size int) []byte {
	key, err := hkdf.Expand(sha256.New, secret, purpose+info, size)
	if err != nil {
		panic(err) // the sizes are ours
	}
	return key
}
