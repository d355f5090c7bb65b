package filecache

import (
	"crypto/cipher"
	"errors"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/sealed"
)

// A record file is a record of package sealed. Its stamp is the file's time of change, and
// the name of the file, which is a keyed hash of the partition, is sealed with it.
var magic = sealed.Magic{'L', 'K', 'F', 'C'}

// A sealer seals the records of one cache, and names their files.
type sealer struct {
	algorithm byte
	key       [8]byte
	aead      cipher.AEAD
	*sealed.Names
}

func newSealer(h *header, master []byte) *sealer {
	s := &sealer{algorithm: sealed.AlgorithmSealed, Names: sealed.NewNames(h.derive(master, "name", 32))}
	copy(s.key[:], h.derive(master, "id", 8))
	if h.Tier == TierPlaintext {
		s.algorithm, s.aead = sealed.AlgorithmPlain, plaintext(h.derive(master, "checksum", 32))
	} else {
		s.aead = sealed.NewAEAD(h.derive(master, "seal", sealed.KeySize))
	}
	return s
}

// seal makes the content of the file with this name.
func (s *sealer) seal(name string, at sealed.Prefix, p cache.Partition, data []byte) []byte {
	at.Algorithm, at.Key = s.algorithm, s.key
	return sealed.Seal(s.aead, magic, at, name, p, data)
}

// open reads the file with this name. The error is sealed.ErrRecord or ErrNewerFormat.
func (s *sealer) open(name string, file []byte) (sealed.Prefix, cache.Partition, []byte, error) {
	at, err := parsePrefix(file)
	if err != nil {
		return at, cache.Partition{}, nil, err
	}
	if at.Algorithm != s.algorithm || at.Key != s.key {
		return at, cache.Partition{}, nil, sealed.ErrRecord
	}
	p, data, ok := sealed.Open(s.aead, file, name)
	if !ok || s.Of(p) != name {
		return at, cache.Partition{}, nil, sealed.ErrRecord
	}
	return at, p, data, nil
}

// parsePrefix reads the first bytes of a record. The error is sealed.ErrRecord or
// ErrNewerFormat.
func parsePrefix(b []byte) (sealed.Prefix, error) {
	at, err := sealed.ParsePrefix(b, magic)
	if errors.Is(err, sealed.ErrNewer) {
		err = ErrNewerFormat
	}
	return at, err
}
