package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/apiclient"
	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/transport"
)

// A middle is an API that calls another API for the user who calls it.
type middle struct {
	app    *latchkey.ConfidentialClient
	client *http.Client // attaches the tokens
	url    string       // of the other API
}

// exchangeTime is the context's key of where to write how long the exchange took.
type exchangeTime struct{}

// addMiddle adds the API in the middle and the one behind it, where the authority offers
// the exchange.
func (s *stage) addMiddle(mux *http.ServeMux, tasks *apiserver.Verifier) error {
	if !s.onBehalfOf {
		return nil
	}
	graph, err := s.verifier(s.app(otherAPI).ClientID)
	if err != nil {
		return err
	}
	app, err := latchkey.NewConfidential(s.config(s.app(demoAPI)), secretOf(s.app(demoAPI)))
	if err != nil {
		return err
	}
	m := &middle{app: app, url: s.apiURL + graphPath}
	m.client = &http.Client{Transport: &apiclient.Transport{
		Resources: []apiclient.Resource{{Pattern: m.url, Scopes: []string{s.app(otherAPI).Scope(otherScope)}}},
		Source:    m.exchange,
	}}
	mux.Handle(behalfPath, tasks.Handler(apiserver.Requirement{Scopes: []string{s.scopeClaim}}, m))
	mux.Handle(graphPath, graph.Handler(apiserver.Requirement{Scopes: []string{otherScope}}, http.HandlerFunc(greet)))
	return nil
}

// exchange is an [apiclient.Source]: the token that came with the request, for one for the
// other API (RFC 7523).
func (m *middle) exchange(ctx context.Context, r apiclient.TokenRequest) (*latchkey.Result, error) {
	claims, ok := apiserver.FromContext(ctx)
	if !ok {
		return nil, fmt.Errorf("nobody calls")
	}
	began := time.Now()
	result, err := m.app.AcquireTokenOnBehalfOf(ctx, claims.Assertion(), latchkey.OnBehalfOfRequest{
		Scopes: r.Scopes, Resource: r.Resource, ClaimsChallenge: r.ClaimsChallenge, Rejected: r.Rejected,
	})
	if took, ok := ctx.Value(exchangeTime{}).(*time.Duration); ok {
		*took = time.Since(began)
	}
	return result, err
}

// ServeHTTP passes on what the other API answers.
func (m *middle) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var took time.Duration
	ctx := context.WithValue(r.Context(), exchangeTime{}, &took)
	a, err := m.ask(ctx)
	if err != nil {
		http.Error(w, "the API behind this one did not answer", http.StatusBadGateway)
		return
	}
	a.Exchange = milliseconds(took)
	answer(w, a)
}

func (m *middle) ask(ctx context.Context) (a apiAnswer, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, m.url, nil)
	if err != nil {
		return a, err
	}
	resp, err := m.client.Do(r)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, transport.MaxBody))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("the API behind this one refused: HTTP status %d", resp.StatusCode)
	}
	if err != nil {
		return a, err
	}
	return readAnswer(resp.StatusCode, string(body))
}

// behalf: an API exchanges the token of a user's request for one for another API, which
// sees the same user (RFC 7523, Microsoft Entra's on-behalf-of). The user's own token is
// got beforehand.
func (s *stage) behalf(ctx context.Context) (flow, error) {
	user, err := s.password(ctx)
	next, header := user.first, ""
	f := flow{name: "on-behalf-of", source: sourceAuthority, renewal: sourceAuthority, caller: caller{User: demoUser, App: s.app(demoAPI).ClientID}}
	f.prepare = func(ctx context.Context) error {
		r, err := next(ctx)
		if err == nil {
			header, next = r.Header(), user.again
		}
		return err
	}
	f.visit = func(ctx context.Context, _ ask) (visit, error) {
		a, err := s.call(ctx, behalfPath, header)
		return visit{a, a.Exchange}, err
	}
	return f, err
}
