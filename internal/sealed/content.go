package sealed

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"

	"github.com/latchkey-auth/latchkey/cache"
)

// KeySize is the length of a key of [NewAEAD], in bytes.
const KeySize = 32

// NewAEAD returns AES-256-GCM under a key of [KeySize] bytes. Its nonces are random and part
// of what it seals, so that a key is good for 2^32 of them (NIST SP 800-38D section 8.3).
func NewAEAD(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the sizes are ours
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return aead
}

// AppendContent appends what is inside of a seal: the partition's four fields, each after its
// length as a uvarint, and the data.
func AppendContent(b []byte, p cache.Partition, data []byte) []byte {
	if b == nil {
		b = make([]byte, 0, len(data)+len(p.Kind)+len(p.Cloud)+len(p.Owner)+len(p.Subject)+4*binary.MaxVarintLen32)
	}
	for _, field := range []string{string(p.Kind), p.Cloud, p.Owner, p.Subject} {
		b = append(binary.AppendUvarint(b, uint64(len(field))), field...)
	}
	return append(b, data...)
}

// ParseContent reads what AppendContent made. The data are part of content.
func ParseContent(content []byte) (p cache.Partition, data []byte, ok bool) {
	var kind string
	for _, field := range []*string{&kind, &p.Cloud, &p.Owner, &p.Subject} {
		size, n := binary.Uvarint(content)
		if n <= 0 || size > uint64(len(content)-n) {
			return p, nil, false
		}
		*field = string(content[n : n+int(size)])
		content = content[n+int(size):]
	}
	p.Kind = cache.Kind(kind)
	return p, content, true
}
