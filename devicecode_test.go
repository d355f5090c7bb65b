//go:build !js

package latchkey

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-auth/latchkey/transport"
)

// A deviceWire answers a device authorization request, and then one answer of a script for each poll, the last for ever.
type deviceWire struct {
	*wire
	device members
	script []answer // the zero answer grants
	polls  []time.Duration
	start  time.Time
}

// newDeviceWire is for a synctest bubble: its clock is the bubble's.
func newDeviceWire(t *testing.T, script ...answer) *deviceWire {
	d := &deviceWire{wire: newWire(t), script: script, start: time.Now(), device: members{
		"device_code": "device-secret", "user_code": "ABCD-EFGH", "verification_uri": "https://op.example/device",
		"verification_uri_complete": "https://op.example/device?user_code=ABCD-EFGH", "expires_in": 900, "interval": 5,
	}}
	d.token = func(q asked) answer {
		d.seconds.Store(time.Now().Unix())
		if q.url == wireIssuer+"/device" {
			return d.device.answer()
		}
		n := len(d.polls)
		d.polls = append(d.polls, time.Since(d.start))
		a := d.script[min(n, len(d.script)-1)]
		if a.status == 0 && a.err == nil && a.body == "" {
			return d.grant(q).answer()
		}
		return a
	}
	return d
}

func (d *deviceWire) client(edit ...func(*Config)) *PublicClient {
	return d.public(append(edit, func(cfg *Config) { cfg.Clock = time.Now })...)
}

func show(context.Context, DeviceCode) error { return nil }

func seconds2(all ...int) []time.Duration {
	var list []time.Duration
	for _, s := range all {
		list = append(list, time.Duration(s)*time.Second)
	}
	return list
}

func TestR18_Polling(t *testing.T) {
	pending, slow := refusal("authorization_pending"), refusal("slow_down")
	busy := answer{status: 503, header: transport.Header{{Name: "Retry-After", Value: "100"}}}
	lost := answer{err: &transport.Error{Method: "POST", Host: "op.example", Err: errors.New("reset")}}
	tests := []struct {
		name   string
		device members // changes
		script []answer
		polls  []time.Duration // since the start
		code   string          // of the error; empty: granted
	}{
		{"R18 at once", nil, []answer{{}}, seconds2(5), ""},
		{"R18 pending", nil, []answer{pending, pending, {}}, seconds2(5, 10, 15), ""},
		{"R18 the server's interval", members{"interval": 7}, []answer{pending, {}}, seconds2(7, 14), ""},
		{"R18 an interval of minutes", members{"interval": 120}, []answer{pending, {}}, seconds2(120, 240), ""},
		{"R18 no interval", members{"interval": nil}, []answer{pending, {}}, seconds2(5, 10), ""},
		{"R18 interval 0", members{"interval": 0}, []answer{pending, {}}, seconds2(5, 10), ""},
		{"R18 a negative interval", members{"interval": -3}, []answer{pending, {}}, seconds2(5, 10), ""},
		{"R18 an interval in a string", members{"interval": "3"}, []answer{pending, {}}, seconds2(3, 6), ""},
		{"R18 slow_down adds 5 s for good", nil, []answer{slow, pending, slow, {}}, seconds2(5, 15, 25, 40), ""},
		{"R18 slow_down beyond a minute", members{"interval": 58}, []answer{slow, pending, {}}, seconds2(58, 121, 184), ""},
		{"R18 expired", nil, []answer{pending, refusal("expired_token")}, seconds2(5, 10), "expired_token"},
		{"R18 code_expired", nil, []answer{refusal("code_expired")}, seconds2(5), "expired_token"},
		{"R18 denied", nil, []answer{refusal("access_denied")}, seconds2(5), "access_denied"},
		{"R18 authorization_declined", nil, []answer{refusal("authorization_declined")}, seconds2(5), "access_denied"},
		{"R18 bad_verification_code", nil, []answer{refusal("bad_verification_code")}, seconds2(5), "invalid_grant"},
		{"R18 another error", nil, []answer{refusal("invalid_client")}, seconds2(5), "invalid_client"},
		{"R18 the code ends", members{"expires_in": 12}, []answer{pending}, seconds2(5, 10), "expired_token"},
		{"R18 the code ends before the first question", members{"expires_in": 3}, []answer{pending}, nil, "expired_token"},
		{"R18 no answer: back-off", nil, []answer{lost, lost, {}}, seconds2(5, 15, 35), ""},
		{"R18 an error of the server: back-off", nil, []answer{{status: 500}, {}}, seconds2(5, 15), ""},
		{"R18 a proxy's page: back-off", nil, []answer{{status: 502, body: "<html>"}, {}}, seconds2(5, 15), ""},
		{"R18 temporarily_unavailable: back-off", nil, []answer{refusal("temporarily_unavailable"), {}}, seconds2(5, 15), ""},
		{"R18 Retry-After", nil, []answer{busy, {}}, seconds2(5, 105), ""},
		{"R18 back-off ends at a minute", nil, []answer{lost, lost, lost, lost, lost, {}}, seconds2(5, 15, 35, 75, 135, 195), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDeviceWire(t, tt.script...)
				for name, value := range tt.device {
					d.device[name] = value
				}
				r, err := d.client().AcquireTokenByDeviceCode(t.Context(), show, DeviceCodeRequest{Scopes: []string{"a"}})
				if fmt.Sprint(d.polls) != fmt.Sprint(tt.polls) {
					t.Errorf("polls after %v, want %v", d.polls, tt.polls)
				}
				if errorCode(err) != tt.code {
					t.Fatalf("error %v, want %q", err, tt.code)
				}
				if tt.code == "" {
					expect(t, r, "at-1", FromAuthority, reasonSignIn)
					if want := d.polls[len(d.polls)-1]; r.Source.Elapsed != want {
						t.Errorf("elapsed %v, want %v", r.Source.Elapsed, want)
					}
				} else if errors.Is(err, ErrInteractionRequired) || strings.Contains(err.Error(), "device-secret") {
					t.Errorf("error %q", err)
				}
				if took := time.Since(d.start); tt.name == "R18 the code ends" && took != 12*time.Second {
					t.Errorf("noticed after %v that the code had ended", took)
				}
			})
		})
	}
}

