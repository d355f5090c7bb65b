package cache

// Expires returns when the record of a partition of kind k has no more use, in Unix
// seconds, for [Entry.Expires]: when its last access token has ended, or 0, never, if it
// has a refresh token, or knows a user whose sign-in it is.
func (r *Record) Expires(k Kind) int64 {
	knowsUser := len(r.Accounts) > 0 || len(r.IDTokens) > 0
	if len(r.RefreshTokens) > 0 || r.extra != nil || knowsUser && k == KindUser {
		return 0
	}
	var last int64
	for _, t := range r.AccessTokens {
		if until := t.usableUntil(); until > last {
			last = until
		}
	}
	return last
}
