package latchkey

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/transport"
)

// An acquisition is a request for a token that the cache may hold. Whoever asks, and
// by whatever grant, it goes one way:
//
//	acquire: cache lookup ─ valid ──────────────────────────────► result
//	   │                  └ past refresh_in: result, and renewal in the background
//	   ▼ miss
//	one flight per key, which outlives its callers
//	   ▼
//	renew: store lock ─ load again ─ somebody else renewed? ────► result
//	   ▼
//	grant ─ check ─ save ─ unlock ──────────────────────────────► result
type acquisition struct {
	authority   authority.Authority
	metadata    *authority.Metadata
	partition   cache.Partition
	query       cache.Query
	grant       grant
	account     Account
	parameters  parameters
	force       bool
	rejected    string // hash of the token that the resource refused
	outage      bool   // ext_expires_in may serve
	cacheOnly   bool
	correlation string
	started     time.Time
}

// A grant is the way to a new token when the cache has none.
type grant interface {
	// grantType is what the request will say.
	grantType() string
	// form is the request, made from what the cache has; a nil record has nothing.
	form(c *client, a *acquisition, r *cache.Record) (*tokenRequest, error)
	// key returns the fields that tell this grant's flights from others of its type.
	key() []string
	// needsLock says that the request spends something of the cache, so that it must
	// not be sent without the store's lock (rule R30).
	needsLock() bool
}

// bypass returns why the cached token will not do whatever it is; empty if it may.
func (a *acquisition) bypass() string {
	switch {
	case a.force:
		return reasonForced
	case a.parameters.challenge != "":
		return reasonChallenge
	}
	return ""
}

func (c *client) acquire(ctx context.Context, a *acquisition) (*Result, error) {
	r, err := c.vault.load(ctx, a.partition)
	if err != nil && (a.grant.needsLock() || ctx.Err() != nil) {
		return nil, err
	}
	t, reason, err := c.lookup(a, r)
	if err != nil {
		return nil, err
	}
	if reason == "" || reason == reasonRefreshAfter {
		if reason != "" && !a.cacheOnly {
			c.renewLater(ctx, a, t)
		}
		t.Use(a.started.Unix())
		if c.config.Trace.CacheHit != nil {
			fire(ctx, c.config.Trace.CacheHit, c.event(a))
		}
		return resultOf(r, t, Source{FromCache, reasonValid, c.now().Sub(a.started)}), nil
	}
	if a.cacheOnly {
		return nil, &missError{reason}
	}
	return c.miss(ctx, *a, t, reason)
}

// lookup finds the token and the reason why it will not do; empty if it will.
func (c *client) lookup(a *acquisition, r *cache.Record) (*cache.AccessToken, string, error) {
	var t *cache.AccessToken
	if r != nil {
		t = r.Find(&a.query)
	}
	if why := a.bypass(); why != "" {
		return t, why, nil
	}
	if t == nil {
		return nil, reasonNoToken, nil
	}
	if a.rejected != "" {
		hash, err := tokenHash(string(t.Secret))
		if err != nil {
			return nil, "", err
		}
		if hash == a.rejected {
			return t, reasonRejected, nil
		}
	}
	return t, c.judge(t, a.started.Unix()), nil
}

// judge returns why the token will not do, now being in Unix seconds; empty if it will.
func (c *client) judge(t *cache.AccessToken, now int64) string {
	switch {
	case t.ExpiresOn <= now:
		return reasonExpired
	case t.CachedAt > now:
		return reasonClockMoved
	case c.renewFrom(t) <= now:
		return reasonExpiresSoon
	case t.RefreshOn != 0 && t.RefreshOn <= now:
		return reasonRefreshAfter
	}
	return ""
}

// renewFrom returns when the token counts as expired, in Unix seconds (rule R28).
func (c *client) renewFrom(t *cache.AccessToken) int64 {
	margin := int64(c.config.RenewBefore / time.Second)
	return t.ExpiresOn - min(margin, (t.ExpiresOn-t.CachedAt)/3)
}