func TestR18_Requests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDeviceWire(t, refusal("authorization_pending"), answer{})
		c := d.client()
		var shown DeviceCode
		prompts := 0
		r, err := c.AcquireTokenByDeviceCode(t.Context(), func(_ context.Context, code DeviceCode) error {
			shown, prompts = code, prompts+1
			return nil
		}, DeviceCodeRequest{Scopes: []string{"a"}, Resource: "https://api.example", Extra: map[string]string{"x": "1"}})
		if err != nil {
			t.Fatal(err)
		}
		all := d.requests("")
		first := all[0]
		if first.url != wireIssuer+"/device" || first.Get("scope") != "a openid" || first.Get("client_id") != wireClient || first.Get("x") != "1" ||
			first.Get("resource") != "https://api.example" || first.Has("grant_type") {
			t.Errorf("device authorization request %v to %s", first.Values, first.url)
		}
		for _, q := range all[1:] {
			if q.Get("grant_type") != grantDeviceCode || q.Get("device_code") != "device-secret" || q.Get("client_id") != wireClient || q.Has("x") {
				t.Errorf("poll %v", q.Values)
			}
		}
		if prompts != 1 || shown.UserCode != "ABCD-EFGH" || shown.VerificationURI != "https://op.example/device" || shown.Interval != 5*time.Second ||
			shown.VerificationURIComplete == "" || !shown.ExpiresOn.Equal(d.start.Add(900*time.Second)) {
			t.Errorf("%d prompts: %+v", prompts, shown)
		}
		for _, text := range []string{fmt.Sprint(shown), fmt.Sprintf("%+v", shown), fmt.Sprintf("%#v", shown)} {
			if strings.Contains(text, "device-secret") {
				t.Errorf("the device code is printed: %s", text)
			}
		}
		// The token answers what was asked for although a poll has no scope.
		silent, err := c.AcquireTokenSilent(t.Context(), SilentRequest{Account: r.Account, Scopes: []string{"a"}, Resource: "https://api.example"})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, silent, "at-1", FromCache, reasonValid)
	})
}

