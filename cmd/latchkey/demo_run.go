package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// A demo is one run of latchkey demo. The zero value is the usual one.
type demo struct {
	trace   *latchkey.Trace // told what the clients do; nil: nobody is
	explain *explainer      // told that and what they send; nil: nobody is
	person  io.Writer       // where a person is told how to sign in; nil: a script signs in

	started  func(*authoritytest.Server)                  // called when the authority is ready; nil: nothing is
	shown    func(row)                                    // called with each row at once; nil: nothing is
	audience string                                       // whom the API's tokens must be for; "": as it is registered
	open     func(ctx context.Context, page string) error // the person's browser; nil: the system's
}

// deviceInterval is the shortest interval that an authority can announce.
const deviceInterval = time.Second

// run starts the authority and the API, and goes through every flow in both shapes. The
// error means that the demo could not go on; rows that do not hold are no error.
func (d demo) run(ctx context.Context) ([]row, error) {
	srv, err := newDemoServer()
	if err != nil {
		return nil, err
	}
	if err := srv.Start(); err != nil {
		return nil, err
	}
	defer srv.Close()
	if d.started != nil {
		d.started(srv.Server)
	}
	var rows []row
	for _, s := range []*stage{entraStage(srv), oidcStage(srv)} {
		shown, err := d.perform(ctx, s)
		rows = append(rows, shown...)
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}

// perform goes through every flow on one stage.
func (d demo) perform(ctx context.Context, s *stage) ([]row, error) {
	s.trace, s.explain, s.shown, s.person, s.openBrowser = d.trace, d.explain, d.shown, d.person, d.open
	if d.audience != "" {
		s.audience = d.audience
	}
	stop, err := s.startAPI()
	if err != nil {
		return nil, err
	}
	defer stop()
	all, err := s.flows(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		s.play(ctx, f)
	}
	s.refusals(ctx, all[0])
	if ctx.Err() != nil {
		return s.rows, context.Cause(ctx)
	}
	return s.rows, nil
}

// play acquires a token, asks again at once, and asks again when it has expired.
func (s *stage) play(ctx context.Context, f flow) {
	s.add(s.try(ctx, step{f, f.name, f.source, f.first}))
	s.add(s.try(ctx, step{f, f.name + ", again", sourceCache, f.again}))
	s.expire()
	s.add(s.try(ctx, step{f, f.name + ", after expiry", f.renewal, f.again}))
}

// expire lets every token of the stage expire, and be refused by whoever is generous.
func (s *stage) expire() { s.srv.Clock.Advance(tokenLifetime + 2*time.Minute) }

// tokenLifetime is how long the demo's access tokens last: the authority's default.
const tokenLifetime = time.Hour

// A step is one row to be.
type step struct {
	flow   flow
	name   string
	source string // what the authority's log must say
	ask    ask
}

// A visit is what came of getting a token and calling the API with it.
type visit struct {
	answer       apiAnswer
	milliseconds float64 // to get the token
}

// visit gets a token and calls the API with it.
func (s *stage) visit(ctx context.Context, ask ask) (visit, error) {
	began := time.Now()
	token, err := ask(ctx)
	v := visit{milliseconds: milliseconds(time.Since(began))}
	if err == nil {
		v.answer, err = s.call(ctx, tasksPath, token.Header())
	}
	return v, err
}

// try makes a step. What it reports is read from the authority's log and from the API's
// answer (rule R51).
func (s *stage) try(ctx context.Context, p step) row {
	r := row{Flow: p.name + " (" + s.name + ")", name: p.name, shape: s}
	if s.explain != nil {
		s.explain.chapter(r.Flow)
	}
	call := p.flow.visit
	if call == nil {
		call = s.visit
	}
	var err error
	if p.flow.prepare != nil {
		err = p.flow.prepare(ctx)
	}
	before := s.logged()
	var v visit
	if err == nil {
		v, err = call(ctx, p.ask)
	}
	issued := 0
	r.Source, issued = sourceSince(s.srv.Server, before)
	r.Milliseconds, r.Status, r.answer = v.milliseconds, v.answer.status, v.answer.text()
	want := p.flow.caller
	if want.User == anyUser {
		want.User = lastUser(s.srv.Server)
	}
	switch {
	case err != nil:
		r.problem, r.err = oneLine(err.Error()), err
	case v.answer.status != 200:
		r.problem = fmt.Sprintf("the API refused the token: %s", oneLine(v.answer.problem))
	case r.Source != p.source:
		r.problem = fmt.Sprintf("the token came from: %s; expected: %s", r.Source, p.source)
	case issued > 1:
		r.problem = fmt.Sprintf("%d tokens were issued for one call", issued)
	case v.answer.caller != want:
		r.problem = fmt.Sprintf("the API saw user %q of app %q", oneLine(v.answer.User), oneLine(v.answer.App))
	default:
		r.OK = true
	}
	return r
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)/time.Microsecond) / 1000
}
