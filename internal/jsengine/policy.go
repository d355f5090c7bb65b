package jsengine

// The values of CacheLookupPolicy in msal-browser.
const (
	policyDefault = iota
	policyAccessToken
	policyAccessTokenAndRefreshToken
	policyRefreshToken
	policyRefreshTokenAndNetwork
	policySkip
)

// A route says which ways to a token a silent request may go, in this order.
type route struct{ cache, refresh, frame bool }

// routeOf reads the policy. force is forceRefresh, or claims that are asked for: no cached
// token will do then.
func routeOf(policy int, force bool) route {
	return route{
		cache:   policy <= policyAccessTokenAndRefreshToken && !force,
		refresh: policy != policyAccessToken && policy != policySkip,
		frame:   policy == policyDefault || policy == policyRefreshTokenAndNetwork || policy == policySkip,
	}
}

// frameHelps reports whether a hidden frame may bring what the refresh token did not: it
// brings another refresh token, and neither a factor, nor consent, nor a network.
func frameHelps(f *failure) bool {
	switch f.code {
	case "no_tokens_found", "refresh_token_expired":
		return true
	case "invalid_grant", "token_refresh_required":
		return f.class != classInteractionRequired || f.suberror == "bad_token"
	}
	return false
}
