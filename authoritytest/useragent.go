package authoritytest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
)

// A UserAgent is a latchkey.UserAgent for tests of programs that call
// AcquireTokenInteractive: it signs a person in over HTTP, without a window and without
// a port. Make one with [Server.UserAgent]. Interactions that run at the same time need
// one each, as two people would.
type UserAgent struct {
	Browser  *Browser // whose session it uses; its Decline and Cancel say what the person does
	Username string   // who signs in

	RedirectURI   string   // "" = http:// and the host that Authorize is given, such as http://localhost
	ResponseModes []string // what it can receive, the best first: query, fragment, form_post; nil = form_post, query

	// Close makes the person open the page and close it again. Nothing comes back then,
	// and Authorize waits for the end of its context.
	Close bool
}

// UserAgent returns a user agent with a browser of its own, in which username signs in.
// The second sign-in with it is a single sign-on.
func (s *Server) UserAgent(username string) *UserAgent {
	return &UserAgent{Browser: s.NewBrowser(), Username: username}
}

// Authorize is for latchkey.AcquireTokenInteractive. It calls begin with the redirect URI
// and the response modes, does what a person does with the URL that begin returns, and
// returns the raw query, fragment or form body that comes back, an error response too.
// An error is begin's, that of a page which stopped the person, or ctx's.
func (a *UserAgent) Authorize(ctx context.Context, loopbackHost string, begin func(ctx context.Context, redirectURI string, responseModes []string) (authURL string, err error)) (callback string, err error) {
	authURL, err := begin(ctx, a.redirectURI(loopbackHost), a.responseModes())
	if err != nil {
		return "", err
	}
	if a.Close {
		return "", a.close(ctx, authURL)
	}
	p, err := a.Browser.authorize(ctx, authURL, a.Username)
	if err != nil {
		return "", fmt.Errorf("authoritytest: the sign-in stopped: %w", err)
	}
	if p.target == "" {
		return p.fields.Encode(), nil
	}
	if _, fragment, ok := strings.Cut(p.target, "#"); ok {
		return fragment, nil
	}
	_, query, _ := strings.Cut(p.target, "?")
	return query, nil
}

func (a *UserAgent) redirectURI(loopbackHost string) string {
	if a.RedirectURI != "" {
		return a.RedirectURI
	}
	if ip := net.ParseIP(loopbackHost); ip != nil && ip.To4() == nil {
		loopbackHost = "[" + loopbackHost + "]"
	}
	return "http://" + loopbackHost
}

func (a *UserAgent) responseModes() []string {
	if a.ResponseModes == nil {
		return []string{modeFormPost, modeQuery}
	}
	return slices.Clone(a.ResponseModes)
}

// close opens the page, and waits as an agent does to whom nothing comes back.
func (a *UserAgent) close(ctx context.Context, authURL string) error {
	if !a.Browser.s.ownURL(authURL) {
		return fmt.Errorf("authoritytest: the sign-in stopped: %w", errForeignURL)
	}
	if _, err := a.Browser.open(ctx, http.MethodGet, authURL, nil); err != nil && ctx.Err() == nil {
		return fmt.Errorf("authoritytest: the sign-in stopped: %w", err)
	}
	<-ctx.Done()
	if cause := context.Cause(ctx); cause != ctx.Err() {
		return fmt.Errorf("authoritytest: the window was closed: %w: %w", ctx.Err(), cause)
	}
	return fmt.Errorf("authoritytest: the window was closed: %w", ctx.Err())
}
