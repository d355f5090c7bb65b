package cache

import "sync/atomic"

// An AccessToken is an access token and what it may be used for. It must not be changed
// or copied once it is in a [Record]: results share it. Times are Unix seconds, 0 if unknown.
type AccessToken struct {
	HomeAccountID string // home_account_id: the user; "" for an application's own token
	Environment   string // environment: the cache environment of the cloud
	ClientID      string // client_id
	Realm         string // realm: the tenant that issued the token
	Secret        Secret // secret: the token

	Target          string // target: the granted scopes, separated by spaces (RFC 6749 section 3.3)
	RequestedScopes string // requested_scopes: the scopes that were asked for, separated by spaces

	TokenType string // token_type; "" means Bearer
	KeyID     string // key_id: the key that a bound token needs; "" for a bearer token
	Resource  string // resource: the resource that was asked for (RFC 8707); "" for none

	// Variant (ext_cache_key) is a hash of the other things a client asked for that keep
	// tokens apart, such as claims of its own. It is "" for a plain token.
	Variant string

	UserAssertionHash string // user_assertion_hash: the assertion behind an on-behalf-of token

	CachedAt          int64 // cached_at: when the token was got
	ExpiresOn         int64 // expires_on: when it ends
	ExtendedExpiresOn int64 // extended_expires_on: until when it serves in an outage
	RefreshOn         int64 // refresh_on: from when it should be renewed

	extra      *members
	usedMinute uint32 // Unix minutes; by atomic operations only, because readers share the token
}

// Use notes that the token served at now (Unix seconds), for [Record.Prune]. It is known in
// this process only and never saved. Any number of goroutines may call it.
func (t *AccessToken) Use(now int64) {
	// One write a minute at most, so that cores which read the same token do not wait for one another.
	if minute := uint32(now / 60); atomic.LoadUint32(&t.usedMinute) != minute {
		atomic.StoreUint32(&t.usedMinute, minute)
	}
}

// lastUsed is when the token last served, to the minute, or was got.
func (t *AccessToken) lastUsed() int64 {
	if used := int64(atomic.LoadUint32(&t.usedMinute)) * 60; used > t.CachedAt {
		return used
	}
	return t.CachedAt
}

// String describes the token without its secret.
func (t *AccessToken) String() string { return "cache.AccessToken{" + t.Target + "}" }

// DefaultScope reports whether the token was got by a ".default" scope. Only such a token
// satisfies a request for one.
func (t *AccessToken) DefaultScope() bool {
	for rest := t.RequestedScopes; rest != ""; {
		var word string
		word, rest = nextWord(rest)
		if isDefaultScope(word) {
			return true
		}
	}
	return false
}

// usableUntil is when not even an outage makes the token useful.
func (t *AccessToken) usableUntil() int64 {
	if t.ExtendedExpiresOn > t.ExpiresOn {
		return t.ExtendedExpiresOn
	}
	return t.ExpiresOn
}

var accessTokenNames = names{
	always: []string{"home_account_id", "environment", "client_id", "realm", "secret", "target",
		"cached_at", "expires_on", "extended_expires_on"},
	ifSet: []string{"refresh_on", "token_type", "key_id", "resource", "ext_cache_key", "user_assertion_hash"},
}

func (t *AccessToken) names() names      { return accessTokenNames }
func (t *AccessToken) extras() **members { return &t.extra }
func (t *AccessToken) cachedAt() int64   { return t.CachedAt }

// credential is the credential_type. MSAL has one for bearer tokens and one for all others.
func (t *AccessToken) credential() string {
	if sameTokenType(t.TokenType, "") {
		return "AccessToken"
	}
	return "AccessToken_With_AuthScheme"
}

// slot knows the names that MSAL Node and MSAL Go have for one thing.
func (t *AccessToken) slot(name string) slot {
	switch name {
	case "home_account_id":
		return slot{text: &t.HomeAccountID}
	case "environment":
		return slot{text: &t.Environment}
	case "client_id":
		return slot{text: &t.ClientID}
	case "realm":
		return slot{text: &t.Realm}
	case "secret":
		return slot{text: (*string)(&t.Secret)}
	case "target":
		return slot{text: &t.Target}
	case "requested_scopes":
		return slot{text: &t.RequestedScopes}
	case "token_type":
		return slot{text: &t.TokenType}
	case "key_id", "keyid":
		return slot{text: &t.KeyID}
	case "resource":
		return slot{text: &t.Resource}
	case "ext_cache_key":
		return slot{text: &t.Variant}
	case "user_assertion_hash", "userAssertionHash":
		return slot{text: &t.UserAssertionHash}
	case "cached_at":
		return slot{seconds: &t.CachedAt}
	case "expires_on":
		return slot{seconds: &t.ExpiresOn}
	case "extended_expires_on":
		return slot{seconds: &t.ExtendedExpiresOn}
	case "refresh_on":
		return slot{seconds: &t.RefreshOn}
	}
	return slot{}
}

func (t *AccessToken) identity() string {
	tokenType := t.TokenType
	if tokenType == "" {
		tokenType = bearer
	}
	return Key(t.HomeAccountID, t.Environment, t.ClientID, t.Realm, t.Resource, t.KeyID, t.Variant,
		t.UserAssertionHash, lowerASCII(tokenType), lowerASCII(t.Target), lowerASCII(t.RequestedScopes))
}

func (t *AccessToken) jsonKey() string {
	scheme := t.TokenType
	if sameTokenType(scheme, "") {
		scheme = ""
	}
	key := t.HomeAccountID + "-" + t.Environment + "-" + t.credential() + "-" + t.ClientID + "-" +
		t.Realm + "-" + t.Target + "-" + scheme
	if t.Variant != "" {
		key += "-" + t.Variant
	}
	return key
}
