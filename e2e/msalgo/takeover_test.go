package msalgo

import (
	"strings"
	"testing"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/e2e/internal/ours"
)

// What MSAL Go keeps goes to Latchkey and back, and nobody signs in again.
func TestTakeOver(t *testing.T) { ours.Move(t.Context(), t, at, &library{t: t}) }

type library struct {
	t     *testing.T
	kept  *storage
	users public.Client
	app   confidential.Client
}

func (l *library) Keys() cache.MSALLibrary { return cache.MSALGo }

func (l *library) Environment() string { return strings.TrimPrefix(at.URL(), "https://") }

func (l *library) Read(data []byte) {
	l.kept = &storage{data: data}
	l.users = newPublic(l.t, public.WithCache(l.kept))
	l.app = newConfidential(l.t, "daemon", secretOf(l.t, "daemon"), confidential.WithCache(l.kept))
}

func (l *library) Write() []byte { return l.kept.data }

func (l *library) SignIn(string) string { return signIn(l.t, l.users).AccessToken }

func (l *library) Silent(user string) string {
	l.t.Helper()
	accounts, err := l.users.Accounts(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	for _, a := range accounts {
		if a.PreferredUsername == user {
			result, err := l.users.AcquireTokenSilent(l.t.Context(), []string{scope("Tasks.Read")}, public.WithSilentAccount(a))
			if err != nil {
				l.t.Fatal(err)
			}
			return result.AccessToken
		}
	}
	l.t.Fatalf("%s is not among MSAL's accounts %v", user, accounts)
	return ""
}

func (l *library) AppToken() string {
	l.t.Helper()
	result, err := l.app.AcquireTokenByCredential(l.t.Context(), []string{scope(".default")})
	if err != nil {
		l.t.Fatal(err)
	}
	return result.AccessToken
}