func TestR18_Cancelled(t *testing.T) {
	cause := errors.New("enough")
	synctest.Test(t, func(t *testing.T) {
		d := newDeviceWire(t, refusal("authorization_pending"))
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		time.AfterFunc(12*time.Second, func() { cancel(cause) })
		_, err := d.client().AcquireTokenByDeviceCode(ctx, show, DeviceCodeRequest{Scopes: []string{"a"}})
		if !errors.Is(err, cause) || time.Since(d.start) != 12*time.Second || len(d.polls) != 2 {
			t.Errorf("%v after %v and %d polls", err, time.Since(d.start), len(d.polls))
		}
		ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
		defer stop()
		if _, err := d.client().AcquireTokenByDeviceCode(ctx, show, DeviceCodeRequest{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("deadline: %v", err)
		}
	})
}

func TestR18_TroubleWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDeviceWire(t, answer{err: &transport.Error{Method: "POST", Err: errors.New("reset")}})
		_, err := d.client().AcquireTokenByDeviceCode(t.Context(), show, DeviceCodeRequest{})
		var e *transport.Error
		if !errors.As(err, &e) || len(d.polls) != maxTroubles+1 {
			t.Errorf("%v after %d polls", err, len(d.polls))
		}
	})
}

func TestR18_Prompt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDeviceWire(t, answer{})
		cause := errors.New("no terminal")
		_, err := d.client().AcquireTokenByDeviceCode(t.Context(), func(context.Context, DeviceCode) error { return cause }, DeviceCodeRequest{})
		if !errors.Is(err, cause) || len(d.polls) != 0 {
			t.Errorf("%v after %d polls", err, len(d.polls))
		}
		_, err = d.client().AcquireTokenByDeviceCode(t.Context(), nil, DeviceCodeRequest{})
		wantArgument(t, err, "prompt")
		delete(d.document, "device_authorization_endpoint")
		_, err = d.client().AcquireTokenByDeviceCode(t.Context(), show, DeviceCodeRequest{})
		wantArgument(t, err, "Config.Authority")
	})
}

func TestR18_DeviceAnswer(t *testing.T) {
	tests := []struct {
		name   string
		change func(members)
		check  string // empty: accepted
	}{
		{"R18 verification_url", func(m members) {
			m["verification_url"] = m["verification_uri"]
			delete(m, "verification_uri")
		}, ""},
		{"R18 no device code", func(m members) { delete(m, "device_code") }, "device_code"},
		{"R18 no user code", func(m members) { delete(m, "user_code") }, "user_code"},
		{"R23 a user code without end", func(m members) { m["user_code"] = strings.Repeat("x", 129) }, "user_code"},
		{"R18 no page", func(m members) { delete(m, "verification_uri") }, "verification_uri"},
		{"R18 a page that is a program", func(m members) { m["verification_uri"] = "javascript:alert(1)" }, "verification_uri"},
		{"R18 a page that is a file", func(m members) { m["verification_uri"] = "file:///etc/passwd" }, "verification_uri"},
		{"R18 a page with a control character", func(m members) { m["verification_uri"] = "https://op.example/\x1b[2J" }, "verification_uri"},
		{"R18 no end", func(m members) { delete(m, "expires_in") }, "expires_in"},
		{"R18 ended", func(m members) { m["expires_in"] = 0 }, "expires_in"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDeviceWire(t, answer{})
				tt.change(d.device)
				_, err := d.client().AcquireTokenByDeviceCode(t.Context(), show, DeviceCodeRequest{})
				if tt.check == "" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				wantCheck(t, err, tt.check)
				if len(d.polls) != 0 {
					t.Errorf("%d polls", len(d.polls))
				}
			})
		})
	}
	t.Run("R18 a hostile complete page is left out", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := newDeviceWire(t, answer{})
			d.device["verification_uri_complete"] = "javascript:alert(1)"
			d.device["message"] = strings.Repeat("x", 10_000)
			_, err := d.client().AcquireTokenByDeviceCode(t.Context(), func(_ context.Context, code DeviceCode) error {
				if code.VerificationURIComplete != "" || len(code.Message) > 4096 {
					t.Errorf("page %q, message of %d bytes", code.VerificationURIComplete, len(code.Message))
				}
				return nil
			}, DeviceCodeRequest{})
			if err != nil {
				t.Error(err)
			}
		})
	})
}
