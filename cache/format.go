package cache

import (
	"errors"
	"strconv"
)

// ErrMalformed means that data is no record: it was damaged, or it is something else.
var ErrMalformed = errors.New("cache: the data is not a token record: remove the entry and sign in again")

// ErrNewerFormat means that a newer version of this module wrote the record. It was not
// read, and must not be overwritten.
var ErrNewerFormat = errors.New("cache: the token record has a newer format: update this program")

// The member formatName says how a record is to be read. A record without it came from MSAL
// and has format 1, which is MSAL's with members added.
const (
	formatName = "LatchkeyFormat"
	format     = 1
)

// A formatError adds a reason to one of the two errors above. It never has a piece of the
// data, because that may be a token.
type formatError struct {
	err    error
	reason string
}

func (e *formatError) Error() string { return e.err.Error() + " (" + e.reason + ")" }
func (e *formatError) Unwrap() error { return e.err }

func malformed(reason string) error { return &formatError{ErrMalformed, reason} }

func newerFormat(version int64) error {
	return &formatError{ErrNewerFormat, "format " + strconv.FormatInt(version, 10) +
		", this program reads up to " + strconv.Itoa(format)}
}

// The sections of a record, in the order in which they are written.
const (
	sectionAccount = iota
	sectionIDToken
	sectionAccessToken
	sectionRefreshToken
	sectionCount
)

var sectionNames = [sectionCount]string{"Account", "IdToken", "AccessToken", "RefreshToken"}

// An entity is one of the four things in a record.
type entity interface {
	names() names          // the members that are written
	slot(name string) slot // where a member of that name belongs; the zero slot if it is not known
	extras() **members     // where the members go that are not known
	credential() string    // the credential_type, "" for none
	cachedAt() int64       // of two entities with one identity the newer one stays
	identity() string      // the fields that must be different in each entity of a record
	jsonKey() string       // the key in MSAL's shape, not yet in lower case
}

// names are the names of an entity's members, without credential_type.
type names struct {
	always []string // MSAL demands these, also if they are empty
	ifSet  []string
}

// A slot is the field for one member: one of the pointers is set.
type slot struct {
	text    *string
	seconds *int64
	list    *[]string
}

// members are JSON members that this package does not know.
type members struct{ list []member }

// A member has its value behind a pointer, which package fmt never follows: it may be a
// token.
type member struct {
	name string
	json *string // valid JSON
}

func (m *members) put(name, json string) { m.list = append(m.list, member{name, &json}) }

// unique leaves one member of each name: the last one, as encoding/json does.
func (m *members) unique() {
	if m == nil || len(m.list) < 2 {
		return
	}
	at := make(map[string]int, len(m.list))
	kept := m.list[:0]
	for _, x := range m.list {
		if i, twice := at[x.name]; twice {
			kept[i] = x
			continue
		}
		at[x.name] = len(kept)
		kept = append(kept, x)
	}
	m.list = kept
}

// A recordExtra is what a record has besides the entities that this package knows. It is
// never changed once it is made.
type recordExtra struct {
	top      members               // members beside the sections
	entities [sectionCount]members // members of the sections that are no entity of ours
}
