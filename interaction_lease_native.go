//go:build !js

package latchkey

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// A lease is the right to ask the user, which one process at a time has of a store: the
// lock of a partition for the interactions of one key (rule R36). It ends with the
// process that has it. What came of the interaction stays in the partition, as a note
// for those who wait. Interactions within one client need none: see interactions.
type lease struct {
	partition cache.Partition
	grant     string // by which the user is asked
	unlock    func()
}

const (
	// leasePatience is how long nobody is told that an interaction waits for another one.
	leasePatience = 100 * time.Millisecond

	// noteTries is how many times leasePatience whoever has a lease may take to say so.
	noteTries = 20

	// noteTimeout bounds how long a note may take, which helps others only.
	noteTimeout = 5 * time.Second
)

// takeLease takes the lease for a sign-in by a [UserAgent].
func (c *client) takeLease(ctx context.Context, key string, r *InteractiveRequest) (*lease, *interaction, error) {
	return c.awaitLease(ctx, grantCode, key, r)
}

// takeDeviceLease takes the lease for a sign-in by device code, if it may be joined. A sign-in
// by a browser is another one: who asks for a code may have no way to that browser.
func (c *client) takeDeviceLease(ctx context.Context, r *DeviceCodeRequest) (*lease, *interaction, error) {
	if r.Join == "" {
		return nil, nil, nil
	}
	key := fingerprint{grantDeviceCode, r.Join, r.Tenant, r.Resource, r.Claims.String(), r.ClaimsChallenge}.addParameters(r.Extra).key()
	wanted := &InteractiveRequest{Scopes: r.Scopes, Resource: r.Resource, Tenant: r.Tenant, Claims: r.Claims}
	return c.awaitLease(ctx, grantDeviceCode, key, wanted)
}

// awaitLease waits until no other process has the lease for key. If one has asked the user
// for the same meanwhile, it returns that interaction, which is done, and no lease. Where
// there is nobody to share with, or no lease to be had, it returns neither.
func (c *client) awaitLease(ctx context.Context, grant, key string, r *InteractiveRequest) (*lease, *interaction, error) {
	if key == "" || c.vault.store == nil {
		return nil, nil, nil
	}
	since := c.now().UnixMilli()
	_, m, err := c.resolve(ctx, r.Tenant)
	if err != nil {
		return nil, nil, err
	}
	subject, err := hashText(key)
	if err != nil {
		return nil, nil, err
	}
	l := &lease{partition: c.partition(cache.KindInteraction, m.Environment, subject), grant: grant}
	waited, err := c.lockLease(ctx, l, r)
	if ctx.Err() != nil {
		if l.unlock != nil {
			l.unlock()
		}
		return nil, nil, context.Cause(ctx)
	}
	if err != nil || l.unlock == nil {
		return nil, nil, nil // a store that is out of order keeps nobody from signing in
	}
	note := c.readNote(ctx, l.partition)
	if note.finished > since || waited && note.finished == since {
		if other := c.joinNote(ctx, m, r, note); other != nil {
			l.unlock()
			return nil, other, nil
		}
	}
	c.writeNote(ctx, l.partition, leaseNote{holder: c.config.Program, scopes: joinScopes(r.Scopes)})
	return l, nil, nil
}

// lockLease takes the lock, or leaves it if the interaction that has it is for less than
// the request wants. waited says that somebody else had it.
func (c *client) lockLease(ctx context.Context, l *lease, r *InteractiveRequest) (waited bool, err error) {
	var note leaseNote
	for tries := 0; tries < noteTries && !note.running(); tries++ {
		first, cancel := context.WithTimeout(ctx, leasePatience)
		l.unlock, err = c.vault.lock(first, l.partition)
		tooLong := first.Err() != nil
		cancel()
		if err == nil || !tooLong || ctx.Err() != nil {
			return tries > 0, err
		}
		note = c.readNote(ctx, l.partition)
	}
	if note.running() && !(&interaction{scopes: strings.Fields(note.scopes)}).covers(r.Scopes) {
		return true, nil
	}
	if !note.running() {
		note.holder = "" // it is that of an interaction before
	}
	fire(ctx, c.config.Trace.InteractionAwaited, Event{ClientID: c.config.ClientID, Account: r.Account.HomeAccountID,
		Scopes: joinScopes(r.Scopes), Grant: l.grant, Holder: note.holder})
	l.unlock, err = c.vault.lock(ctx, l.partition)
	return true, err
}

