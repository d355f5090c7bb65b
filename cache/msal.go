//go:build !js

package cache

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// MaxMSAL is how long an MSAL cache may be, in bytes.
const MaxMSAL = 32 << 20

// ErrEncrypted means that an MSAL cache is encrypted, so that only the program that wrote
// it, or its user on that computer, can open it. The error that wraps it says by what.
var ErrEncrypted = errors.New("cache: the MSAL cache is encrypted")

// An MSALError says what is wrong with an MSAL cache, or with the request to read or write
// one. It matches [ErrMalformed] or [ErrEncrypted] where the data is to blame, and never has
// a piece of the data.
type MSALError struct {
	// Path is where: a field of the request, or a member of the data such as
	// "AccessToken[3]", counted from 0. Empty: the data as a whole.
	Path string
	// Problem is what is wrong there, and what to do.
	Problem string

	err error
}

// Error returns the path and the problem.
func (e *MSALError) Error() string {
	text := "cache: MSAL's cache: "
	if e.Path != "" {
		text += e.Path + ": "
	}
	return text + e.Problem
}

// Unwrap returns ErrMalformed, ErrEncrypted, or nil.
func (e *MSALError) Unwrap() error { return e.err }

// An MSALImport says what [ImportMSAL] is to take over.
type MSALImport struct {
	// Data is MSAL's unified cache: the JSON that TokenCache.serialize of MSAL Node,
	// cache.Marshaler of MSAL Go and SerializableTokenCache.serialize of MSAL Python give,
	// also if several of them wrote it. At most MaxMSAL bytes.
	Data []byte

	// Environments says by which name this cache knows the cloud of a host, in lower case:
	// authority.Environments has Microsoft's. For any other authority, add the Environment
	// of its authority.Metadata under its host and port. What is of another host is skipped.
	Environments map[string]string

	// ClientID is whose tokens to take. Empty: every client's.
	ClientID string

	// DryRun saves nothing: the report is what it would be.
	DryRun bool

	// Now is the clock, by which tokens that have ended are left out. Nil: time.Now.
	Now func() time.Time
}

// String says how much there is to import.
func (i MSALImport) String() string {
	return "cache.MSALImport{" + strconv.Itoa(len(i.Data)) + " bytes}"
}

// GoString is String, so that %#v shows no data either.
func (i MSALImport) GoString() string { return i.String() }

// An MSALExport says what [ExportMSAL] is to write.
type MSALExport struct {
	// ClientIDs are whose tokens to write. At least one.
	ClientIDs []string

	// Base is what is in MSAL's cache now. Everything in it stays, but for duplicates and
	// for what the store has in a newer state. Empty: nothing is there.
	Base []byte

	// Environments is as in an MSALImport, for reading Base. What Base has of another host
	// stays as it is.
	Environments map[string]string

	// Hosts says what MSAL is to call a cloud that has the name in this cache. A cloud that
	// is not in it keeps its name, which suits MSAL Node; MSAL Go and MSAL Python write the
	// host of their authority, and read every name that Microsoft's clouds have.
	Hosts map[string]string

	// For is whose later writes are to replace what is written, instead of standing beside
	// it. Each library reads what is written for the others. Zero: MSAL Node.
	For MSALLibrary

	// Now is as in an MSALImport.
	Now func() time.Time
}

// String names the clients, without the data.
func (x MSALExport) String() string {
	return "cache.MSALExport{" + strings.Join(x.ClientIDs, " ") + ", base of " + strconv.Itoa(len(x.Base)) + " bytes}"
}

// GoString is String, so that %#v shows no data either.
func (x MSALExport) GoString() string { return x.String() }

// An MSALLibrary is one that has the unified cache.
type MSALLibrary int

// The libraries, which differ in the keys that they write and in how they list accounts.
const (
	MSALNode   MSALLibrary = iota // one account a user, with the profiles of all tenants
	MSALGo                        // one account a tenant
	MSALPython                    // one account a tenant
)

// An MSALReport says what [ImportMSAL] or [ExportMSAL] did. It has names of users and no
// token, but the names are as hostile as the data was.
type MSALReport struct {
	Taken   []MSALPartition // in the order of the partitions' names
	Skipped []MSALSkip      // in the order of the data
}

// An MSALPartition is a user of a client, or a client in one tenant, and how much of it was
// taken over.
type MSALPartition struct {
	Partition     Partition // where it is in the store
	Username      string    // of the user, for people to read
	Accounts      int       // one a tenant
	IDTokens      int       // one a tenant
	AccessTokens  int       // that have not ended
	RefreshTokens int       // one a client or family
	Saved         bool      // by an import: the store did not have all of it; an export saves nothing
}

// An MSALSkip is what was not taken over, for one reason.
type MSALSkip struct {
	Section       string // of MSAL's cache, such as "AccessToken"
	Reason        MSALReason
	ClientID      string // "" for an account, or if it is not known
	HomeAccountID string // the user; "" for an application's own
	Environment   string // the host or cloud
	Path          string // where the first one is, as in [MSALError]; "" in an export
	Count         int    // how many there are
}

// An MSALReason says why something was not taken over.
type MSALReason string

// The reasons.
const (
	MSALOtherClient MSALReason = "it is another client's"
	MSALEnvironment MSALReason = "its authority's host is not among the environments"
	MSALTenant      MSALReason = "its tenant is named by a domain, and no ID token tells its id"
	MSALOnBehalfOf  MSALReason = "it is an on-behalf-of token, which is found by the assertion alone"
	MSALBound       MSALReason = "it is bound to a key that is not in the cache"
	MSALVariant     MSALReason = "it was got with claims or parameters that the cache has only a hash of"
	MSALResource    MSALReason = "it is for one resource, which MSAL would not look at"
	MSALEnded       MSALReason = "it has ended"
	MSALOverlap     MSALReason = "another token that ends later has the same scopes, and MSAL Node takes neither of two"
	MSALNoTokens    MSALReason = "no token of this user was taken"
	MSALMalformed   MSALReason = "a member is missing or of the wrong type"
	MSALUnknown     MSALReason = "it is no account and no token"
	MSALTooMany     MSALReason = "this user has more clients or tenants than anybody has"
	MSALUnreadable  MSALReason = "the store's entry cannot be read"
)

// skips counts what is skipped.
type skips struct {
	list []MSALSkip
	at   map[MSALSkip]int // without path and count
}

func (s *skips) add(skip MSALSkip, path string) {
	i, counted := s.at[skip]
	if !counted {
		if s.at == nil {
			s.at = map[MSALSkip]int{}
		}
		i = len(s.list)
		s.at[skip] = i
		s.list = append(s.list, skip)
		s.list[i].Path = path
	}
	s.list[i].Count++
}

func clockOf(now func() time.Time) func() time.Time {
	if now == nil {
		return time.Now
	}
	return now
}
