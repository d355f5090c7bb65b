package authoritytest

import (
	"context"
	"strings"
	"testing"
	"time"
)

// device starts a device authorization of the native app.
func (a *api) device(list ...string) map[string]any {
	a.t.Helper()
	status, body, _ := a.post(a.endpoint("device_authorization_endpoint"), a.app("native"), pairs(append([]string{"scope", "openid profile offline_access"}, list...)...))
	if status != 200 {
		a.t.Fatalf("device authorization: status %d, %v: %v", status, body["error"], body["error_description"])
	}
	return body
}

func (a *api) poll(d map[string]any, list ...string) (int, map[string]any) {
	a.t.Helper()
	return a.token(a.app("native"), append([]string{"grant_type", grantDevice, "device_code", d["device_code"].(string)}, list...)...)
}

func TestDeviceFlow(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		d := a.device()
		if d["interval"] != 5.0 || d["expires_in"] != 900.0 || d["verification_uri"] == nil {
			t.Errorf("got %v", d)
		}
		if (d["verification_uri_complete"] != nil) != (a.shape == ShapeOIDC) || (d["message"] != nil) != (a.shape == ShapeEntra) {
			t.Errorf("verification_uri_complete is plain OIDC's, message Entra's: %v", d)
		}
		status, body := a.poll(d)
		wantError(t, status, body, 400, "authorization_pending")
		code := strings.ToLower(strings.ReplaceAll(d["user_code"].(string), "-", " "))
		if err := a.s.ApproveDevice(context.Background(), code, avery); err != nil {
			t.Fatal(err)
		}
		status, tokens := a.poll(d)
		if status != 200 || tokens["refresh_token"] == nil {
			t.Fatalf("status %d, %v", status, tokens["error"])
		}
		if claims := claimsOf(t, tokens["id_token"]); claims["preferred_username"] != avery || claims["nonce"] != nil {
			t.Errorf("claims: %v", claims)
		}
		status, body = a.poll(d)
		if status != 400 || body["error"] == "authorization_pending" {
			t.Errorf("the second use: status %d, %v", status, body["error"])
		}
		if err := a.s.ApproveDevice(context.Background(), code, avery); err == nil {
			t.Error("a used code was accepted")
		}
	})
}

func TestR18_DeviceSlowDown(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		d := a.device()
		a.poll(d)
		a.s.Clock.Advance(4 * time.Second)
		status, body := a.poll(d)
		wantError(t, status, body, 400, "slow_down")
		a.s.Clock.Advance(9 * time.Second) // 10 from now on
		status, body = a.poll(d)
		wantError(t, status, body, 400, "slow_down")
		a.s.Clock.Advance(15 * time.Second)
		status, body = a.poll(d)
		wantError(t, status, body, 400, "authorization_pending")
		a.s.Clock.Advance(14 * time.Second) // it stays at 15
		status, body = a.poll(d)
		wantError(t, status, body, 400, "slow_down")
	})
}

func TestR18_DeviceErrors(t *testing.T) {
	pick := func(a *api, entra, oidc string) string {
		if a.shape == ShapeEntra {
			return entra
		}
		return oidc
	}
	shapes(t, func(t *testing.T, a *api) {
		d := a.device()
		if err := a.s.DenyDevice(context.Background(), d["user_code"].(string), avery); err != nil {
			t.Fatal(err)
		}
		status, body := a.poll(d)
		wantError(t, status, body, 400, pick(a, "authorization_declined", "access_denied"))
		d = a.device()
		status, body = a.poll(d, "device_code", "x")
		wantError(t, status, body, 400, pick(a, "bad_verification_code", "invalid_grant"))
		status, body = a.poll(d, "device_code", "-")
		wantError(t, status, body, 400, "invalid_request")
		status, body = a.token(a.app("web"), "grant_type", grantDevice, "device_code", d["device_code"].(string))
		if body["error"] != pick(a, "invalid_client", "unauthorized_client") {
			t.Errorf("another client: status %d, %v", status, body["error"])
		}
		a.s.Clock.Advance(15 * time.Minute)
		status, body = a.poll(d)
		wantError(t, status, body, 400, "expired_token")
		if err := a.s.ApproveDevice(context.Background(), d["user_code"].(string), avery); err == nil || !strings.Contains(err.Error(), "not right, or has expired") {
			t.Errorf("an expired code: %v", err)
		}
		status, body, _ = a.post(a.endpoint("device_authorization_endpoint"), a.app("web"), pairs("scope", "openid"))
		if body["error"] != pick(a, "invalid_client", "unauthorized_client") {
			t.Errorf("an app without public flows: status %d, %v", status, body["error"])
		}
		status, body = a.token(a.app("native"), "grant_type", grantDeviceShort, "device_code", d["device_code"].(string))
		wantError(t, status, body, 400, pick(a, "expired_token", "unsupported_grant_type"))
	})
}

