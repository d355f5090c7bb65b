package xoauth2

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

func wantError(t *testing.T, err error, code string, status int) {
	t.Helper()
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) || refused.ErrorCode != code || refused.Response.StatusCode != status {
		t.Errorf("the error is %v, want %s with status %d", err, code, status)
	}
}

// What the authority says in an error reaches the caller of x/oauth2.
func TestErrors(t *testing.T) {
	eachShape(t, func(t *testing.T, s shape) {
		_, config := s.discover(t, "web", scope("Tasks.Read"))
		for _, tt := range []struct {
			name, code string
			status     int
			err        func() error
		}{
			{"unknown code", "invalid_grant", http.StatusBadRequest, func() error {
				_, err := config.Exchange(trusting(t), "unknown", oauth2.VerifierOption(oauth2.GenerateVerifier()))
				return err
			}},
			{"wrong secret", "invalid_client", http.StatusUnauthorized, func() error {
				forged := *config
				forged.ClientSecret = "wrong"
				_, err := forged.Exchange(trusting(t), "unknown", oauth2.VerifierOption(oauth2.GenerateVerifier()))
				return err
			}},
			{"unknown refresh token", "invalid_grant", http.StatusBadRequest, func() error {
				_, err := config.TokenSource(trusting(t), &oauth2.Token{RefreshToken: "unknown"}).Token()
				return err
			}},
		} {
			t.Run(tt.name, func(t *testing.T) { wantError(t, tt.err(), tt.code, tt.status) })
		}
	})
}

// What happens to a device, in each shape's words.
func TestDeviceErrors(t *testing.T) {
	for _, tt := range []struct {
		name   string
		codes  map[string]string // by shape
		happen func(t *testing.T, userCode string) error
	}{
		{"the person declines", map[string]string{"oidc": "access_denied", "entra": "authorization_declined"}, func(t *testing.T, userCode string) error {
			return at.DenyDevice(t.Context(), userCode, avery)
		}},
		{"the code has expired", map[string]string{"oidc": "expired_token", "entra": "expired_token"}, func(t *testing.T, _ string) error {
			at.Clock.Advance(time.Hour)
			t.Cleanup(func() { at.Clock.Advance(-time.Hour) })
			return nil
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			eachShape(t, func(t *testing.T, s shape) {
				_, config := s.discover(t, "native", scope("Tasks.Read"))
				code, err := config.DeviceAuth(trusting(t))
				if err != nil {
					t.Fatal(err)
				}
				if err := tt.happen(t, code.UserCode); err != nil {
					t.Fatal(err)
				}
				_, err = config.DeviceAccessToken(trusting(t), code)
				wantError(t, err, tt.codes[s.name], http.StatusBadRequest)
			})
		})
	}
}
