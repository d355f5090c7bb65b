//go:build js

package jsengine

import (
	"strconv"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// resultJSON is an AuthenticationResult of msal-browser. Times are milliseconds, null where
// there is none; fromCache, correlationId and state are left to who asked. account is an
// AccountInfo in JSON.
func resultJSON(r *latchkey.Result, account, authority string) string {
	var o object
	o.text("authority", authority)
	o.text("uniqueId", r.Account.LocalAccountID)
	o.text("tenantId", r.Account.TenantID)
	o.raw("scopes", texts(r.Scopes()))
	o.raw("account", firstOf(account, "null"))
	o.text("idToken", r.IDToken())
	o.raw("idTokenClaims", firstOf(r.Claims().JSON(), "{}"))
	o.text("accessToken", r.AccessToken())
	o.raw("expiresOn", milliseconds(r.ExpiresOn))
	o.raw("extExpiresOn", milliseconds(r.ExpiresOn))
	if !r.RefreshOn.IsZero() {
		o.raw("refreshOn", milliseconds(r.RefreshOn))
	}
	o.text("requestId", "")
	o.text("tokenType", r.TokenType())
	o.text("familyId", "")
	o.text("cloudGraphHostName", "")
	o.text("msGraphHost", "")
	o.flag("fromPlatformBroker", false)
	return o.String()
}

func milliseconds(t time.Time) string {
	if t.IsZero() {
		return "null"
	}
	return strconv.FormatInt(t.Unix(), 10) + "000"
}

// texts is a JSON array of strings.
func texts(list []string) string {
	b := []byte{'['}
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsonscan.AppendString(b, s)
	}
	return string(append(b, ']'))
}
