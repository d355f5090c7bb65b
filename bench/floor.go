package main

import (
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// A floor is the least that a cache of tokens can be: a map of reuse token sources of
// x/oauth2 behind a lock.
type floor struct {
	mu      sync.RWMutex
	sources map[floorKey]oauth2.TokenSource
}

type floorKey struct{ account, scopes string }

func newFloor() *floor { return &floor{sources: map[floorKey]oauth2.TokenSource{}} }

func (f *floor) add(account, scopes string) {
	t := &oauth2.Token{AccessToken: accessToken(len(f.sources)), Expiry: time.Now().Add(24 * time.Hour)}
	f.sources[floorKey{account, scopes}] = oauth2.ReuseTokenSource(t, oauth2.StaticTokenSource(t))
}

func (f *floor) get(account, scopes string) {
	f.mu.RLock()
	s := f.sources[floorKey{account, scopes}]
	f.mu.RUnlock()
	if t, err := s.Token(); err != nil || t.AccessToken == "" {
		panic("the floor has no token")
	}
}

// hash is what keys a token of an assertion.
func hash(assertion string) string {
	sum := sha256.Sum256([]byte(assertion))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
