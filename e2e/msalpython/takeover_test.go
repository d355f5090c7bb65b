package msalpython

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/e2e/internal/nodescript"
	"github.com/latchkey-auth/latchkey/e2e/internal/ours"
	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

// The authority and the driver of all tests. They run one after the other.
var (
	at     *outside.Authority
	driver *nodescript.Script
)

func TestMain(m *testing.M) {
	status, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func run(m *testing.M) (status int, err error) {
	if at, err = outside.Start(); err != nil {
		return 1, err
	}
	defer at.Close()
	if driver, err = nodescript.StartPython("driver.py", at.Server); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, driver.Stop()) }()
	return m.Run(), nil
}

// What MSAL Python keeps goes to Latchkey and back, and nobody signs in again.
func TestTakeOver(t *testing.T) { ours.Move(t.Context(), t, at, &library{t: t}) }

type fields map[string]any

type library struct {
	t    *testing.T
	data []byte
}

func (l *library) Keys() cache.MSALLibrary { return cache.MSALPython }

// Environment is the host alone: MSAL Python leaves out the port.
func (l *library) Environment() string { return "localhost" }

func (l *library) Read(data []byte) { l.data = data }

func (l *library) do(operation string, with fields, v any) {
	l.t.Helper()
	if err := driver.Do(l.t.Context(), operation, with, nil, v); err != nil {
		l.t.Fatalf("%s: %v", operation, err)
	}
}

// use makes the client of an app, which reads the cache.
func (l *library) use(app, secret string) {
	l.t.Helper()
	with := fields{"authority": at.Authority(""), "client_id": at.Directory.App(app).ClientID, "cache": string(l.data)}
	if secret != "" {
		with["secret"] = secret
	}
	l.do("create", with, nil)
}

func (l *library) Write() (data []byte) {
	l.t.Helper()
	var text string
	l.do("serialize", nil, &text)
	return []byte(text)
}

// token asks for a token.
func (l *library) token(operation string, with fields) string {
	l.t.Helper()
	var result struct {
		AccessToken string `json:"access_token"`
	}
	l.do(operation, with, &result)
	return result.AccessToken
}

func scopes(name string) []string { return []string{at.Directory.App("api").Scope(name)} }

func (l *library) SignIn(user string) string {
	l.t.Helper()
	l.use("native", "")
	var flow fields
	l.do("authorize", fields{"scopes": scopes("Tasks.Read")}, &flow)
	callback, err := at.Complete(l.t.Context(), flow["auth_uri"].(string), user)
	if err != nil {
		l.t.Fatal(err)
	}
	u, err := url.Parse(callback)
	if err != nil {
		l.t.Fatal(err)
	}
	response := fields{}
	for name, values := range u.Query() {
		response[name] = values[0]
	}
	return l.token("redeem", fields{"flow": flow, "response": response})
}

func (l *library) Silent(user string) string {
	l.t.Helper()
	l.use("native", "")
	return l.token("silent", fields{"username": user, "scopes": scopes("Tasks.Read")})
}

func (l *library) AppToken() string {
	l.t.Helper()
	l.use("daemon", string(at.Directory.App("daemon").Secrets[0]))
	return l.token("application", fields{"scopes": scopes(".default")})
}
