package cache

// Expires returns when the record has no more use, in Unix seconds, for [Entry.Expires]:
// when its last access token has ended, or 0, never, if it knows a user.
func (r *Record) Expires() int64 {
	if len(r.Accounts) > 0 || len(r.RefreshTokens) > 0 || len(r.IDTokens) > 0 || r.extra != nil {
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
