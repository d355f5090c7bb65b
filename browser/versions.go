//go:build js

package browser

import (
	"context"
	"strings"
	"syscall/js"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// The version of each item of the local storage is in IndexedDB too. A browser with a process
// a tab lets the local storages of two tabs differ for a while, whatever lock they hold, and
// whoever then spends an old refresh token loses the sign-in. IndexedDB never differs: what it
// says is so, and who holds a lock waits until its local storage says the same.

// maxLag bounds that wait.
const maxLag = 2 * time.Second

// known returns which version the item has; "" if there is none.
func (s *Store) known(ctx context.Context, name string, p cache.Partition) (string, error) {
	if s.area != Local {
		return s.current(name, p).version, nil
	}
	v, err := s.sealer.versions(ctx, "readonly", "get", name)
	if err != nil {
		return "", err
	}
	text, _ := jsvalue.String(v)
	version, _, _ := strings.Cut(text, ".")
	return version, nil
}

// setKnown says which version the item has now; "" if it was removed.
func (s *Store) setKnown(ctx context.Context, name string, p cache.Partition, version string) error {
	if s.area != Local {
		return nil
	}
	var err error
	if version == "" {
		_, err = s.sealer.versions(ctx, "readwrite", "delete", name)
	} else {
		_, err = s.sealer.versions(ctx, "readwrite", "put", version+"."+b64.EncodeString(p.Name()), name)
	}
	return err
}

// settled returns the item of a partition as soon as the storage shows the version that is
// known. After maxLag it takes what is there: the page that made the version known has ended
// before it could write the item.
func (s *Store) settled(ctx context.Context, name string, p cache.Partition) (item, error) {
	if s.area != Local {
		return s.current(name, p), nil
	}
	var timer *time.Timer
	for {
		version, err := s.known(ctx, name, p)
		if err != nil || version == "" {
			return item{}, err
		}
		i, ok := s.read(name)
		if ok && i.partition == p && i.version == version {
			return i, nil
		}
		if v := s.value(name); !jsvalue.Nothing(v) && (!ok || i.partition != p) { // no lag: nobody wrote that here
			s.damaged()
			return item{}, s.discard(ctx, name, p, version)
		}
		if timer == nil {
			timer = time.NewTimer(maxLag)
			defer timer.Stop()
		}
		moment := time.NewTimer(10 * time.Millisecond)
		select {
		case <-moment.C:
		case <-timer.C:
			moment.Stop()
			if i.version == "" {
				s.damaged()
				return item{}, s.discard(ctx, name, p, version)
			}
			return i, s.setKnown(ctx, name, p, i.version)
		case <-ctx.Done():
			moment.Stop()
			return item{}, context.Cause(ctx)
		}
	}
}

// discard removes an item that is of no use, so that no version of it is in anybody's way.
func (s *Store) discard(ctx context.Context, name string, p cache.Partition, version string) error {
	unlock, err := s.saving(ctx, name)
	if err != nil {
		return err
	}
	defer unlock()
	if now, err := s.known(ctx, name, p); err != nil || now != version {
		return err // somebody repaired it
	}
	_, _ = jsvalue.Call(s.items, "removeItem", name)
	return s.setKnown(ctx, name, p, "")
}

// partitions lists the partitions of all clients.
func (s *Store) partitions(ctx context.Context) ([]cache.Partition, error) {
	if s.area != Local {
		return s.ownPartitions(ctx)
	}
	values, err := s.sealer.versions(ctx, "readonly", "getAll")
	if err != nil {
		return nil, err
	}
	var all []cache.Partition
	for i := 0; i < values.Length(); i++ {
		if p, ok := knownPartition(values.Index(i)); ok {
			all = append(all, p)
		}
	}
	return all, nil
}

// ownPartitions lists the partitions by their items.
func (s *Store) ownPartitions(ctx context.Context) ([]cache.Partition, error) {
	var all []cache.Partition
	for _, name := range s.itemNames() {
		i, ok := s.read(name)
		if !ok {
			continue
		}
		own, err := s.name(ctx, i.partition)
		if err != nil {
			return nil, err
		}
		if own != name {
			s.damaged()
			continue
		}
		all = append(all, i.partition)
	}
	return all, nil
}

// knownPartition reads the partition that setKnown wrote.
func knownPartition(v js.Value) (p cache.Partition, ok bool) {
	text, _ := jsvalue.String(v)
	_, encoded, _ := strings.Cut(text, ".")
	raw, err := b64.Decode(encoded)
	if err != nil {
		return p, false
	}
	return parsePartition(string(raw))
}

// saving takes the lock of a save. In the session storage nobody comes between: a save does
// not wait there, and no other tab has it.
func (s *Store) saving(ctx context.Context, name string) (unlock func(), err error) {
	if s.area != Local {
		return func() {}, nil
	}
	return lock(ctx, "latchkey.save."+name)
}
