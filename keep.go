package latchkey

import (
	"context"
	"strings"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/host"
	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// keep saves what an answer brought and makes the result of it. create says that the
// partition may be new. A failed save costs nothing now: the record stays in memory
// (rule R30).
func (c *client) keep(ctx context.Context, q *tokenRequest, answer *tokenAnswer, create bool, reason string) (*Result, error) {
	account, err := c.identify(q, answer)
	if err != nil {
		return nil, err
	}
	answer = detach(answer, account, q.metadata.TenantID)
	p, realm := q.partition, q.metadata.TenantID
	if q.user {
		realm = account.Realm
		subject := p.Subject
		switch {
		case q.subject != nil:
			if subject, err = q.subject(account.HomeAccountID); err != nil {
				return nil, err
			}
		case subject == "":
			subject = account.HomeAccountID
		}
		p = cache.Partition{Kind: p.Kind, Cloud: p.Cloud, Owner: p.Owner, Subject: subject}
	}
	entities := newEntities(q, answer, account, c.config.ClientID, realm)
	if entities.refresh != nil && q.refreshed == nil {
		entities.spent = c.fromTheFuture(ctx, p, answer.sentAt)
	}
	r, cacheError := c.vault.update(ctx, p, &change{apply: entities.put, create: create})
	if r == nil {
		r = &cache.Record{} // signed out meanwhile: the caller gets the token, the cache does not
		entities.put(r)
	}
	result := resultOf(r, entities.access, Source{From: FromAuthority, Reason: reason})
	if q.user {
		result.Account = accountOf(r.Account(realm))
		result.id = r.IDToken(realm)
	}
	result.CacheError, result.CorrelationID = cacheError, q.correlation
	return result, nil
}

// detach copies what is kept out of the answer and the ID token's claims: a part of a text
// holds all of it in memory.
func detach(answer *tokenAnswer, account *cache.Account, tenantID string) *tokenAnswer {
	own := *answer
	texts := []*string{&own.accessToken, &own.refreshToken, &own.idToken, &own.scope, &own.familyID}
	if a := account; a != nil {
		texts = append(texts, &a.HomeAccountID, &a.Realm, &a.LocalAccountID, &a.Username, &a.Name, &a.ClientInfo, &a.LoginHint)
	}
	for _, t := range texts {
		*t = strings.Clone(*t)
	}
	if a := account; a != nil { // texts that all users of a tenant share, or that one has twice
		if a.Realm == tenantID {
			a.Realm = tenantID
		}
		if strings.HasPrefix(a.HomeAccountID, a.LocalAccountID) {
			a.LocalAccountID = a.HomeAccountID[:len(a.LocalAccountID)]
		}
	}
	return &own
}

// keepRefreshToken saves the refresh token of an answer whose ID token could not be
// verified because the authority's keys are out of reach. The spent one is worth nothing
// any more, and nothing but the token endpoint vouches for this one either way.
func (c *client) keepRefreshToken(ctx context.Context, q *tokenRequest, answer *tokenAnswer) {
	next := *q.refreshed
	next.Secret, next.CachedAt = cache.Secret(answer.refreshToken), answer.sentAt
	e := &entities{refresh: &next, spent: q.refreshed, kept: &cache.AccessToken{}}
	_, _ = c.vault.update(ctx, q.partition, &change{apply: e.put}) // what fails here is pending
}

// Entities are what one answer puts into a record.
type entities struct {
	account *cache.Account      // nil: an application's, or nothing new about the user
	access  *cache.AccessToken  // as it came; never nil, without a secret if there was none
	kept    *cache.AccessToken  // as the cache has it, which may be for a shorter time
	refresh *cache.RefreshToken // nil: keep the old one (rule R13)
	spent   *cache.RefreshToken // the one that refresh takes the place of; nil if none
	id      *cache.IDToken      // nil: keep the old one
}

func (e *entities) put(r *cache.Record) {
	if e.account != nil {
		if old := r.Account(e.account.Realm); old == nil {
			r.PutAccount(e.account)
		} else if e.id != nil {
			r.PutAccount(withNames(*e.account, old))
		}
	}
	if e.id != nil {
		r.PutIDToken(e.id)
	}
	if e.refresh != nil {
		if e.spent != nil {
			r.RemoveRefreshToken(e.spent.Secret)
		}
		r.PutRefreshToken(e.refresh)
	}
	if e.kept.Secret != "" {
		// It takes the place of what it was to replace (rule R25) even if its end is not
		// known, so that it is pruned and never a later hit (rule R12).
		r.PutAccessToken(e.kept)
	}
}

// withNames returns the account with the names that it had before, where the ID token
// says none: one that was asked for with fewer scopes has fewer claims (rule R13).
func withNames(a cache.Account, old *cache.Account) *cache.Account {
	a.Username = firstOf(a.Username, old.Username)
	a.Name = firstOf(a.Name, old.Name)
	a.LoginHint = firstOf(a.LoginHint, old.LoginHint)
	return &a
}

// fromTheFuture returns the refresh token that would win over that of a sign-in at now
// (Unix seconds) because the clock has moved backwards; nil if there is none.
func (c *client) fromTheFuture(ctx context.Context, p cache.Partition, now int64) *cache.RefreshToken {
	r, err := c.vault.load(ctx, p)
	if err != nil || r == nil {
		return nil
	}
	if old := r.RefreshToken(c.config.ClientID, ""); old != nil && old.CachedAt > now {
		return old
	}
	return nil
}

func newEntities(q *tokenRequest, answer *tokenAnswer, account *cache.Account, clientID, realm string) *entities {
	e := &entities{account: account, spent: q.refreshed}
	home := ""
	if account != nil {
		home = account.HomeAccountID
	}
	environment := q.metadata.Environment
	e.access = &cache.AccessToken{
		HomeAccountID: home, Environment: environment, ClientID: clientID, Realm: realm,
		Secret: cache.Secret(answer.accessToken), TokenType: answer.tokenType,
		Target: answer.scope, RequestedScopes: joinScopes(q.parameters.scopes),
		Resource: q.parameters.resource, Variant: q.parameters.variant,
		CachedAt: answer.sentAt, ExpiresOn: answer.expiresOn,
		ExtendedExpiresOn: answer.extendedExpiresOn, RefreshOn: answer.refreshOn,
	}
	e.kept = e.access
	if q.until != 0 && q.until < e.access.ExpiresOn {
		shorter := *e.access
		shorter.ExpiresOn, shorter.ExtendedExpiresOn, shorter.RefreshOn = q.until, 0, 0
		e.kept = &shorter
	}
	if answer.idToken != "" {
		e.id = &cache.IDToken{HomeAccountID: home, Environment: environment, ClientID: clientID, Realm: realm, Secret: cache.Secret(answer.idToken)}
	}
	if answer.refreshToken != "" && !q.dropRefreshToken {
		granted := answer.scope
		if answer.idToken != "" {
			granted = joinScopes(appendNew(strings.Fields(granted), "openid")) // granted, whether or not the answer names it
		}
		if q.refreshed != nil && q.refreshed.Target != "" {
			granted = q.refreshed.Target // the original grant, RFC 6749 section 6
		}
		e.refresh = &cache.RefreshToken{
			HomeAccountID: home, Environment: environment, ClientID: clientID, Realm: realm,
			Secret: cache.Secret(answer.refreshToken), FamilyID: answer.familyID,
			Target: granted, CachedAt: answer.sentAt,
		}
	}
	return e
}

// identify tells whose the answer is; nil if it is an application's.
func (c *client) identify(q *tokenRequest, answer *tokenAnswer) (*cache.Account, error) {
	if !q.user {
		return nil, nil
	}
	a := &cache.Account{Environment: q.metadata.Environment, AuthorityType: "Generic"}
	claims := answer.claims
	switch c.config.Profile.AccountID {
	case authority.AccountClientInfo:
		a.AuthorityType = "MSSTS"
		a.Realm = claims.Text("tid")
	case authority.AccountPolicy: // a tid may be another provider's
		a.AuthorityType = "MSSTS"
	}
	var err error
	if a.HomeAccountID, a.ClientInfo, err = c.homeAccountID(q, answer); err != nil {
		return nil, err
	}
	a.Realm = firstOf(a.Realm, q.realm, homeTenant(a.HomeAccountID), q.metadata.TenantID)
	a.LocalAccountID = firstOf(claims.Text("oid"), claims.Text("sub"), a.HomeAccountID)
	a.Username = firstOf(append([]string{claims.Text("preferred_username"), claims.Text("upn"), claims.Text("email")}, claims.Texts("emails")...)...)
	a.Name = claims.Text("name")
	a.LoginHint = claims.Text("login_hint")
	return a, nil
}

// homeAccountID names the account of an answer (rules R10, R13, R14).
func (c *client) homeAccountID(q *tokenRequest, answer *tokenAnswer) (id, clientInfo string, err error) {
	if c.config.Profile.ClientInfo && answer.clientInfo != "" {
		if id, err = readClientInfo(answer.clientInfo, answer.claims, &c.config.Profile, q.metadata.TenantID); err != nil {
			return "", "", err
		}
		clientInfo = answer.clientInfo
	}
	claims := answer.claims
	if id == "" && c.config.Profile.AccountID == authority.AccountClientInfo && claims.Text("oid") != "" && claims.Text("tid") != "" {
		id = claims.Text("oid") + "." + claims.Text("tid")
	}
	if id == "" {
		id = claims.Text("sub")
	}
	switch {
	case q.account != "" && id != "" && id != q.account:
		return "", "", &ValidationError{Check: "sub", Problem: "the answer is for another user than the one that was asked for: nothing was kept"}
	case q.account != "":
		return q.account, clientInfo, nil
	case id == "":
		random, err := host.Random(16)
		return "local-" + b64.EncodeString(random), "", err
	}
	return id, clientInfo, nil
}

// readClientInfo returns uid.utid of a token answer's client_info, and refuses one that
// contradicts the ID token (rule R10). tenantID is the authority's, if it has one.
func readClientInfo(encoded string, claims Claims, p *authority.Profile, tenantID string) (string, error) {
	text, err := b64.Decode(strings.TrimRight(encoded, "="))
	if err != nil {
		return "", &ValidationError{Check: "client_info", Problem: "is not base64url", Err: err}
	}
	object, err := jsonscan.Parse(string(text))
	if err != nil {
		return "", &ValidationError{Check: "client_info", Problem: "is not JSON", Err: err}
	}
	info := Claims{object.Members()}
	uid, utid := info.Text("uid"), info.Text("utid")
	if uid == "" || utid == "" {
		return "", &ValidationError{Check: "client_info", Problem: "names no uid and utid"}
	}
	if oid := claims.Text("oid"); oid != "" && utid == firstOf(claims.Text("tid"), tenantID) && !p.NamesObject(uid, oid) {
		return "", &ValidationError{Check: "client_info", Problem: "names another user of the tenant than the ID token"}
	}
	return uid + "." + utid, nil
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
