package filecache

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
)

const (
	// headerName is the file that says how the cache was made. It is written once.
	headerName = "cache.json"

	// headerFormat is the format of the header and of the folder.
	headerFormat = 1

	maxHeader = 16 << 10
)

// A header says how the key of a cache is got. It holds no secret, but for the tier
// plaintext, which has none.
type header struct {
	Format int    `json:"latchkey_cache"`
	ID     string `json:"id"` // 16 random bytes as hex
	Tier   Tier   `json:"tier"`
	Check  string `json:"check"` // of the key, as hex

	Account        string `json:"account,omitempty"`         // of the item in the keyring
	KeyFile        string `json:"key_file,omitempty"`        // absolute; "" = beside the cache
	Salt           string `json:"salt,omitempty"`            // for argon2id, as hex
	Argon2id       *argon `json:"argon2id,omitempty"`        // its cost
	PlaintextNames []byte `json:"plaintext_names,omitempty"` // what the names are hashed with
}

var errHeader = errors.New("filecache: the header is damaged")

// parseHeader reads a header. The error is errHeader or ErrNewerFormat.
func parseHeader(text []byte) (*header, error) {
	var h header
	if err := json.Unmarshal(text, &h); err != nil || h.Format < 1 {
		return nil, errHeader
	}
	if h.Format > headerFormat {
		return nil, ErrNewerFormat
	}
	if id, err := hex.DecodeString(h.ID); err != nil || len(id) != 16 {
		return nil, errHeader
	}
	whole := true
	switch h.Tier {
	case TierKeyring:
		whole = h.Account != ""
	case TierKeyFile:
	case TierPassphrase:
		_, err := hex.DecodeString(h.Salt)
		whole = err == nil && h.Argon2id != nil && h.Argon2id.valid()
	case TierPlaintext:
		whole = len(h.PlaintextNames) == masterSize
	default:
		return nil, ErrNewerFormat
	}
	if !whole {
		return nil, errHeader
	}
	return &h, nil
}

func (h *header) encode() []byte {
	text, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		panic(err) // strings and numbers only
	}
	return append(text, '\n')
}

// derive makes the key for one purpose (RFC 5869).
func (h *header) derive(master []byte, purpose string, size int) []byte {
	key, err := hkdf.Key(sha256.New, master, []byte(h.ID), "latchkey filecache 1 "+purpose, size)
	if err != nil {
		panic(err) // the sizes are ours
	}
	return key
}

// check is what tells whether a key is the cache's, and no help to find it.
func (h *header) check(master []byte) string {
	return hex.EncodeToString(h.derive(master, "check", 16))
}

func (h *header) fits(master []byte) bool {
	return len(master) == masterSize && subtle.ConstantTimeCompare([]byte(h.check(master)), []byte(h.Check)) == 1
}

// random returns random bytes. crypto/rand never fails.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
