package msalnode

import (
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/e2e/internal/ours"
)

// What MSAL Node keeps goes to Latchkey and back, and nobody signs in again.
func TestTakeOver(t *testing.T) { ours.Move(t.Context(), t, at, &library{t: t}) }

type library struct {
	t    *testing.T
	data []byte
	used client
}

func (l *library) Keys() cache.MSALLibrary { return cache.MSALNode }

func (l *library) Environment() string { return strings.TrimPrefix(at.URL(), "https://") }

func (l *library) Read(data []byte) { l.data = data }

// use makes the client of an app, which reads the cache.
func (l *library) use(kind, app string, auth fields) {
	l.t.Helper()
	l.used = newClient(l.t, kind, app, auth)
	if err := driver.Do(l.t.Context(), "deserialize", fields{"name": l.used.name, "cache": string(l.data)}, nil, nil); err != nil {
		l.t.Fatal(err)
	}
}

func (l *library) Write() []byte {
	l.t.Helper()
	var text string
	if err := driver.Do(l.t.Context(), "serialize", fields{"name": l.used.name}, nil, &text); err != nil {
		l.t.Fatal(err)
	}
	return []byte(text)
}

func (l *library) SignIn(string) string {
	l.t.Helper()
	l.use("public", "native", nil)
	return l.used.signIn(l.t).AccessToken
}

func (l *library) Silent(user string) string {
	l.t.Helper()
	l.use("public", "native", nil)
	u := at.Directory.User(user)
	request := fields{"scopes": []string{scope("Tasks.Read")}, "homeAccountId": u.ObjectID + "." + u.Tenant}
	r := l.used.call(l.t, "acquireTokenSilent", request)
	if r.Account.Username != user {
		l.t.Errorf("the account is %+v", r.Account)
	}
	return r.AccessToken
}

func (l *library) AppToken() string {
	l.t.Helper()
	l.use("confidential", "daemon", secretOf("daemon"))
	return l.used.call(l.t, "acquireTokenByClientCredential", fields{"scopes": []string{scope(".default")}}).AccessToken
}
