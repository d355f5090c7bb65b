package xoauth2

import (
	"net/http"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

// What befalls a user ends the refresh token in both shapes: x/oauth2 tells its caller invalid_grant.
func TestHappenings(t *testing.T) {
	eachShape(t, func(t *testing.T, s shape) {
		for _, h := range outside.Happenings() {
			t.Run(h.Name, func(t *testing.T) {
				_, config := s.discover(t, "native", "openid", "offline_access", scope("Tasks.Read"))
				token := signIn(t, config)
				h.Befall(t, at, avery)
				w := at.Watch()
				token.Expiry = time.Now().Add(-time.Minute)
				_, err := config.TokenSource(trusting(t), token).Token()
				wantError(t, err, "invalid_grant", http.StatusBadRequest)
				w.Want(t, "token refresh_token native 400 invalid_grant")
			})
		}
	})
}
