package main

import (
	"context"
	"fmt"
	"time"

	"github.com/latchkey-auth/latchkey"
)

// refusals calls the API as it must not be called. Such a row holds if the API refuses.
func (s *stage) refusals(ctx context.Context, app flow) {
	s.add(s.refused(ctx, "no token", sourceNone, nil))
	s.add(s.refused(ctx, "token for another API", sourceAuthority, s.otherToken))
	s.add(s.refused(ctx, "expired token", sourceAuthority, func(ctx context.Context) (*latchkey.Result, error) {
		s.expire() // the one from before, so that this one is new
		r, err := app.again(ctx)
		s.expire()
		return r, err
	}))
}

// refused calls the API with what ask returns, or without a token if ask is nil.
func (s *stage) refused(ctx context.Context, name, source string, ask ask) row {
	r := row{Flow: name + " (" + s.name + ")", name: name, shape: s, Source: sourceNone}
	header := ""
	began := time.Now()
	if ask != nil {
		before := s.logged()
		token, err := ask(ctx)
		r.Source, _ = sourceSince(s.srv.Server, before)
		if err != nil {
			r.problem, r.err = oneLine(err.Error()), err
			return r
		}
		header = token.Header()
	}
	r.Milliseconds = milliseconds(time.Since(began))
	answer, err := s.call(ctx, tasksPath, header)
	r.Status, r.answer = answer.status, answer.text()
	switch {
	case err != nil:
		r.problem = oneLine(err.Error())
	case answer.status != 401:
		r.problem = fmt.Sprintf("the API did not refuse it: HTTP status %d", answer.status)
	case r.Source != source:
		r.problem = fmt.Sprintf("the token came from: %s; expected: %s", r.Source, source)
	default:
		r.OK = true
	}
	return r
}

// otherToken gets a token that is good, but for another API.
func (s *stage) otherToken(ctx context.Context) (*latchkey.Result, error) {
	client, err := latchkey.NewPublic(s.config(s.app("native")))
	if err != nil {
		return nil, err
	}
	return s.byPassword(client, []string{s.app(otherAPI).Scope(otherScope)})(ctx)
}
