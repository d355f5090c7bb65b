package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/internal/printable"
	"github.com/latchkey-auth/latchkey/loopback"
	"github.com/latchkey-auth/latchkey/transport"
)

// An explainedAgent tells what goes through the browser, where no transport sees it.
type explainedAgent struct {
	latchkey.UserAgent
	x *explainer
}

// agent returns an agent that tells of the page that the user is sent to, and of what the
// user came back with.
func (x *explainer) agent(a latchkey.UserAgent) latchkey.UserAgent { return explainedAgent{a, x} }

// Authorize is a [latchkey.UserAgent]'s.
func (a explainedAgent) Authorize(ctx context.Context, loopbackHost string, begin func(ctx context.Context, redirectURI string, responseModes []string) (authURL string, err error)) (callback string, err error) {
	a.x.say("A user signs in: the browser will come back to a port of this computer")
	callback, err = a.UserAgent.Authorize(ctx, loopbackHost, func(ctx context.Context, redirectURI string, responseModes []string) (string, error) {
		page, err := begin(ctx, redirectURI, responseModes)
		if err == nil {
			about := a.x.explanation()
			title := about.request(&transport.Request{Method: "GET", URL: page})
			a.x.tell(title+", in the browser", "", about)
		}
		return page, err
	})
	if err == nil {
		about := a.x.explanation()
		about.parameters("with", callback)
		a.x.tell("The browser has come back", "", about)
	}
	return callback, err
}

// outcome tells what came of it, and if it failed, of which kind the failure is and what
// helps. The last line on standard error says the rest.
func (x *explainer) outcome(r *latchkey.Result, err error) {
	about := x.explanation()
	if err != nil {
		class, remedy := classify(err)
		about.lines = []explained{{"class", class, ""}, {"remedy", remedy, ""}}
		x.tell("There is no token", "", about)
		return
	}
	whom := "the client itself"
	if r.Account.HomeAccountID != "" {
		whom = shown(firstText(r.Account.Username, r.Account.HomeAccountID))
	}
	about.lines = append(about.lines, explained{"for", whom, ""},
		explained{"good for", firstText(shown(strings.Join(r.Scopes(), " ")), "what the authority gives unasked"), ""})
	if !r.ExpiresOn.IsZero() {
		about.lines = append(about.lines, explained{"until", r.ExpiresOn.UTC().Format(time.RFC3339), inWords(r.ExpiresOn, time.Now())})
	}
	about.lines = append(about.lines, explained{"taken from", printable.Escape(string(r.Source.From)), ""})
	x.tell("There is a token", "", about)
}

// classify says of which kind a failure is, and what helps. What the error itself advises
// is in its text.
func classify(err error) (class, remedy string) {
	var refused *latchkey.Error
	var invalid *latchkey.ValidationError
	var argument *latchkey.ArgumentError
	var usage *usageError
	var about *authority.Error
	var lost *transport.Error
	var listener *loopback.Error
	var stopped *interruption
	isRefused := errors.As(err, &refused)
	switch {
	case errors.As(err, &stopped), errors.Is(err, context.Canceled):
		return "it was interrupted", "try again"
	case errors.Is(err, latchkey.ErrInteractionRequired):
		return "the user must act (exit status 4)", "sign in: without --no-input, with the scopes and claims that are asked for"
	case isRefused && (refused.Status == 429 || refused.Status >= 500 || refused.Code == "temporarily_unavailable"):
		return "the authority is overloaded or out of order", "the same may succeed later" + afterWords(refused.RetryAfter)
	case isRefused:
		return "the authority refused, and would refuse the same again", "change what the error below names"
	case errors.As(err, &invalid):
		return "the answer failed a check (" + printable.Escape(invalid.Check) + "), and nothing of it was used", "find out who answered, and whether this computer's clock is right: latchkey doctor"
	case errors.As(err, &argument), errors.As(err, &usage):
		return "the command was used wrongly (exit status 2)", "change the flag that the error below names"
	case errors.As(err, &lost):
		return "the network: there was no answer", "see latchkey doctor, which checks TLS, proxy and clock"
	case errors.As(err, &about):
		return "the authority's URL, or what is published there", "see latchkey doctor, which checks each part of it"
	case errors.As(err, &listener):
		return "the browser of this computer", "sign in on another device: --device"
	}
	return "local: nothing of it comes from the authority", "see the error below"
}

func afterWords(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return ", in " + lengthInWords(d)
}
