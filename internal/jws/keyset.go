package jws

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/latchkey-auth/latchkey/internal/flight"
)

// How old keys may be, and how often they are asked for.
const (
	freshFor   = time.Hour        // then they are fetched anew in the background
	usableFor  = 24 * time.Hour   // then nothing is checked with them any more
	refetchGap = time.Minute      // at least, from one refetch to the next
	retryGap   = 5 * time.Second  // at least, after a failure while there are no keys
	fetchLimit = 30 * time.Second // for one fetch
)

// A FetchError means that the keys could not be fetched, or that what came is no key
// set, so that the token can be neither accepted nor refused for good.
type FetchError struct {
	Err error // what the fetch or [ParseKeys] said
}

// Error returns the cause.
func (e *FetchError) Error() string {
	return "jws: the authority's keys are not available: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *FetchError) Unwrap() error { return e.Err }

// A KeySet is the published keys of one issuer, fetched when they are first needed. It
// is safe for concurrent use.
//
// Keys are fetched anew in the background after an hour, and not used any longer than
// a day. A token that they do not fit makes them be fetched at once, since the
// authority may have new ones, but at most once a minute, whatever the tokens say.
type KeySet struct {
	fetch func(ctx context.Context) (jwks string, err error)
	now   func() time.Time
	calls flight.Group[*published]

	mu      sync.Mutex
	last    *published // nil until the first success
	tried   time.Time  // the last refetch, or the last failure
	failure error      // of the last fetch; nil if it succeeded
}

// published is the keys of one fetch. It does not change.
type published struct {
	keys []Key
	at   time.Time
}

// NewKeySet returns a KeySet without keys yet. fetch returns the JWK set as text; its
// context has the values of the caller's, and a time limit of its own. now is the
// clock; nil is [time.Now].
func NewKeySet(fetch func(ctx context.Context) (jwks string, err error), now func() time.Time) *KeySet {
	if now == nil {
		now = time.Now
	}
	return &KeySet{fetch: fetch, now: now}
}

// Verify is the function [Verify] with the issuer's keys. ctx bounds the wait for a
// fetch, which all callers share and nobody's cancellation stops. Without keys nothing
// is accepted: the error is then a [*FetchError]. It is one too, and matches [ErrNoKey],
// if the token may be signed with a new key and the keys cannot be fetched.
func (s *KeySet) Verify(ctx context.Context, compact string, algorithms []string) (payload string, key Key, err error) {
	t, err := parse(compact, algorithms)
	if err != nil {
		return "", Key{}, err
	}
	p, err := s.usable(ctx)
	if err != nil {
		return "", Key{}, err
	}
	payload, key, err = t.verify(p.keys)
	if !errors.Is(err, ErrNoKey) && !errors.Is(err, ErrSignature) {
		return payload, key, err
	}
	newer, failure := s.refetch(ctx, p)
	if newer != nil && newer != p {
		return t.verify(newer.keys)
	}
	if failure != nil && errors.Is(err, ErrNoKey) {
		err = fmt.Errorf("%w; it may be new: %w", err, failure)
	}
	return "", Key{}, err
}

// usable returns keys that are not too old.
func (s *KeySet) usable(ctx context.Context) (*published, error) {
	p, due := s.current()
	if p == nil {
		return s.refetch(ctx, nil)
	}
	if due {
		s.calls.Go(ctx, "", s.update(p))
	}
	return p, nil
}

// current returns the last keys unless they are too old, and whether they are due to be
// fetched anew in the background.
func (s *KeySet) current() (p *published, due bool) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if p = s.valid(now); p == nil {
		return nil, false
	}
	age := now.Sub(p.at)
	return p, (age < 0 || age >= freshFor) && !s.early(now, refetchGap)
}

// valid returns the last keys unless they are too old. s.mu is held.
func (s *KeySet) valid(now time.Time) *published {
	if s.last == nil || now.Sub(s.last.at) >= usableFor {
		return nil
	}
	return s.last
}

// early reports whether the last try is less than gap ago. A clock that was set back
// must not lock the keys up until it catches up. s.mu is held.
func (s *KeySet) early(now time.Time, gap time.Duration) bool {
	since := now.Sub(s.tried)
	return since >= 0 && since < gap
}

// refetch returns keys other than seen, or seen and why there are no others.
func (s *KeySet) refetch(ctx context.Context, seen *published) (*published, error) {
	p, _, err := s.calls.Do(ctx, "", s.update(seen))
	if panicked := (*flight.PanicError)(nil); errors.As(err, &panicked) {
		err = &FetchError{err}
	}
	return p, err
}

// update returns the function of one flight.
func (s *KeySet) update(seen *published) func(context.Context) (*published, error) {
	return func(ctx context.Context) (*published, error) {
		if p, err, done := s.settled(seen); done {
			return p, err
		}
		ctx, cancel := context.WithTimeout(ctx, fetchLimit)
		defer cancel()
		text, err := s.fetch(ctx)
		if err != nil {
			return s.keep(seen, nil, err)
		}
		keys, err := ParseKeys(text)
		return s.keep(seen, keys, err)
	}
}

// settled reports that there is no need to fetch, or no permission yet. Else it counts
// the fetch that follows.
func (s *KeySet) settled(seen *published) (p *published, err error, done bool) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	p = s.valid(now)
	switch {
	case p == nil && s.failure != nil && s.early(now, retryGap):
		return nil, s.failure, true
	case p == nil:
		return nil, nil, false
	case p != seen: // another flight ended since the caller looked
		return p, nil, true
	case s.early(now, refetchGap):
		return p, s.failure, true
	}
	s.tried = now
	return p, nil, false
}

// keep stores the result of a fetch.
func (s *KeySet) keep(seen *published, keys []Key, err error) (*published, error) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.tried, s.failure = now, &FetchError{err}
		return seen, s.failure
	}
	s.last, s.failure = &published{keys, now}, nil
	if seen == nil {
		s.tried = time.Time{} // the first fetch is no refetch
	}
	return s.last, nil
}
