package authority

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/latchkey-auth/latchkey/internal/flight"
	"github.com/latchkey-auth/latchkey/transport"
)

const (
	lifetime   int64 = 24 * 60 * 60 // of metadata, in seconds
	grace      int64 = 24 * 60 * 60 // of metadata that cannot be renewed, after lifetime
	retryPause int64 = 60           // seconds between attempts to renew in vain
	clockSlack int64 = 60           // seconds that the clock may go back unnoticed

	renewWait    = 3 * time.Second  // how long a caller with usable metadata waits for newer
	fetchTimeout = 30 * time.Second // of a discovery, with all its requests

	maxEntries = 8192 // authorities that are remembered
	maxBuiltIn = 1024 // authorities up to which built-in ones are: each copies the rest, and making one is cheap
)

// A Resolver finds the metadata of authorities and keeps it. It is safe for concurrent
// use; make one per client with [NewResolver].
type Resolver struct {
	send transport.Func
	now  func() time.Time

	room    int // maxEntries
	flights flight.Group[*Metadata]
	known   atomic.Value // *entries, replaced and never changed
	keep    sync.Mutex   // one replaces known at a time
	tenants tenants
}

// Entries are what is known, by the authority's key. Most clients ask for one authority
// all the time, and the newest spares them the map.
type entries struct {
	all    map[string]*entry
	key    string // of the newest
	newest *entry
}

// An entry is what is known of one authority. It also pins the tenant's id: what
// replaces it has the same.
type entry struct {
	metadata *Metadata
	from     int64        // when the request was sent, in Unix seconds; 0 if built in
	refused  bool         // a later answer was not acceptable: only the pin counts
	retry    atomic.Int64 // no renewal before, in Unix seconds
}

// NewResolver returns a resolver that sends by send and tells the time by now;
// neither may be nil.
func NewResolver(send transport.Func, now func() time.Time) *Resolver {
	return &Resolver{send: send, now: now, room: maxEntries}
}

// Resolve returns the metadata of a. The built-in Microsoft clouds need a request only
// to learn the id of a tenant named by its domain; other authorities are asked once for
// all callers that arrive meanwhile. What they answer lasts 24 hours, and 24 more while
// they cannot be reached. A failure is not remembered. The error is an [*Error], which
// matches ctx's error if ctx ended the wait.
func (r *Resolver) Resolve(ctx context.Context, a Authority) (*Metadata, error) {
	e := r.entry(a.key)
	if e != nil && (e.from == 0 || e.fresh(r.now().Unix())) {
		return e.metadata, nil
	}
	if a.profile == nil {
		return nil, errZero()
	}
	if e != nil && e.serves(r.now().Unix()) {
		return r.renew(ctx, a, e)
	}
	if m := knownMetadata(a); m != nil {
		r.remember(a.key, &entry{metadata: m})
		return m, nil
	}
	m, err := r.fetch(ctx, a)
	if err != nil {
		return nil, explained(ctx, a, err)
	}
	return m, nil
}

// Wait waits until no discovery is running, or ctx ends. Discoveries outlive the callers
// that started them, up to half a minute: a program that ends in order waits for them.
func (r *Resolver) Wait(ctx context.Context) error {
	return r.flights.Wait(ctx)
}

// renew returns newer metadata than e has, or e's if that takes long or the authority
// cannot be reached.
func (r *Resolver) renew(ctx context.Context, a Authority, e *entry) (*Metadata, error) {
	if r.now().Unix() < e.retry.Load() {
		return e.metadata, nil
	}
	wait, cancel := context.WithTimeout(ctx, renewWait)
	defer cancel()
	m, err := r.fetch(wait, a)
	if err == nil {
		return m, nil
	}
	left := wait.Err() != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded)
	if left || temporary(err) {
		e.retry.Store(r.now().Unix() + retryPause)
		return e.metadata, nil
	}
	return nil, explained(ctx, a, err)
}

