package cache

// A Query says which access token is wanted. Empty fields are meant literally: a query
// without Resource finds no token for a resource.
type Query struct {
	Realm     string   // the tenant that issued the token
	Scopes    []string // case-insensitive; openid, profile, email and offline_access do not count
	Resource  string   // the resource that was asked for (RFC 8707)
	TokenType string   // case-insensitive; "" means Bearer
	KeyID     string   // the key of a bound token; "" for a bearer token
	Variant   string   // as [AccessToken] has it
}

// Find returns the access token that answers a query, or nil. A token answers if its other
// fields are equal and its granted or its requested scopes include the wanted ones. A wanted
// ".default" scope must have been requested, and if no scope is wanted, none may have been.
// Of several the one that ends last is returned, be it ended or not: Find asks no clock.
// It does not allocate, except that the first call on a large record builds an index.
func (r *Record) Find(q *Query) *AccessToken {
	if len(r.AccessTokens) >= indexFrom {
		return r.indexed().find(q)
	}
	var best *AccessToken
	for _, t := range r.AccessTokens {
		if q.better(t, best) {
			best = t
		}
	}
	return best
}

// better reports whether t answers q, and does so better than best, which may be nil.
func (q *Query) better(t, best *AccessToken) bool {
	if best != nil && (t.ExpiresOn < best.ExpiresOn || t.ExpiresOn == best.ExpiresOn && t.CachedAt < best.CachedAt) {
		return false
	}
	return q.answeredBy(t)
}

func (q *Query) answeredBy(t *AccessToken) bool {
	return t.Variant == q.Variant && t.KeyID == q.KeyID && t.Resource == q.Resource && t.Realm == q.Realm &&
		sameTokenType(t.TokenType, q.TokenType) && t.covers(q.Scopes)
}

const bearer = "Bearer"

func sameTokenType(a, b string) bool {
	if a == b {
		return true
	}
	if a == "" {
		a = bearer
	}
	if b == "" {
		b = bearer
	}
	return equalFold(a, b)
}