func TestDeviceOfAnotherClient(t *testing.T) {
	d := DefaultDirectory()
	for i := range d.Apps {
		d.Apps[i].AllowPublicFlows = true
	}
	a := oidc(t, start(t, &Server{Directory: d}))
	status, body := a.token(a.app("spa"), "grant_type", grantDevice, "device_code", a.device()["device_code"].(string))
	wantError(t, status, body, 400, "invalid_grant")
}

func TestDeviceOfTheOtherShape(t *testing.T) {
	s := NewServer(t)
	e, o := entra(t, s), oidc(t, s)
	status, body := o.poll(e.device())
	wantError(t, status, body, 400, "invalid_grant")
}

func TestDeviceIntervals(t *testing.T) {
	a := oidc(t, start(t, &Server{DeviceInterval: 1500 * time.Millisecond, DeviceLifetime: time.Minute}))
	d := a.device()
	if d["interval"] != 1.0 || d["expires_in"] != 60.0 {
		t.Errorf("got %v", d)
	}
	a.poll(d)
	a.s.Clock.Advance(1500 * time.Millisecond)
	status, body := a.poll(d)
	wantError(t, status, body, 400, "authorization_pending")
}

// TestDeviceAsksForApproval checks that a session does not approve by itself, and that
// the code of the link must still be sent by the person.
func TestDeviceAsksForApproval(t *testing.T) {
	a := oidc(t, NewServer(t))
	ctx, b := context.Background(), a.s.NewBrowser()
	a.callback(b, a.app("web"))
	d := a.device("scope", "openid api://"+defaultAPI+"/Tasks.Write")
	p, err := b.open(ctx, "GET", d["verification_uri_complete"].(string), nil)
	if err != nil || p.name != pageCode {
		t.Fatalf("page %q, %v", p.name, err)
	}
	p.fields.Set("user_code", d["user_code"].(string))
	if p, err = b.submit(ctx, p, "code"); err != nil || p.name != pagePicker {
		t.Fatalf("page %q, %v", p.name, err)
	}
	if p, err = b.act(ctx, p, avery); err != nil || p.name != pageApprove {
		t.Fatalf("page %q, %v", p.name, err)
	}
	status, body := a.poll(d)
	wantError(t, status, body, 400, "authorization_pending")
	if p, err = b.submit(ctx, p, "accept"); err != nil || p.title != "You are signed in on your device" {
		t.Fatalf("page %q, %v", p.title, err)
	}
	if status, body = a.poll(d); status != 200 {
		t.Errorf("status %d, %v", status, body["error"])
	}
	d = a.device("scope", "openid api://"+defaultAPI+"/Tasks.Purge")
	if err := b.Device(ctx, d["user_code"].(string), avery, true); err != nil {
		t.Fatal(err)
	}
	status, body = a.poll(d)
	wantError(t, status, body, 400, "access_denied") // only an administrator can grant it
}

func TestUserCodeCannotBeGuessed(t *testing.T) {
	a := oidc(t, NewServer(t))
	ctx, b := context.Background(), a.s.NewBrowser()
	p, err := b.open(ctx, "GET", a.s.URL()+oidcDevicePage, nil)
	for range maxUserCodeTries {
		if err != nil {
			t.Fatal(err)
		}
		if p.name != pageCode {
			t.Fatalf("page %q too early", p.name)
		}
		p.fields.Set("user_code", "BBBB-BBBB")
		p, err = b.submit(ctx, p, "code")
	}
	if err != nil || p.status != 429 {
		t.Errorf("status %d, %v", p.status, err)
	}
	for range 1000 {
		code := newUserCode()
		if len(code) != 9 || strings.Trim(code, "BCDFGHJKLMNPQRSTVWXZ-") != "" {
			t.Fatalf("user code %q", code)
		}
	}
}
