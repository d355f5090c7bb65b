package main

import (
	"context"
	"fmt"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// A demo is one run of latchkey demo. The zero value is the usual one.
type demo struct {
	trace *latchkey.Trace // told what the clients do; nil: nobody is

	started  func(*authoritytest.Server) // called when the authority is ready; nil: nothing is
	shown    func(row)                   // called with each row at once; nil: nothing is
	audience string                      // whom the API's tokens must be for; "": as it is registered
}

// deviceInterval is the shortest interval that an authority can announce.
const deviceInterval = time.Second

// run starts the authority and the API, and goes through every flow in both shapes. The
// error means that the demo could not go on; rows that do not hold are no error.
func (d demo) run(ctx context.Context) ([]row, error) {
	srv := &authoritytest.Server{Directory: demoDirectory(), DeviceInterval: deviceInterval}
	if err := srv.Start(); err != nil {
		return nil, err
	}
	defer srv.Close()
	if d.started != nil {
		d.started(srv)
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

// demoDirectory is the built-in directory. Its API asks for the user's name in access
// tokens, so that it can greet in both shapes.
func demoDirectory() authoritytest.Directory {
	d := authoritytest.DefaultDirectory()
	for i := range d.Apps {
		if d.Apps[i].Name == "api" {
			d.Apps[i].OptionalClaims.AccessToken = []string{"preferred_username"}
		}
	}
	return d
}

// perform goes through every flow on one stage.
func (d demo) perform(ctx context.Context, s *stage) ([]row, error) {
	s.trace, s.shown = d.trace, d.shown
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
	s.add(s.try(ctx, step{f.name, f.source, f.first, f.caller}))
	s.add(s.try(ctx, step{f.name + ", again", sourceCache, f.again, f.caller}))
	s.expire()
	s.add(s.try(ctx, step{f.name + ", after expiry", f.renewal, f.again, f.caller}))
}

// expire lets every token of the stage expire.
func (s *stage) expire() { s.srv.Clock.Advance(tokenLifetime + time.Minute) }

// tokenLifetime is how long the demo's access tokens last: the authority's default.
const tokenLifetime = time.Hour

// A step is one row to be.
type step struct {
	name   string
	source string // what the authority's log must say
	ask    func(context.Context) (*latchkey.Result, error)
	caller caller // whom the API must see
}

// try makes a step: it asks for a token and calls the API with it. What it reports is
// read from the authority's log and from the API's answer (rule R51).
func (s *stage) try(ctx context.Context, p step) row {
	r := row{Flow: p.name + " (" + s.name + ")", name: p.name, shape: s}
	before := s.logged()
	began := time.Now()
	token, err := p.ask(ctx)
	r.Milliseconds = milliseconds(time.Since(began))
	issued := 0
	r.Source, issued = sourceSince(s.srv, before)
	if err != nil {
		r.problem, r.err = oneLine(err.Error()), err
		return r
	}
	answer, err := s.call(ctx, token.Header())
	r.Status, r.answer = answer.status, answer.text()
	switch {
	case err != nil:
		r.problem = oneLine(err.Error())
	case r.Source != p.source:
		r.problem = fmt.Sprintf("the token came from: %s; expected: %s", r.Source, p.source)
	case issued > 1:
		r.problem = fmt.Sprintf("%d tokens were issued for one call", issued)
	case answer.status != 200:
		r.problem = "the API refused the token: " + oneLine(answer.Problem)
	case answer.caller != p.caller:
		r.problem = fmt.Sprintf("the API saw user %q of app %q", oneLine(answer.User), oneLine(answer.App))
	default:
		r.OK = true
	}
	return r
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)/time.Microsecond) / 1000
}
