package latchkey

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/latchkey-auth/latchkey/cache"
)

var errStore = errors.New("the disk is on fire")

// A troubledStore is a store some of whose methods fail. It is no Freshener and no Lister.
type troubledStore struct {
	cache.Store
	mu     sync.Mutex
	broken string
	saves  int
	during func(method string) // called before each method
}

// fail breaks the methods that are named, separated by spaces, and mends the others.
func (s *troubledStore) fail(methods string) {
	s.mu.Lock()
	s.broken = methods
	s.mu.Unlock()
}

func (s *troubledStore) enter(method string) error {
	if s.during != nil {
		s.during(method)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if method == "Save" {
		s.saves++
	}
	for _, m := range strings.Fields(s.broken) {
		if m == method {
			return errStore
		}
	}
	return nil
}

func (s *troubledStore) Load(ctx context.Context, p cache.Partition) (cache.Entry, error) {
	if err := s.enter("Load"); err != nil {
		return cache.Entry{}, err
	}
	return s.Store.Load(ctx, p)
}

func (s *troubledStore) Save(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
	if err := s.enter("Save"); err != nil {
		return "", err
	}
	return s.Store.Save(ctx, p, e)
}

func (s *troubledStore) Lock(ctx context.Context, p cache.Partition) (func(), error) {
	if err := s.enter("Lock"); err != nil {
		return nil, err
	}
	return s.Store.Lock(ctx, p)
}
