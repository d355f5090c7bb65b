//go:build js

package browser

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"syscall/js"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/host"
	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// An Area is a storage of the page (HTML, section 12.2).
type Area string

const (
	// Session is the session storage: this tab's, for as long as it is open.
	Session Area = "sessionStorage"
	// Local is the local storage: all tabs', and still there when the browser is opened again.
	Local Area = "localStorage"
)

// A Store is a [cache.Store] in a storage of the page, a [cache.Lister] and a
// [cache.Freshener]. Each entry is sealed, and bound to its place: to the area, the client,
// the account and the name under which it is kept. An entry that was damaged, moved or
// written by somebody else counts as absent, and the next Save replaces it. Locks are Web
// Locks, which end with their tab.
type Store struct {
	// Damaged is told about each entry that is left aside: the error matches [ErrDamaged]. It
	// may be called at any time and must not block. Nil: nobody is. Set it before the store
	// is in use.
	Damaged func(error)

	area   Area
	items  js.Value // the Storage
	sealer sealer

	mu    sync.Mutex
	names map[string]string // of items, by Partition.Name
}

// The prefix of items. The number is the format's.
const itemPrefix = "latchkey.1."

// Open returns the store of an area, and does not block. What needs the key of this origin
// waits until it is found, or made: [Store.Begin] lets that begin. The error matches
// [ErrUnavailable].
func Open(area Area) (*Store, error) {
	items := jsvalue.Get(js.Global(), string(area))
	locks := jsvalue.Get(jsvalue.Get(js.Global(), "navigator"), "locks")
	database := jsvalue.Get(js.Global(), "indexedDB")
	if area != Session && area != Local || !jsvalue.IsObject(items) || !jsvalue.IsObject(locks) || !jsvalue.IsObject(database) {
		return nil, ErrUnavailable
	}
	return &Store{area: area, items: items, names: map[string]string{}}, nil
}

// Empty reports whether nothing is stored, as far as it is known without the key.
func (s *Store) Empty() bool { return s.area == Session && len(s.itemNames()) == 0 }

// Begin begins to find the key, or to make it, if nobody has needed it yet. It does not block.
func (s *Store) Begin() {
	if s.sealer.done == nil {
		s.sealer.kept = len(s.itemNames()) > 0
		s.sealer.begin()
	}
}

// Ready waits until the key is there. The error matches [ErrUnavailable] or [ErrStalled]; who
// asks again gets the same answer.
func (s *Store) Ready(ctx context.Context) error {
	s.Begin()
	return s.sealer.ready(ctx)
}

// String names the area.
func (s *Store) String() string { return "browser.Store{" + string(s.area) + "}" }

// GoString is String.
func (s *Store) GoString() string { return s.String() }

