//go:build !js

package latchkey

import (
	"context"
	"errors"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
)

// observe tells the client's Trace what is asked of Config.Cache.
func (c *client) observe() {
	v := c.vault
	if v.store == nil || c.config.Trace.StoreCalled == nil {
		return
	}
	v.store = &observedStore{v.store, c}
	if v.lister != nil {
		v.lister = &observedLister{v.lister, c}
	}
}

// called tells of a call that began at started.
func (c *client) called(ctx context.Context, operation string, started time.Time, p cache.Partition, err error) {
	e := Event{ClientID: c.config.ClientID, Operation: operation, Elapsed: c.now().Sub(started), Err: err}
	if p.Kind == cache.KindUser {
		e.Account = p.Subject
	}
	fire(ctx, c.config.Trace.StoreCalled, e)
}

// An observedStore is Config.Cache while a Trace looks on.
type observedStore struct {
	cache.Store
	client *client
}

func (s *observedStore) Load(ctx context.Context, p cache.Partition) (cache.Entry, error) {
	started := s.client.now()
	e, err := s.Store.Load(ctx, p)
	s.client.called(ctx, "load", started, p, err)
	return e, err
}

func (s *observedStore) Save(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
	started, operation := s.client.now(), "save"
	if len(e.Data) == 0 {
		operation = "remove"
	}
	version, err := s.Store.Save(ctx, p, e)
	if errors.Is(err, cache.ErrConflict) {
		operation = "conflict"
	}
	s.client.called(ctx, operation, started, p, err)
	return version, err
}

func (s *observedStore) Lock(ctx context.Context, p cache.Partition) (func(), error) {
	started := s.client.now()
	unlock, err := s.Store.Lock(ctx, p)
	s.client.called(ctx, "lock", started, p, err)
	return unlock, err
}

type observedLister struct {
	cache.Lister
	client *client
}

func (l *observedLister) List(ctx context.Context, k cache.Kind, owner string, yield func(cache.Partition) bool) error {
	started := l.client.now()
	err := l.Lister.List(ctx, k, owner, yield)
	l.client.called(ctx, "list", started, cache.Partition{}, err)
	return err
}