// fetch joins or starts the one flight for a.
func (r *Resolver) fetch(ctx context.Context, a Authority) (*Metadata, error) {
	m, _, err := r.flights.Do(ctx, a.key, func(ctx context.Context) (*Metadata, error) {
		ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
		defer cancel()
		return r.ask(ctx, a)
	})
	return m, err
}

// ask discovers a, unless a flight that just ended did.
func (r *Resolver) ask(ctx context.Context, a Authority) (*Metadata, error) {
	sent := r.now().Unix()
	old := r.entry(a.key)
	if old != nil && old.fresh(sent) {
		return old.metadata, nil
	}
	m, err := r.discover(ctx, a)
	if err == nil && old != nil && m.TenantID != old.metadata.TenantID {
		err = &Error{Authority: a.url, Problem: "the tenant had the id " + quoted(old.metadata.TenantID) +
			" on first use and now has " + quoted(m.TenantID) + "; if the domain moved on purpose, start the program again"}
	}
	if err == nil {
		r.remember(a.key, &entry{metadata: m, from: sent})
		return m, nil
	}
	if old != nil && !temporary(err) {
		r.remember(a.key, &entry{metadata: old.metadata, from: old.from, refused: true})
	}
	return nil, err
}

// entry returns what is known under a key; nil if nothing is.
func (r *Resolver) entry(key string) *entry {
	known, _ := r.known.Load().(*entries)
	switch {
	case known == nil:
		return nil
	case known.key == key:
		return known.newest
	}
	return known.all[key]
}

// remember keeps e. If there is no room, the entry with the oldest request goes, and
// before it one that is built in.
func (r *Resolver) remember(key string, e *entry) {
	r.keep.Lock()
	defer r.keep.Unlock()
	known := &entries{key: key, newest: e}
	old, _ := r.known.Load().(*entries)
	if old == nil {
		old = &entries{}
	}
	if e.from == 0 && len(old.all) >= maxBuiltIn {
		return
	}
	known.all = make(map[string]*entry, len(old.all)+1)
	oldest := ""
	for k, v := range old.all {
		known.all[k] = v
		if oldest == "" || v.from < old.all[oldest].from {
			oldest = k
		}
	}
	if known.all[key] == nil && len(known.all) >= r.room {
		delete(known.all, oldest)
	}
	known.all[key] = e
	r.known.Store(known)
}

// fresh reports whether e needs no renewal. A clock that went back makes it need one.
func (e *entry) fresh(now int64) bool {
	age := now - e.from
	return !e.refused && age > -clockSlack && age < lifetime
}

// serves reports whether e may be used while it cannot be renewed.
func (e *entry) serves(now int64) bool {
	return !e.refused && now-e.from < lifetime+grace
}

// explained returns err as an [*Error]. Only the flight's own errors are none: those of
// a context that ended and of a transport that panicked.
func explained(ctx context.Context, a Authority, err error) error {
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	if ctx.Err() != nil {
		return &Error{Authority: a.url, Problem: "gave up waiting for discovery", Err: err}
	}
	return &Error{Authority: a.url, Problem: "discovery failed", Err: err}
}

// ResolveTenant is [Authority.WithTenant] and [Resolver.Resolve] of what that returns. It
// remembers the authority, so it is cheaper for a tenant that is named again. The
// authority is returned with an error of Resolve too.
func (r *Resolver) ResolveTenant(ctx context.Context, a Authority, tenant string) (Authority, *Metadata, error) {
	named, m, err := r.tenants.named(a, tenant)
	if err == nil && m == nil {
		m, err = r.Resolve(ctx, named)
	}
	return named, m, err
}

// knownMetadata returns the metadata of a built-in cloud's tenant that takes no request to
// learn; nil if one is needed.
func knownMetadata(a Authority) *Metadata {
	if c := builtInCloud(a); c != nil {
		if id, known := knownTenantID(a.tenant); known {
			return builtIn(a, c, id)
		}
	}
	return nil
}
