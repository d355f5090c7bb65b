package cache

import "strconv"

// A Kind says what a partition holds.
type Kind string

// The kinds of partition.
const (
	KindUser        Kind = "user"         // one user of one client at one cloud
	KindApp         Kind = "app"          // a client's own tokens for one tenant
	KindOnBehalfOf  Kind = "on-behalf-of" // one on-behalf-of session
	KindInteraction Kind = "interaction"  // a running interaction with the user
)

// A Partition names one entry of a store. It is comparable, and each of its fields may
// hold anything, also what a hostile authority chose: a store must never use a field as a
// file name or as part of a key, but derive both from [Partition.Name].
type Partition struct {
	Kind    Kind   // what it holds
	Cloud   string // the cache environment of the authority; in plain OpenID Connect the whole issuer
	Owner   string // the client id
	Subject string // the user's home account id, the tenant, or the hash of a session
}

// AppendName appends the partition's Name to b, for a lookup that allocates nothing.
func (p Partition) AppendName(b []byte) []byte {
	return AppendKey(b, string(p.Kind), p.Cloud, p.Owner, p.Subject)
}

// Key joins fields so that different lists of fields never give the same text: each one is
// preceded by its length in bytes and a colon. It is the one encoding behind partition
// names, flight keys and hashes of requests.
func Key(fields ...string) string {
	n := 0
	for _, f := range fields {
		n += len(f) + 8
	}
	return string(AppendKey(make([]byte, 0, n), fields...))
}

// AppendKey appends the Key of the fields to b, for a hash that needs no copy of them.
func AppendKey(b []byte, fields ...string) []byte {
	for _, f := range fields {
		b = appendField(b, f)
	}
	return b
}

func appendField(b []byte, field string) []byte {
	b = strconv.AppendInt(b, int64(len(field)), 10)
	b = append(b, ':')
	return append(b, field...)
}
