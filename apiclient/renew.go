package apiclient

import (
	"context"
	"errors"
	"time"

	"github.com/latchkey-auth/latchkey"
)

// renewalTimeout bounds a renewal, which runs on even if nobody waits for it any more.
const renewalTimeout = 2 * time.Minute

// renew returns the token to send in place of the refused one, nil if there is none that
// could help. All the requests that were refused with one token, and for the same, share
// one renewal.
func (t *Transport) renew(ctx context.Context, w *want, refused *latchkey.Result, d demand) (*latchkey.Result, error) {
	hash := refused.TokenHash()
	if hash == "" {
		return nil, nil // tokens cannot be told apart
	}
	token, _, err := t.renewals.Do(ctx, newKey([]string{w.key, hash}, d.key()), func(ctx context.Context) (*latchkey.Result, error) {
		ctx, cancel := context.WithTimeout(ctx, renewalTimeout)
		defer cancel()
		return t.renewOnce(ctx, w, hash, d)
	})
	return token, err
}

// renewOnce is renew for whoever comes first. Those who come too late to share find in the
// cache, and in the memory, that it is done.
func (t *Transport) renewOnce(ctx context.Context, w *want, hash string, d demand) (*latchkey.Result, error) {
	current, err := t.token(ctx, w.request())
	if err != nil {
		return nil, err
	}
	before := newKey([]string{hash}, w.key)
	now := newKey([]string{current.TokenHash()}, w.key)
	met, seen := t.memory.meeting(t.now(), d.key(), now)
	switch {
	case seen && met.err != nil:
		return nil, met.err
	case before != now && (seen || d.kind == otherToken || t.memory.has(t.now(), d.key(), before)):
		return current, nil // renewed meanwhile
	case seen, t.memory.full(t.now(), before, now):
		return nil, nil
	}
	request := w.request()
	if d.claims != "" {
		request.ClaimsChallenge = d.claims
	} else {
		request.Rejected = hash
	}
	token, err := t.token(ctx, request)
	if err != nil {
		if answered(err) {
			t.memory.add(t.now(), meeting{challenge: d.key(), err: err}, before, now)
		}
		return nil, err
	}
	after := newKey([]string{token.TokenHash()}, w.key)
	t.memory.add(t.now(), meeting{challenge: d.key()}, before, now, after)
	if after == before {
		return nil, nil
	}
	return token, nil
}

// answered reports whether the authority has decided, so that asking again at once would not help.
func answered(err error) bool {
	var refused *latchkey.Error
	return errors.Is(err, latchkey.ErrInteractionRequired) || errors.As(err, &refused)
}
