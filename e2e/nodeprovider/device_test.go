package nodeprovider

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/transport"
)

// The person takes their time: the client asks once in vain, and then again.
func TestDeviceCode(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	var once sync.Once
	w := &wire{change: func(path string, answer *transport.Response) {
		if path == "/device/auth" { // the provider names no interval, which means 5 seconds
			answer.Body = `{"interval":1,` + strings.TrimPrefix(answer.Body, "{")
		}
		if path == "/token" && strings.Contains(answer.Body, "authorization_pending") {
			once.Do(func() { close(asked) })
		}
	}}
	app := newPublic(t, config("device", w))
	var person sync.WaitGroup
	show := func(_ context.Context, code latchkey.DeviceCode) error {
		if code.VerificationURI != issuer+"/device" || code.Interval != time.Second || time.Until(code.ExpiresOn) > time.Minute {
			t.Errorf("%v", code)
		}
		p := newPerson(t, "blake")
		p.userCode = code.UserCode
		person.Go(func() {
			<-asked
			if reached, err := p.visit(code.VerificationURI); err != nil || reached.title != "Sign-in Success" {
				t.Errorf("%+v, %v", reached, err)
			}
		})
		return nil
	}
	r, err := app.AcquireTokenByDeviceCode(t.Context(), show, latchkey.DeviceCodeRequest{Scopes: []string{read}, Resource: api})
	if err != nil {
		t.Fatal(err)
	}
	person.Wait()
	if r.Account.HomeAccountID != "blake" || w.count() != 2 {
		t.Errorf("%+v after %d requests", r.Account, w.count())
	}
	renewal := latchkey.SilentRequest{Scopes: []string{read}, Resource: api, ForceRefresh: true}
	if r, err := app.AcquireTokenSilent(t.Context(), renewal); err != nil || r.Source.From != latchkey.FromAuthority {
		t.Errorf("renewal: %v, %v", r, err)
	}
}

func TestDeviceCodeIsDeclined(t *testing.T) {
	t.Parallel()
	show := func(_ context.Context, code latchkey.DeviceCode) error {
		p := newPerson(t, "blake")
		p.declines = true
		if code.Interval != 5*time.Second {
			t.Errorf("the interval is %v", code.Interval)
		}
		_, err := p.visit(code.VerificationURIComplete)
		return err
	}
	_, err := newPublic(t, config("device", &wire{})).AcquireTokenByDeviceCode(t.Context(), show, latchkey.DeviceCodeRequest{})
	refused(t, err, "access_denied", false)
}

func TestDeviceCodeEnds(t *testing.T) {
	started := time.Now()
	for name, now := range map[string]func() time.Time{
		"by our clock":          time.Now,
		"as the provider tells": func() time.Time { return started.Add(time.Since(started) / 2) }, // our clock is slow
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &wire{}
			c := config("hasty-device", w) // its codes last 2 seconds
			c.Clock = now
			show := func(context.Context, latchkey.DeviceCode) error { return nil }
			_, err := newPublic(t, c).AcquireTokenByDeviceCode(t.Context(), show, latchkey.DeviceCodeRequest{})
			e := refused(t, err, "expired_token", false)
			if told := e.Status != 0; told == (w.count() == 0) || told != strings.HasPrefix(name, "as") {
				t.Errorf("%+v after %d requests", e, w.count())
			}
		})
	}
}

func TestDeviceCodeIsNotForEveryClient(t *testing.T) {
	show := func(context.Context, latchkey.DeviceCode) error { return nil }
	_, err := newPublic(t, config("native", &wire{})).AcquireTokenByDeviceCode(t.Context(), show, latchkey.DeviceCodeRequest{})
	if e := refused(t, err, "invalid_request", false); e.Endpoint != "device_authorization" {
		t.Errorf("%+v", e)
	}
}
