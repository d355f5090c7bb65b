package authoritytest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// A LogoutCall is one back-channel logout: a client of plain OIDC was told that a
// session ended. It holds no token.
type LogoutCall struct {
	Time      time.Time // by the server's Clock
	ClientID  string    // whose session it was
	URI       string    // the app's BackChannelLogoutURI
	SessionID string    // sid of the ID tokens
	User      string    // username
	Status    int       // HTTP status of the client's answer, 200 or 204 for success; 0 = there was none
	Err       string    // why there was none, without the URI's query
}

const (
	logoutEvent    = "http://schemas.openid.net/event/backchannel-logout"
	logoutLifetime = 2 * time.Minute // OpenID Connect Back-Channel Logout 1.0, section 2.4
	logoutTimeout  = 5 * time.Second
	maxLogoutCalls = 1 << 14
)

// logoutLog is what clients were told.
type logoutLog struct {
	mu   sync.Mutex
	list []LogoutCall
}

func (l *logoutLog) add(call LogoutCall) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) >= maxLogoutCalls {
		l.list = slices.Delete(l.list, 0, maxLogoutCalls/4)
	}
	l.list = append(l.list, call)
}

// LogoutCalls returns every back-channel logout so far, oldest first; those of one
// sign-out in the order of the clients' addresses. A call is in the list before the
// sign-out is answered. Beyond 16384 the oldest are forgotten.
func (s *Server) LogoutCalls() []LogoutCall {
	s.logouts.mu.Lock()
	defer s.logouts.mu.Unlock()
	return slices.Clone(s.logouts.list)
}

// backChannel tells the clients of plain OIDC that sessions ended (OpenID Connect
// Back-Channel Logout 1.0), all at the same time, and waits for their answers.
func (c *call) backChannel(gone []visit) {
	gone = slices.DeleteFunc(slices.Clone(gone), func(v visit) bool { return v.route.shape != ShapeOIDC || v.app.BackChannelLogoutURI == "" })
	if len(gone) == 0 {
		return
	}
	// The person's browser may leave; only the end of the server ends the calls.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.r.Context()), logoutTimeout)
	defer cancel()
	go func() {
		select {
		case <-c.s.released:
			cancel()
		case <-ctx.Done():
		}
	}()
	calls := make([]LogoutCall, len(gone))
	var wg sync.WaitGroup
	for i, v := range gone {
		wg.Go(func() { calls[i] = c.tell(ctx, v) })
	}
	wg.Wait()
	slices.SortStableFunc(calls, func(a, b LogoutCall) int { return strings.Compare(a.URI, b.URI) })
	for _, call := range calls {
		c.s.logouts.add(call)
	}
}

// tell sends a logout token.
func (c *call) tell(ctx context.Context, v visit) LogoutCall {
	entry := LogoutCall{Time: c.now, ClientID: v.app.ClientID, URI: v.app.BackChannelLogoutURI, SessionID: v.sid, User: v.user.Username}
	form := url.Values{"logout_token": {c.at(v.route).logoutToken(v)}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.app.BackChannelLogoutURI, strings.NewReader(form.Encode()))
	if err != nil {
		entry.Err = "the URI is malformed"
		return entry
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := c.s.logoutClient().Do(req)
	if err != nil {
		entry.Err = withoutURL(err).Error()
		return entry
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody)) // what it says does not matter
	entry.Status = resp.StatusCode
	return entry
}

// logoutToken makes a logout token (section 2.4): without a nonce, so that it can't be
// an ID token.
func (c *call) logoutToken(v visit) string {
	alg := v.app.SigningAlg
	if alg == "" {
		alg = algRS256
	}
	return c.sign(kindLogout, alg, "logout+jwt", map[string]any{
		"iss": c.s.OIDCIssuer(), "aud": v.app.ClientID, "iat": c.now.Unix(), "exp": c.now.Add(logoutLifetime).Unix(),
		"jti": randomText(16), "sub": publicSubject(v.user), "sid": v.sid, "events": map[string]any{logoutEvent: struct{}{}},
	})
}

// logoutClient returns what logout tokens are sent by.
func (s *Server) logoutClient() *http.Client {
	client := http.Client{}
	if s.LogoutClient != nil {
		client = *s.LogoutClient
	} else {
		client.Transport = s.logoutTransport
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// newLogoutTransport trusts what the system trusts, and the server's own CA.
func (s *Server) newLogoutTransport() *http.Transport {
	t := &http.Transport{ForceAttemptHTTP2: true, DisableKeepAlives: true}
	if s.ca != nil {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool() // the own CA is all there is
		}
		pool.AddCert(s.ca.cert)
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}
	}
	return t
}
