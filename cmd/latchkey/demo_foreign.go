package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/transport"
)

var errCallback = errors.New("the authority sent the browser to something that is no URL")

// foreignRefreshToken gets a refresh token as a program without Latchkey would: by a
// token request of its own.
func (s *stage) foreignRefreshToken(ctx context.Context, app authoritytest.App) (string, error) {
	a, err := authority.Parse(s.authority, s.profile)
	if err != nil {
		return "", err
	}
	m, err := authority.NewResolver(transport.Default(), s.now).Resolve(ctx, a)
	if err != nil {
		return "", err
	}
	user := s.srv.Directory.User(demoUser)
	form := url.Values{
		"grant_type": {"password"}, "client_id": {app.ClientID},
		"username": {user.Username}, "password": {string(user.Password)},
		"scope": {"openid profile offline_access " + strings.Join(s.scopes(), " ")},
	}
	r, err := transport.Default()(ctx, &transport.Request{
		Method: "POST", URL: m.TokenEndpoint, Body: form.Encode(),
		Header: transport.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}},
	})
	if err != nil {
		return "", err
	}
	var answer struct {
		RefreshToken string `json:"refresh_token"`
	}
	if err := json.Unmarshal([]byte(r.Body), &answer); err != nil || answer.RefreshToken == "" {
		return "", fmt.Errorf("the other program got no refresh token: HTTP status %d", r.Status)
	}
	return answer.RefreshToken, nil
}