// Sweep removes the entries that have ended. Where there is none it waits for nothing.
func (s *Store) Sweep(ctx context.Context) error {
	now := time.Now().Unix()
	for _, name := range s.itemNames() {
		i, ok := s.read(name)
		if !ok || i.expires == 0 || i.expires > now {
			continue
		}
		unlock, err := s.saving(ctx, name)
		if err != nil {
			return err
		}
		if again, ok := s.read(name); ok && again.version == i.version {
			_, _ = jsvalue.Call(s.items, "removeItem", name)
			err = s.setKnown(ctx, name, i.partition, "")
		}
		unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// itemNames lists the items of all clients.
func (s *Store) itemNames() []string {
	var names []string
	length, err := jsvalue.Number(s.items, "length", 0)
	if err != nil {
		return nil
	}
	for i := 0; i < int(length); i++ {
		key, err := jsvalue.Call(s.items, "key", i)
		if name, ok := jsvalue.String(key); err == nil && ok && strings.HasPrefix(name, itemPrefix) {
			names = append(names, name)
		}
	}
	return names
}

// An item is what is kept under a name: its parts, with dots between, are the version, which
// is the nonce of the seal, the end, the partition and the sealed data.
type item struct {
	version   string
	expires   int64
	partition cache.Partition
	sealed    string
}

// name returns under which name the partition is kept. It is a hash: what a partition is
// called is anybody's choice.
func (s *Store) name(ctx context.Context, p cache.Partition) (string, error) {
	partition := p.Name()
	s.mu.Lock()
	name := s.names[partition]
	s.mu.Unlock()
	if name != "" {
		return name, nil
	}
	select {
	case <-ctx.Done(): // the digest waits
		return "", context.Cause(ctx)
	default:
	}
	sum, err := host.Digest(256, partition)
	if err != nil {
		return "", err
	}
	name = itemPrefix + b64.Encode(sum)
	s.mu.Lock()
	if len(s.names) > 1000 {
		s.names = map[string]string{}
	}
	s.names[partition] = name
	s.mu.Unlock()
	return name, nil
}

// value returns what is under a name; null if nothing is.
func (s *Store) value(name string) js.Value {
	v, err := jsvalue.Call(s.items, "getItem", name)
	if err != nil {
		return js.Null()
	}
	return v
}

// read returns the item under a name; ok is false if it is absent or no item.
func (s *Store) read(name string) (i item, ok bool) {
	text, ok := jsvalue.String(s.value(name))
	if !ok {
		return i, false
	}
	return parseItem(text)
}

func parseItem(text string) (i item, ok bool) {
	parts := strings.SplitN(text, ".", 5)
	if len(parts) != 4 || len(parts[0]) != nonceSize*4/3 {
		return i, false
	}
	var err error
	i.version, i.sealed = parts[0], parts[3]
	if i.expires, err = strconv.ParseInt(parts[1], 10, 64); err != nil {
		return i, false
	}
	raw, err := b64.Decode(parts[2])
	if err != nil {
		return i, false
	}
	i.partition, ok = parsePartition(string(raw))
	return i, ok
}

// parsePartition reads what Partition.Name writes: each field after its length and a colon.
func parsePartition(name string) (p cache.Partition, ok bool) {
	var fields [4]string
	for i := range fields {
		length, rest, _ := strings.Cut(name, ":")
		n, err := strconv.Atoi(length)
		if err != nil || n < 0 || n > len(rest) {
			return p, false
		}
		fields[i], name = rest[:n], rest[n:]
	}
	return cache.Partition{Kind: cache.Kind(fields[0]), Cloud: fields[1], Owner: fields[2], Subject: fields[3]}, name == ""
}

func (i item) String() string {
	return i.version + "." + strconv.FormatInt(i.expires, 10) + "." + b64.EncodeString(i.partition.Name()) + "." + i.sealed
}

// bound is the additional data of an item's seal (rule R47).
func (s *Store) bound(name string, p cache.Partition, version string, expires int64) string {
	return cache.Key("latchkey", string(s.area), name, version, strconv.FormatInt(expires, 10), p.Name())
}

// current returns the item of a partition. One that is not this partition's is damage, and
// counts as none: its version is empty.
func (s *Store) current(name string, p cache.Partition) item {
	v := s.value(name)
	if jsvalue.Nothing(v) {
		return item{}
	}
	i, ok := s.read(name)
	if !ok || i.partition != p {
		s.damaged()
		return item{}
	}
	return i
}

func (s *Store) damaged() {
	if s.Damaged != nil {
		s.Damaged(ErrDamaged)
	}
}

// Load implements [cache.Store].
func (s *Store) Load(ctx context.Context, p cache.Partition) (cache.Entry, error) {
	if ctx.Err() != nil {
		return cache.Entry{}, context.Cause(ctx)
	}
	name, err := s.name(ctx, p)
	if err != nil {
		return cache.Entry{}, err
	}
	i, err := s.settled(ctx, name, p)
	if err != nil || i.version == "" {
		return cache.Entry{}, err
	}
	data, err := s.sealer.open(ctx, i.version, i.sealed, s.bound(name, p, i.version, i.expires))
	if errors.Is(err, ErrDamaged) {
		s.damaged()
		return cache.Entry{}, s.discard(ctx, name, p, i.version)
	}
	if err != nil {
		return cache.Entry{}, err
	}
	return cache.Entry{Data: data, Version: i.version, Expires: i.expires}, nil
}

// Save implements [cache.Store]. The error may also match [ErrQuota].
func (s *Store) Save(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	name, err := s.name(ctx, p)
	if err != nil {
		return "", err
	}
	next := item{partition: p, expires: e.Expires}
	if len(e.Data) > 0 {
		next.version, next.sealed, err = s.sealer.seal(ctx, e.Data, func(nonce string) string { return s.bound(name, p, nonce, e.Expires) })
		if err != nil {
			return "", err
		}
	}
	unlock, err := s.saving(ctx, name)
	if err != nil {
		return "", err
	}
	defer unlock()
	if now, err := s.known(ctx, name, p); err != nil {
		return "", err
	} else if now != e.Version {
		return "", cache.ErrConflict
	}
	if next.version == "" {
		_, err = jsvalue.Call(s.items, "removeItem", name)
	} else {
		_, err = jsvalue.Call(s.items, "setItem", name, next.String())
	}
	if err != nil {
		return "", full(err)
	}
	return next.version, s.setKnown(ctx, name, p, next.version)
}

// full tells a full storage from a broken one.
func full(err error) error {
	var t *jsvalue.Thrown
	if errors.As(err, &t) && (t.Name == "QuotaExceededError" || t.Name == "NS_ERROR_DOM_QUOTA_REACHED") {
		return ErrQuota
	}
	return errors.Join(ErrUnavailable, err)
}

var startsWith = js.Global().Get("String").Get("prototype").Get("startsWith")

// Fresh implements [cache.Freshener]. It opens no seal.
func (s *Store) Fresh(ctx context.Context, p cache.Partition, version string) (bool, error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	name, err := s.name(ctx, p)
	if err != nil {
		return false, err
	}
	v := s.value(name)
	if v.Type() != js.TypeString {
		return version == "", nil
	}
	if version == "" {
		return s.current(name, p).version == "", nil
	}
	same, err := jsvalue.Call(startsWith, "call", v, version+".") // without taking the whole value over
	return err == nil && same.Truthy(), nil
}

// List implements [cache.Lister].
func (s *Store) List(ctx context.Context, k cache.Kind, owner string, yield func(cache.Partition) bool) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	all, err := s.partitions(ctx)
	if err != nil {
		return err
	}
	for _, p := range all {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if p.Kind == k && p.Owner == owner && !yield(p) {
			return nil
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// Lock implements [cache.Store].
func (s *Store) Lock(ctx context.Context, p cache.Partition) (unlock func(), err error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	name, err := s.name(ctx, p)
	if err != nil {
		return nil, err
	}
	return lock(ctx, "latchkey.lock."+name)
}