// miss gets a token from the authority, once for everybody who asks for the same. old
// is the token that will not do, if there is one.
func (c *client) miss(ctx context.Context, a acquisition, old *cache.AccessToken, reason string) (*Result, error) {
	var err error
	if a.correlation, err = correlationID(a.correlation); err != nil {
		return nil, err
	}
	e := c.event(&a)
	e.Reason = reason
	fire(ctx, c.config.Trace.CacheMiss, e)
	result, err := c.flyUnlessPaused(ctx, &a, old, reason)
	if err == nil {
		own := *result
		own.Source.Elapsed = c.now().Sub(a.started)
		return &own, nil
	}
	if fallback := c.fallback(ctx, &a, old, reason, err); fallback != nil {
		return fallback, nil
	}
	return nil, err
}

// flyUnlessPaused is fly, but lets a token that is still valid be for a while after its
// renewal has failed: not every call in its last minutes sends a request.
func (c *client) flyUnlessPaused(ctx context.Context, a *acquisition, old *cache.AccessToken, reason string) (*Result, error) {
	if reason != reasonExpiresSoon {
		return c.fly(ctx, a, reason)
	}
	key := pauseKey(a.flightKey(), old)
	if err := c.backoff.check(key, c.now()); err != nil {
		return nil, err
	}
	result, err := c.fly(ctx, a, reason)
	if err != nil && ctx.Err() == nil {
		c.pause(key, old, err)
	}
	return result, err
}

// fly runs the renewal, or joins the one that is running.
func (c *client) fly(ctx context.Context, a *acquisition, reason string) (*Result, error) {
	key := a.flightKey()
	if err := c.backoff.check(key, c.now()); err != nil {
		return nil, err
	}
	result, joined, err := c.flights.Do(ctx, key, func(ctx context.Context) (*Result, error) {
		return c.renew(ctx, key, a, reason)
	})
	if joined {
		fire(ctx, c.config.Trace.FlightJoined, c.event(a))
	}
	return result, err
}

// renewLater renews a token that is still good, after a moment chosen at random so
// that many processes do not do it at once. If that fails it is left alone for a
// while, and for this token for good if only the user can help (rule R22).
func (c *client) renewLater(ctx context.Context, a *acquisition, t *cache.AccessToken) {
	background := *a
	correlation, err := correlationID(a.correlation)
	if err != nil {
		return
	}
	background.correlation = correlation
	key := background.flightKey()
	ownKey := pauseKey(key, t)
	if c.backoff.check(key, c.now()) != nil || c.backoff.check(ownKey, c.now()) != nil {
		return
	}
	c.flights.Go(ctx, key, func(ctx context.Context) (*Result, error) {
		if err := wait(ctx, jitter(maxRenewalJitter)); err != nil {
			return nil, err
		}
		result, err := c.renew(ctx, key, &background, reasonRefreshAfter)
		if err != nil {
			c.pause(ownKey, t, err)
		}
		return result, err
	})
}

// pauseKey names the pauses of a token that is still valid. Nobody who waits for a token
// keeps them.
func pauseKey(flightKey string, t *cache.AccessToken) string {
	return cache.Key(flightKey, strconv.FormatInt(t.CachedAt, 10))
}

// pause leaves a token that is still valid alone after its renewal has failed: for a
// while, or for good if only the user can help (rule R22).
func (c *client) pause(key string, t *cache.AccessToken, err error) {
	now := c.now()
	length := renewalPause
	if errors.Is(err, ErrInteractionRequired) {
		length = time.Unix(t.ExpiresOn, 0).Sub(now)
	}
	c.backoff.set(key, now, length, err)
}

// renewalPause is how long a renewal in the background is left alone after a failure.
const renewalPause = 30 * time.Second

// maxRenewalJitter bounds the random delay of a renewal in the background.
const maxRenewalJitter = 2 * time.Second

// renew gets a token while holding the store's lock. ctx is the flight's: it has the
// caller's values and nobody cancels it, so it gets a deadline here (rule R29).
func (c *client) renew(ctx context.Context, key string, a *acquisition, reason string) (*Result, error) {
	ctx, cancel := context.WithTimeout(ctx, flightTimeout)
	defer cancel()
	unlock, err := c.vault.lock(ctx, a.partition)
	if err == nil {
		defer unlock()
	} else if a.grant.needsLock() {
		return nil, err
	}
	r, err := c.vault.reload(ctx, a.partition)
	if err != nil && a.grant.needsLock() {
		return nil, err
	}
	again := *a
	again.started = c.now()
	t, why, err := c.lookup(&again, r)
	if err == nil && why == "" {
		return resultOf(r, t, Source{FromCache, reasonValid, 0}), nil
	}
	result, err := c.redeem(ctx, a, r, reason)
	e := c.event(a)
	e.Reason, e.Grant, e.Err, e.CorrelationID = reason, a.grant.grantType(), err, a.correlation
	if err != nil {
		c.backoff.note(key, c.now(), err)
		fire(ctx, c.config.Trace.RenewalFailed, e)
		return nil, err
	}
	fire(ctx, c.config.Trace.Renewed, e)
	return result, nil
}

