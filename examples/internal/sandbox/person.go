package sandbox

import (
	"context"
	"net/http"
	"strings"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// User is who signs in.
func (s *Sandbox) User() authoritytest.User { return s.Authority.Directory.Users[0] }

// SignIn does what a person does whose browser was sent to the page: it is for Browser.Open
// of package loopback.
func (s *Sandbox) SignIn(ctx context.Context, page string) error {
	callback, err := s.Authority.Complete(ctx, page, s.User().Username)
	if err != nil {
		return err
	}
	uri, answer, _ := strings.Cut(callback, "?")
	// The sign-in, and ctx with it, ends before the browser has read its last page.
	req, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, uri, strings.NewReader(answer))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// EnterCode does what a person does who is shown a device code: it is for
// AcquireTokenByDeviceCode.
func (s *Sandbox) EnterCode(ctx context.Context, code latchkey.DeviceCode) error {
	return s.Authority.ApproveDevice(ctx, code.UserCode, s.User().Username)
}
