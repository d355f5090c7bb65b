package sealed

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strconv"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
)

// A record is
//
//	0   magic                         4 bytes: which store wrote it
//	4   1                             format
//	5   1 sealed, 0 plaintext         algorithm
//	6   0 0                           reserved
//	8   key id                        8 bytes: which key it is sealed with
//	16  stamp                         Unix microseconds, big endian
//	24  mark                          8 random bytes; stamp and mark are the version
//	32  expires                       Unix seconds, big endian
//	40  nonce, sealed content, tag    of AES-256-GCM
//
// Additional data are the first 40 bytes and what the store adds, which must name the
// partition: so no part can be swapped for that of another record or another state.
const (
	PrefixSize = 40 // bytes before the nonce
	Format     = 1  // of records, the only one there is

	AlgorithmPlain  = 0
	AlgorithmSealed = 1

	// MaxData is the most that is saved, in bytes; MaxRecord the most that is read, which has
	// room for the longest partition.
	MaxData   = 32 << 20
	MaxRecord = MaxData + 1<<20
)

var (
	// ErrRecord means that something is no record, or not what was sealed.
	ErrRecord = errors.New("sealed: the record is damaged")

	// ErrNewer means that a newer version of the store wrote the record.
	ErrNewer = errors.New("sealed: the record has a newer format")
)

// A Magic begins the records of one kind of store.
type Magic [4]byte

// A Prefix is the part of a record that is not sealed, only protected from changes.
type Prefix struct {
	Algorithm byte    // AlgorithmSealed or AlgorithmPlain
	Key       [8]byte // id of the key
	Stamp     int64   // Unix microseconds; never goes back when a record replaces another one
	Mark      [8]byte // random
	Expires   int64   // Entry.Expires
}

// Next is the prefix of an entry that is saved over the version that it has.
func Next(e cache.Entry) Prefix {
	at := Prefix{Algorithm: AlgorithmSealed, Stamp: time.Now().UnixMicro(), Expires: e.Expires}
	if before, ok := StampOf(e.Version); ok && at.Stamp <= before {
		at.Stamp = before + 1
	}
	_, _ = rand.Read(at.Mark[:]) // never fails
	return at
}

// Append appends the prefix as it is in a record.
func (p *Prefix) Append(b []byte, m Magic) []byte {
	b = append(b, m[:]...)
	b = append(b, Format, p.Algorithm, 0, 0)
	b = append(b, p.Key[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.Stamp))
	b = append(b, p.Mark[:]...)
	return binary.BigEndian.AppendUint64(b, uint64(p.Expires))
}

// ParsePrefix reads the first bytes of a record. The error is [ErrRecord] or [ErrNewer].
func ParsePrefix(b []byte, m Magic) (p Prefix, err error) {
	if len(b) < PrefixSize || string(b[:4]) != string(m[:]) || b[4] < 1 {
		return p, ErrRecord
	}
	if b[4] > Format || b[5] > AlgorithmSealed {
		return p, ErrNewer
	}
	p.Algorithm = b[5]
	copy(p.Key[:], b[8:])
	p.Stamp = int64(binary.BigEndian.Uint64(b[16:]))
	copy(p.Mark[:], b[24:])
	p.Expires = int64(binary.BigEndian.Uint64(b[32:]))
	return p, nil
}

// Version is what Entry.Version says: the stamp as 16 digits, and the mark.
func (p *Prefix) Version() string {
	var b [33]byte
	v := AppendHex64(b[:0], uint64(p.Stamp))
	v = append(v, '-')
	return string(hex.AppendEncode(v, p.Mark[:]))
}

// AppendHex64 appends n as 16 digits.
func AppendHex64(b []byte, n uint64) []byte {
	var raw [8]byte
	binary.BigEndian.PutUint64(raw[:], n)
	return hex.AppendEncode(b, raw[:])
}

// StampOf returns the stamp in a version, or false if it is none of ours.
func StampOf(version string) (int64, bool) {
	if len(version) != 33 || version[16] != '-' {
		return 0, false
	}
	stamp, err := strconv.ParseUint(version[:16], 16, 64)
	return int64(stamp), err == nil
}

// Seal makes a record. additional is protected with it, and must be given to Open.
func Seal(aead cipher.AEAD, m Magic, at Prefix, additional string, p cache.Partition, data []byte) []byte {
	content := AppendContent(nil, p, data)
	record := at.Append(make([]byte, 0, PrefixSize+len(content)+aead.Overhead()), m)
	return aead.Seal(record, nil, content, append(record[:PrefixSize:PrefixSize], additional...))
}

// Open reads what is sealed in a record whose prefix has been read. ok is false if Seal did
// not make it just so.
func Open(aead cipher.AEAD, record []byte, additional string) (p cache.Partition, data []byte, ok bool) {
	content, err := aead.Open(nil, nil, record[PrefixSize:], append(record[:PrefixSize:PrefixSize], additional...))
	if err != nil {
		return p, nil, false
	}
	p, data, ok = ParseContent(content)
	return p, data, ok && len(data) > 0
}
