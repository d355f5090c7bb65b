package latchkey

import (
	"context"
	"errors"
	"strings"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/form"
)

// A SignOutRequest says who signs out and where the browser goes then.
type SignOutRequest struct {
	// Account is the user. Required.
	Account Account
	// PostLogoutRedirectURI is where the authority sends the browser afterwards; it
	// must be registered. Empty: the authority shows a page of its own.
	PostLogoutRedirectURI string
	// State comes back with the redirect.
	State string
	// Extra are further parameters of the request. None replaces one that latchkey sets,
	// but for logout_hint and id_token_hint.
	Extra map[string]string
}

// SignOut removes the account from the cache, as RemoveAccount does, and returns the
// URL that ends the user's session at the authority (OpenID Connect RP-Initiated Logout
// 1.0): send the browser there. The URL may carry the ID token, so do not log it. It is
// empty if the authority has no such page. If the authority cannot be asked where its page
// is, the error says so, and an account that names its Environment is removed all the same.
func (c *client) SignOut(ctx context.Context, r SignOutRequest) (url string, err error) {
	if r.Account.HomeAccountID == "" {
		return "", &ArgumentError{"SignOutRequest.Account", "is empty: give the account that signs out"}
	}
	_, m, err := c.resolve(ctx, "")
	if err != nil {
		if r.Account.Environment != "" {
			err = errors.Join(err, c.RemoveAccount(ctx, r.Account))
		}
		return "", err
	}
	p := c.partition(cache.KindUser, m.Environment, r.Account.HomeAccountID)
	record, err := c.vault.load(ctx, p)
	if err != nil {
		return "", err
	}
	query, err := c.endSessionQuery(&r, record)
	if err != nil {
		return "", err
	}
	if err := c.vault.remove(ctx, p); err != nil {
		return "", err
	}
	if m.EndSessionEndpoint == "" {
		return "", nil
	}
	separator := "?"
	if strings.Contains(m.EndSessionEndpoint, "?") {
		separator = "&"
	}
	return m.EndSessionEndpoint + separator + query.Encode(), nil
}

func (c *client) endSessionQuery(r *SignOutRequest, record *cache.Record) (form.Values, error) {
	var q form.Values
	q.Set("client_id", c.config.ClientID)
	if record != nil {
		if id := record.IDToken(r.Account.TenantID); id != nil && r.Extra["id_token_hint"] == "" && c.config.Profile.IDTokenHint {
			q.Set("id_token_hint", string(id.Secret))
		}
		if a := record.Account(r.Account.TenantID); a != nil && a.LoginHint != "" && r.Extra["logout_hint"] == "" {
			q.Set("logout_hint", a.LoginHint)
		}
	}
	if r.PostLogoutRedirectURI != "" {
		if err := checkRedirectURI(r.PostLogoutRedirectURI); err != nil {
			return nil, &ArgumentError{"SignOutRequest.PostLogoutRedirectURI", "is not an absolute URI"}
		}
		q.Set("post_logout_redirect_uri", r.PostLogoutRedirectURI)
	}
	if r.State != "" {
		q.Set("state", r.State)
	}
	err := setExtra(&q, r.Extra)
	return q, err
}
