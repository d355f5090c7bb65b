package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/transport"
)

// A protectedAPI is an API that answers those who present a token of its authority for
// it, and tells them whom it sees.
type protectedAPI struct {
	verifier  *verifier
	audience  string
	tokenType string
	scope     string // of a user's token, with or without the API's prefix
	role      string // of an app's own token
}

// A caller is whom an API sees. Without a user it is the app itself.
type caller struct {
	User string `json:"user"`
	App  string `json:"app"`
}

// An apiAnswer is the body of each of its answers.
type apiAnswer struct {
	caller
	Problem string `json:"problem,omitempty"`
	status  int
}

// text is what a row shows of it.
func (a apiAnswer) text() string {
	switch {
	case a.status == 200 && a.User != "":
		return "200, hello " + oneLine(a.User)
	case a.status == 200:
		return "200, hello app " + oneLine(a.App[:min(len(a.App), 8)])
	case a.status == 0:
		return "not called"
	}
	return fmt.Sprintf("%d, refused", a.status)
}

func (p *protectedAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who, status, problem := p.admit(r)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`) // RFC 6750, section 3
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(apiAnswer{caller: who, Problem: problem}) // the caller is gone if it fails
}

// admit checks the token of a request: 401 if it is none for this API, 403 if it is for
// less than this.
func (p *protectedAPI) admit(r *http.Request) (who caller, status int, problem string) {
	header := r.Header.Values("Authorization")
	if len(header) != 1 || len(header[0]) < len("Bearer ") || !strings.EqualFold(header[0][:len("Bearer ")], "Bearer ") {
		return who, http.StatusUnauthorized, "there is no bearer token"
	}
	compact := header[0][len("Bearer "):]
	t, err := parseJWT(compact)
	if err != nil {
		return who, http.StatusUnauthorized, err.Error()
	}
	if typ, _ := t.header.Get("typ").Text(); typ != p.tokenType {
		return who, http.StatusUnauthorized, fmt.Sprintf("typ is %q, not %q: it is no access token", typ, p.tokenType)
	}
	if problem := firstProblem(p.verifier.verify(r.Context(), compact, t, []string{p.audience})); problem != "" {
		return who, http.StatusUnauthorized, problem
	}
	who = caller{User: t.text("preferred_username"), App: t.text("azp") + t.text("client_id")}
	if !p.permits(t) {
		return who, http.StatusForbidden, "the token has neither the scope nor the role that this takes"
	}
	return who, http.StatusOK, ""
}

// permits reports whether a token is for a user with the scope, or for an app itself with
// the role: a role in a user's token is the user's, not the app's (rule R43).
func (p *protectedAPI) permits(t jwt) bool {
	scopes := slices.Concat(t.words("scp"), t.words("scope"))
	if len(scopes) > 0 {
		return slices.ContainsFunc(scopes, func(s string) bool { return s[strings.LastIndexByte(s, '/')+1:] == p.scope })
	}
	ofApp := t.text("idtyp") == "app" || t.text("sub") != "" && t.text("sub") == t.text("client_id")
	return ofApp && slices.Contains(t.texts("roles"), p.role)
}

// startAPI serves the stage's API on a loopback port until stop.
func (s *stage) startAPI() (stop func(), err error) {
	a, err := authority.Parse(s.authority, s.profile)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("the API: %w", err)
	}
	server := &http.Server{
		Handler: &protectedAPI{
			verifier: newVerifier(a, transport.Default(), s.now),
			audience: s.audience, tokenType: s.tokenType, scope: demoScope, role: demoRole,
		},
		ReadHeaderTimeout: 5 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	s.apiURL = "http://" + listener.Addr().String() + "/tasks"
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // ends when it is closed
	}()
	return func() { server.Close(); <-served }, nil
}

// call calls the API with an Authorization header, or without one if it is empty.
func (s *stage) call(ctx context.Context, authorization string) (apiAnswer, error) {
	q := &transport.Request{Method: "GET", URL: s.apiURL}
	if authorization != "" {
		q.Header = transport.Header{{Name: "Authorization", Value: authorization}}
	}
	r, err := transport.Default()(ctx, q)
	if err != nil {
		return apiAnswer{}, err
	}
	answer := apiAnswer{status: r.Status}
	if err := json.Unmarshal([]byte(r.Body), &answer); err != nil {
		return answer, fmt.Errorf("the API's answer is not JSON")
	}
	return answer, nil
}
