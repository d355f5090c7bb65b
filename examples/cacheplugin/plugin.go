package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"sync"

	"github.com/latchkey-auth/latchkey/cache"
)

// A cachePlugin makes a store of two functions, as MSAL's cachePlugin has them: one reads all
// that is stored, the other replaces it by what a function makes of it, and lets nobody in
// between. What is stored is a JSON object; others may keep members of their own in it.
type cachePlugin struct {
	readFromStorage func() ([]byte, error)
	writeToStorage  func(getMergedState func(old []byte) ([]byte, error)) error

	// locks let one client at a time spend a refresh token. All plugins of one storage
	// have the same, so this is for one process: see package filecache for several.
	locks *cache.Memory

	mu   sync.Mutex
	read []byte // what was read last
	last *state // that, parsed; never changed
}

// A state is what is stored.
type state struct {
	Saves   int              // counts up for ever, so that no version comes back
	Entries map[string]entry // by partition

	others map[string]json.RawMessage
}

type entry struct {
	Kind, Cloud, Owner, Subject []byte // in Base64: a JSON string cannot hold any text
	Data                        []byte
	Version                     string
	Expires                     int64
}

// Load implements [cache.Store].
func (c *cachePlugin) Load(ctx context.Context, p cache.Partition) (cache.Entry, error) {
	s, err := c.beforeCacheAccess(ctx)
	if err != nil {
		return cache.Entry{}, err
	}
	e := s.Entries[keyOf(p)]
	return cache.Entry{Data: bytes.Clone(e.Data), Version: e.Version, Expires: e.Expires}, nil
}

// Save implements [cache.Store]. The client merges what is of one user: it loads again after
// ErrConflict. Here what is of different users is merged.
func (c *cachePlugin) Save(ctx context.Context, p cache.Partition, e cache.Entry) (version string, err error) {
	err = c.afterCacheAccess(ctx, func(s *state) error {
		key := keyOf(p)
		if s.Entries[key].Version != e.Version {
			return cache.ErrConflict
		}
		if len(e.Data) == 0 {
			delete(s.Entries, key)
			return nil
		}
		s.Saves++
		version = strconv.Itoa(s.Saves)
		s.Entries[key] = entry{[]byte(p.Kind), []byte(p.Cloud), []byte(p.Owner), []byte(p.Subject), e.Data, version, e.Expires}
		return nil
	})
	return version, err
}

// Lock implements [cache.Store].
func (c *cachePlugin) Lock(ctx context.Context, p cache.Partition) (unlock func(), err error) {
	return c.locks.Lock(ctx, p)
}

// List implements [cache.Lister], so that PublicClient.Accounts knows who is in the storage.
func (c *cachePlugin) List(ctx context.Context, k cache.Kind, owner string, yield func(cache.Partition) bool) error {
	s, err := c.beforeCacheAccess(ctx)
	if err != nil {
		return err
	}
	for _, e := range s.Entries {
		p := cache.Partition{Kind: cache.Kind(e.Kind), Cloud: string(e.Cloud), Owner: string(e.Owner), Subject: string(e.Subject)}
		if p.Kind == k && p.Owner == owner && !yield(p) {
			break
		}
	}
	return context.Cause(ctx)
}

// beforeCacheAccess reads the storage. Most of the time nothing has changed there.
func (c *cachePlugin) beforeCacheAccess(ctx context.Context) (*state, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	data, err := c.readFromStorage()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != nil && bytes.Equal(data, c.read) {
		return c.last, nil
	}
	s, err := parse(data)
	if err != nil {
		return nil, err
	}
	c.read, c.last = bytes.Clone(data), s
	return s, nil
}

// afterCacheAccess changes the storage: not what was read before, but what is there now.
func (c *cachePlugin) afterCacheAccess(ctx context.Context, change func(*state) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return c.writeToStorage(func(old []byte) ([]byte, error) {
		s, err := parse(old)
		if err == nil {
			err = change(s)
		}
		if err != nil {
			return nil, err
		}
		return s.text()
	})
}

// The members of a state.
const (
	savesName   = "latchkeySaves"
	entriesName = "latchkeyEntries"
)

func parse(data []byte) (*state, error) {
	s := &state{Entries: map[string]entry{}, others: map[string]json.RawMessage{}}
	if len(bytes.TrimSpace(data)) == 0 {
		return s, nil
	}
	if err := json.Unmarshal(data, &s.others); err != nil {
		return nil, cache.ErrDamaged // err could quote the data
	}
	for name, to := range map[string]any{savesName: &s.Saves, entriesName: &s.Entries} {
		if text, ok := s.others[name]; ok && json.Unmarshal(text, to) != nil {
			return nil, cache.ErrDamaged
		}
		delete(s.others, name)
	}
	return s, nil
}

func (s *state) text() ([]byte, error) {
	all := map[string]any{savesName: s.Saves, entriesName: s.Entries}
	for name, value := range s.others {
		all[name] = value
	}
	return json.Marshal(all)
}

// keyOf names a partition in JSON.
func keyOf(p cache.Partition) string { return base64.RawURLEncoding.EncodeToString([]byte(p.Name())) }
