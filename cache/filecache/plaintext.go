package filecache

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"

	"github.com/latchkey-auth/latchkey/internal/sealed"
)

// plaintext looks like a cipher and hides nothing. Its tag only finds damage: the key of it
// is in the header for everybody to read.
type plaintext []byte

var _ cipher.AEAD = plaintext(nil)

func (plaintext) NonceSize() int { return 0 }
func (plaintext) Overhead() int  { return sha256.Size }

func (k plaintext) tag(content, additional []byte) []byte {
	mac := hmac.New(sha256.New, k)
	mac.Write(additional) // of a fixed length: 40 bytes and a name
	mac.Write(content)
	return mac.Sum(nil)
}

func (k plaintext) Seal(dst, _, content, additional []byte) []byte {
	return append(append(dst, content...), k.tag(content, additional)...)
}

func (k plaintext) Open(dst, _, text, additional []byte) ([]byte, error) {
	n := len(text) - sha256.Size
	if n < 0 || !hmac.Equal(k.tag(text[:n], additional), text[n:]) {
		return nil, sealed.ErrRecord
	}
	return append(dst, text[:n]...), nil
}