// joinNote returns what another process has got for this request, nil if that is nothing:
// the very token that it got, from the cache, or the authority's refusal.
func (c *client) joinNote(ctx context.Context, m *authority.Metadata, r *InteractiveRequest, note leaseNote) *interaction {
	if note.refusal.Code != "" {
		refused := note.refusal
		return over(nil, &refused)
	}
	v, err := variant(r.Claims, nil)
	if err != nil || note.account == "" {
		return nil
	}
	record, err := c.vault.reload(ctx, c.partition(cache.KindUser, m.Environment, note.account))
	if err != nil || record == nil {
		return nil
	}
	t := record.Find(&cache.Query{Realm: note.tenant, Scopes: r.Scopes, Resource: r.Resource, Variant: v})
	if t == nil || t.ExpiresOn <= c.now().Unix() {
		return nil
	}
	if hash, err := tokenHash(string(t.Secret)); err != nil || hash != note.token {
		return nil
	}
	result := resultOf(record, t, Source{From: FromCache, Reason: reasonValid})
	if !r.accepts(result, nil) {
		return nil
	}
	return over(result, nil)
}

// over returns an interaction that is done.
func over(result *Result, err error) *interaction {
	done := make(chan struct{})
	close(done)
	return &interaction{done: done, result: result, err: err}
}

// endLease tells those who wait what came of the interaction, and lets them go on. If
// nothing came of it, the next one asks the user.
func (c *client) endLease(ctx context.Context, l *lease, result *Result, err error) {
	if l == nil {
		return
	}
	defer l.unlock()
	note := leaseNote{holder: c.config.Program, finished: c.now().UnixMilli()}
	var refused *Error
	switch {
	case errors.As(err, &refused) && refused.Code != "" && !refused.transient():
		note.refusal = *refused
	case err != nil || result == nil || result.CacheError != nil || result.AccessToken() == "":
		return
	default:
		note.account, note.tenant, note.token = result.Account.HomeAccountID, result.Account.TenantID, result.TokenHash()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
	defer cancel()
	c.writeNote(ctx, l.partition, note)
}

// A leaseNote says who has a lease, or what came of the interaction. It holds no secret:
// the token is in the cache, under the account.
type leaseNote struct {
	exists                 bool
	holder                 string // [Config.Program]
	scopes                 string // that the user is asked for
	finished               int64  // Unix milliseconds; 0: not yet
	account, tenant, token string // HomeAccountID, TenantID and hash of the token that was got
	refusal                Error  // of the authority; without a Code there was none
}

// running reports whether the note is of an interaction that is not over.
func (n *leaseNote) running() bool { return n.exists && n.finished == 0 }

// texts lists the fields of the note's JSON form.
func (n *leaseNote) texts() []struct {
	name  string
	value *string
} {
	e := &n.refusal
	return []struct {
		name  string
		value *string
	}{
		{"holder", &n.holder}, {"scope", &n.scopes}, {"account", &n.account}, {"tenant", &n.tenant}, {"token_hash", &n.token},
		{"error", &e.Code}, {"error_description", &e.Description}, {"suberror", &e.Suberror}, {"claims", &e.Claims},
		{"endpoint", &e.Endpoint}, {"grant_type", &e.Grant}, {"correlation_id", &e.CorrelationID},
	}
}

func (n *leaseNote) encode() []byte {
	var b []byte
	for _, t := range n.texts() {
		if *t.value != "" {
			b = appendMember(b, t.name, jsonscan.Quote(*t.value))
		}
	}
	b = appendMember(b, "finished", strconv.FormatInt(n.finished, 10))
	return append(b, '}')
}

// decodeNote reads what encode wrote. What is none, or is a later version's, says nothing.
func decodeNote(data []byte) (n leaseNote) {
	object, err := jsonscan.Parse(string(data))
	if err != nil || object.Kind() != jsonscan.Object {
		return n
	}
	n.exists = true
	for _, t := range n.texts() {
		*t.value, _ = object.Get(t.name).Text()
	}
	n.finished, _ = object.Get("finished").Int()
	return n
}

func (c *client) readNote(ctx context.Context, p cache.Partition) leaseNote {
	e, err := c.vault.store.Load(ctx, p)
	if err != nil || e.Version == "" {
		return leaseNote{}
	}
	return decodeNote(e.Data)
}

// writeNote needs the lease. What fails costs the others a question to the user.
func (c *client) writeNote(ctx context.Context, p cache.Partition, n leaseNote) {
	e, err := c.vault.store.Load(ctx, p)
	if err != nil && !errors.Is(err, cache.ErrDamaged) {
		return
	}
	e.Data, e.Expires = n.encode(), c.now().Add(flowLifetime).Unix()
	_, _ = c.vault.store.Save(ctx, p, e)
}
