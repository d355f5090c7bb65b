package filecache

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strconv"

	"github.com/latchkey-auth/latchkey/cache"
)

// A record file is
//
//	0   "LKFC"                        magic
//	4   1                             format
//	5   1 sealed, 0 plaintext         algorithm
//	6   0 0                           reserved
//	8   key id                        8 bytes: which key it is sealed with
//	16  stamp                         the file's time of change, Unix microseconds, big endian
//	24  mark                          8 random bytes; stamp and mark are the version
//	32  expires                       Unix seconds, big endian
//	40  nonce, sealed content, tag    of AES-256-GCM
//
// Additional data are the first 40 bytes and the name of the file, which is a keyed hash of
// the partition: no part can be swapped for that of another file or another state. The
// content is the partition's four fields, each after its length as a uvarint, and the data.
const (
	prefixSize   = 40
	recordFormat = 1

	algorithmPlain  = 0
	algorithmSealed = 1

	// What is saved and what is read into memory is bounded, in bytes.
	maxData   = 32 << 20
	maxRecord = maxData + 1<<20 // and the longest partition
)

const magic = "LKFC"

var errRecord = errors.New("filecache: the record is damaged")

// A prefix is the part of a record that is not sealed, only protected from changes.
type prefix struct {
	algorithm byte
	key       [8]byte
	stamp     int64
	mark      [8]byte
	expires   int64
}

func (p *prefix) append(b []byte) []byte {
	b = append(b, magic...)
	b = append(b, recordFormat, p.algorithm, 0, 0)
	b = append(b, p.key[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.stamp))
	b = append(b, p.mark[:]...)
	return binary.BigEndian.AppendUint64(b, uint64(p.expires))
}

// parsePrefix reads the first bytes of a record. The error is errRecord or ErrNewerFormat.
func parsePrefix(b []byte) (p prefix, err error) {
	if len(b) < prefixSize || string(b[:4]) != magic || b[4] < 1 {
		return p, errRecord
	}
	if b[4] > recordFormat || b[5] > algorithmSealed {
		return p, ErrNewerFormat
	}
	p.algorithm = b[5]
	copy(p.key[:], b[8:])
	p.stamp = int64(binary.BigEndian.Uint64(b[16:]))
	copy(p.mark[:], b[24:])
	p.expires = int64(binary.BigEndian.Uint64(b[32:]))
	return p, nil
}

// version is what Entry.Version says: 16 digits that also are the file's time, and the mark.
func (p *prefix) version() string {
	var b [33]byte
	v := appendHex64(b[:0], uint64(p.stamp))
	v = append(v, '-')
	return string(hex.AppendEncode(v, p.mark[:]))
}

func appendHex64(b []byte, n uint64) []byte {
	var raw [8]byte
	binary.BigEndian.PutUint64(raw[:], n)
	return hex.AppendEncode(b, raw[:])
}

// stampOf returns the stamp in a version, or false if it is none of ours.
func stampOf(version string) (int64, bool) {
	if len(version) != 33 || version[16] != '-' {
		return 0, false
	}
	stamp, err := strconv.ParseUint(version[:16], 16, 64)
	return int64(stamp), err == nil
}

// A sealer seals the records of one cache, and names their files.
type sealer struct {
	algorithm byte
	key       [8]byte
	aead      cipher.AEAD
	*names
}

func newSealer(h *header, master []byte) *sealer {
	s := &sealer{algorithm: algorithmSealed, names: newNames(h.derive(master, "name", 32))}
	copy(s.key[:], h.derive(master, "id", 8))
	if h.Tier == TierPlaintext {
		s.algorithm, s.aead = algorithmPlain, plaintext(h.derive(master, "checksum", 32))
	} else {
		block, err := aes.NewCipher(h.derive(master, "seal", 32))
		if err == nil {
			s.aead, err = cipher.NewGCMWithRandomNonce(block)
		}
		if err != nil {
			panic(err) // the sizes are ours
		}
	}
	return s
}

// seal makes the content of the file with this name.
func (s *sealer) seal(name string, at prefix, p cache.Partition, data []byte) []byte {
	at.algorithm, at.key = s.algorithm, s.key
	content := make([]byte, 0, len(data)+len(p.Kind)+len(p.Cloud)+len(p.Owner)+len(p.Subject)+4*binary.MaxVarintLen32)
	for _, field := range []string{string(p.Kind), p.Cloud, p.Owner, p.Subject} {
		content = append(binary.AppendUvarint(content, uint64(len(field))), field...)
	}
	content = append(content, data...)
	file := at.append(make([]byte, 0, prefixSize+len(content)+s.aead.Overhead()))
	return s.aead.Seal(file, nil, content, append(file[:prefixSize:prefixSize], name...))
}

// open reads the file with this name. The error is errRecord or ErrNewerFormat.
func (s *sealer) open(name string, file []byte) (prefix, cache.Partition, []byte, error) {
	var p cache.Partition
	at, err := parsePrefix(file)
	if err != nil {
		return at, p, nil, err
	}
	if at.algorithm != s.algorithm || at.key != s.key {
		return at, p, nil, errRecord
	}
	content, err := s.aead.Open(nil, nil, file[prefixSize:], append(file[:prefixSize:prefixSize], name...))
	if err != nil {
		return at, p, nil, errRecord
	}
	p, data, ok := parseContent(content)
	if !ok || len(data) == 0 || s.of(p) != name {
		return at, p, nil, errRecord
	}
	return at, p, data, nil
}

func parseContent(content []byte) (p cache.Partition, data []byte, ok bool) {
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