// redeem sends the grant's request, checks the answer and saves it.
func (c *client) redeem(ctx context.Context, a *acquisition, r *cache.Record, reason string) (*Result, error) {
	request, err := a.grant.form(c, a, r)
	if err != nil {
		return nil, err
	}
	answer, err := c.exchangeTwice(ctx, request)
	if errorCode(err) == "invalid_grant" && request.refreshed != nil {
		newer, next, loadErr := c.newerRefreshToken(ctx, a, request)
		if loadErr != nil {
			return nil, loadErr // nobody knows whether this is a sign-out
		}
		if next != nil {
			r, request = newer, next
			answer, err = c.exchangeTwice(ctx, request)
		}
	}
	if err != nil {
		if answer != nil {
			c.keepRefreshToken(ctx, request, answer)
		}
		return nil, err
	}
	return c.keep(ctx, request, answer, r == nil, reason)
}

// exchangeTwice repeats a refresh that got no answer at all, once and with the same
// token (rule R22). Nothing else is repeated.
func (c *client) exchangeTwice(ctx context.Context, q *tokenRequest) (*tokenAnswer, error) {
	answer, err := c.exchange(ctx, q)
	if q.grant == grantRefresh && unanswered(err) && ctx.Err() == nil {
		return c.exchange(ctx, q)
	}
	return answer, err
}

// newerRefreshToken looks whether somebody else, who won the race, left another
// refresh token, and makes the request with that (rule R22).
func (c *client) newerRefreshToken(ctx context.Context, a *acquisition, refused *tokenRequest) (*cache.Record, *tokenRequest, error) {
	r, err := c.vault.reload(ctx, a.partition)
	if err != nil || r == nil {
		return nil, nil, err
	}
	next, err := a.grant.form(c, a, r)
	if err != nil || next.refreshed == nil || next.refreshed.Secret == refused.refreshed.Secret {
		return nil, nil, nil
	}
	return r, next, nil
}

// fallback returns the token that will do after all because a new one could not be
// had: one that is still valid, or in an outage one within ext_expires_in (rule R28).
// Never after a challenge, a rejection or a forced renewal: those ask for another token.
func (c *client) fallback(ctx context.Context, a *acquisition, old *cache.AccessToken, reason string, err error) *Result {
	if old == nil || ctx.Err() != nil {
		return nil
	}
	now := c.now()
	source := Source{From: FromCache, Elapsed: now.Sub(a.started)}
	switch {
	case reason == reasonExpiresSoon && old.ExpiresOn > now.Unix():
		source.Reason = reasonStale
	case (reason == reasonExpired || reason == reasonExpiresSoon) && a.outage && outOfOrder(err) && old.ExtendedExpiresOn > now.Unix():
		source.Reason = reasonOutage
	default:
		return nil
	}
	r, loadErr := c.vault.load(ctx, a.partition)
	if loadErr != nil || r == nil {
		return nil // signed out meanwhile
	}
	return resultOf(r, old, source)
}

// outOfOrder reports whether err means that the authority cannot answer now.
func outOfOrder(err error) bool {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.transient()
	}
	return unanswered(err)
}

// unanswered reports whether err means that the request got no answer at all. An
// answer that was refused is none of these, even if what it was checked with could not
// be had: the token that was spent for it is spent.
func unanswered(err error) bool {
	var refused *ValidationError
	var lost *transport.Error
	return errors.As(err, &lost) && !errors.As(err, &refused) && !errors.Is(err, transport.ErrBodyTooLarge)
}

func errorCode(err error) string {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}

func (c *client) event(a *acquisition) Event {
	return Event{ClientID: c.config.ClientID, Account: a.account.HomeAccountID, Scopes: joinScopes(a.query.Scopes)}
}
