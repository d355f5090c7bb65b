package loopback

import (
	"crypto/subtle"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// maxAnswer is the most bytes of an answer, in a query or a form (rule R37).
const maxAnswer = 64 << 10

// An answer is an authorization response (RFC 6749 section 4.1.2) with our state.
type answer struct {
	raw    string
	values url.Values
}

// A refusal is what a request is told that ends nothing.
type refusal struct {
	status int
	text   string // for developers; nothing of the request is in it
	visit  bool   // somebody may have come to this page with a browser
}

// read checks that a request is the answer (rule R37). What comes first decides: the
// text of a request is looked at only if a browser came to the right place with it, and
// is believed only if it has the state.
func (r *receiver) read(w http.ResponseWriter, req *http.Request) (*answer, *refusal) {
	if refused := r.checkVisit(req); refused != nil {
		return nil, refused
	}
	raw := req.URL.RawQuery
	if req.Method == http.MethodPost {
		var refused *refusal
		if raw, refused = readForm(w, req); refused != nil {
			return nil, refused
		}
	}
	return r.readAnswer(raw)
}

// checkVisit checks that a browser was sent to the redirect URI.
func (r *receiver) checkVisit(req *http.Request) *refusal {
	h := req.Header
	switch {
	case !r.place.isHost(req.Host):
		return &refusal{http.StatusMisdirectedRequest, "this is not the host of the request", false}
	case !r.place.isPath(req.URL.EscapedPath()):
		return &refusal{http.StatusNotFound, "there is nothing here", false}
	case req.Method != http.MethodGet && req.Method != http.MethodPost:
		return &refusal{http.StatusMethodNotAllowed, "the methods are GET and POST", false}
	case speculative(h):
		return &refusal{http.StatusServiceUnavailable, "this page cannot be fetched in advance", false}
	case differs(h, "Sec-Fetch-Mode", "navigate") || differs(h, "Sec-Fetch-Dest", "document"):
		return &refusal{http.StatusForbidden, "this page cannot be fetched by another or put into one", false}
	}
	return nil
}

// speculative reports whether a browser fetches in advance what the user may want.
func speculative(h http.Header) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		for _, value := range h.Values(name) {
			value = strings.ToLower(value)
			if strings.Contains(value, "prefetch") || strings.Contains(value, "prerender") || strings.Contains(value, "preview") {
				return true
			}
		}
	}
	return false
}

// differs reports whether a browser says something else (W3C Fetch Metadata Request
// Headers). Older ones say nothing.
func differs(h http.Header, name, want string) bool {
	values := h.Values(name)
	return len(values) > 1 || len(values) == 1 && values[0] != want
}

var tooLong = &refusal{http.StatusRequestEntityTooLarge, "the body is longer than 64 KB", true}

// readForm returns the body of a form (OAuth 2.0 Form Post Response Mode).
func readForm(w http.ResponseWriter, req *http.Request) (string, *refusal) {
	mediaType, _, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	switch {
	case err != nil || mediaType != "application/x-www-form-urlencoded":
		return "", &refusal{http.StatusUnsupportedMediaType, "the body must be application/x-www-form-urlencoded", true}
	case req.URL.RawQuery != "":
		return "", &refusal{http.StatusBadRequest, "a form must not have a query too", true}
	case req.ContentLength > maxAnswer:
		return "", tooLong
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxAnswer))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return "", tooLong
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "", &refusal{http.StatusRequestTimeout, "the body did not come in time", true}
	case err != nil:
		return "", &refusal{http.StatusBadRequest, "the body is incomplete", true}
	}
	return string(body), nil
}

// readAnswer checks the state before anything else is believed, an error included.
func (r *receiver) readAnswer(raw string) (*answer, *refusal) {
	if len(raw) > maxAnswer {
		return nil, &refusal{http.StatusRequestURITooLong, "the query is longer than 64 KB", true}
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, "the parameters are malformed", true}
	}
	for _, list := range values {
		if len(list) > 1 {
			return nil, &refusal{http.StatusBadRequest, "a parameter is there more than once", true}
		}
	}
	if subtle.ConstantTimeCompare([]byte(values.Get("state")), []byte(r.state)) != 1 {
		return nil, &refusal{http.StatusBadRequest, "the state is not that of the sign-in that is running", true}
	}
	return &answer{raw, values}, nil
}
