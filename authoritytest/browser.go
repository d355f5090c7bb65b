package authoritytest

import "context"

// Complete does what a person does with an authorization URL: it opens the page, signs
// in as username, consents where asked, and follows the redirects up to the app's
// redirect URI. It returns that URL, with the response in it, without requesting it;
// the fields of a form_post response are returned as its query. Each call is a new
// browser without a session; for single sign-on use a [Browser].
//
// The error says which page stopped it, such as an unknown client's error page.
// An error response to the redirect URI is a result, not an error.
func (s *Server) Complete(ctx context.Context, authorizeURL, username string) (callbackURL string, err error) {
	return s.NewBrowser().Complete(ctx, authorizeURL, username)
}

// ApproveDevice types a user code into the device page, signs in as username and
// approves. The error says which page stopped it.
func (s *Server) ApproveDevice(ctx context.Context, userCode, username string) error {
	return s.NewBrowser().Device(ctx, userCode, username, true)
}

// DenyDevice is like [Server.ApproveDevice], but declines.
func (s *Server) DenyDevice(ctx context.Context, userCode, username string) error {
	return s.NewBrowser().Device(ctx, userCode, username, false)
}
