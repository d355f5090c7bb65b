package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/internal/printable"
	"github.com/latchkey-auth/latchkey/transport"
)

// An explainer tells step by step what a client does and why. It shows a value only if it
// knows that the value is no secret, and foreign text escaped (rule R23). It is safe for
// concurrent use.
type explainer struct {
	mu     sync.Mutex
	w      io.Writer
	steps  int
	seen   map[string]int // the number of the step with that title, and with that title and text
	hidden []string       // values that must not show, wherever the other side repeats them
}

func newExplainer(w io.Writer) *explainer { return &explainer{w: w, seen: map[string]int{}} }

// tell prints a step: what it is, and what is to be said about it. The same again, as when
// a device polls, is not told twice. took is part of no text, because it differs.
func (x *explainer) tell(title, took string, about *explanation) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.steps++
	for _, secret := range about.hidden {
		if !slices.Contains(x.hidden, secret) {
			x.hidden = append(x.hidden, secret)
		}
	}
	text := about.redacted(about.text())
	before, again := x.seen[title+"\n"+text]
	_, asked := x.seen[title]
	x.seen[title], x.seen[title+"\n"+text] = x.steps, x.steps
	switch {
	case about.pending && asked:
		text = "    the user is not done yet\n"
	case again && text != "":
		text = fmt.Sprintf("    all as in step %d\n", before)
	}
	fmt.Fprintf(x.w, "%2d. %s%s\n%s", x.steps, title, took, text) // what is explained goes on if it fails
}

// say prints a step that is one sentence.
func (x *explainer) say(format string, args ...any) {
	x.tell(fmt.Sprintf(format, args...), "", x.explanation())
}

// explanation returns an empty one, which knows what was hidden before.
func (x *explainer) explanation() *explanation {
	x.mu.Lock()
	defer x.mu.Unlock()
	return &explanation{hidden: slices.Clone(x.hidden)}
}

// chapter begins the steps of something else.
func (x *explainer) chapter(title string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.steps, x.seen = 0, map[string]int{}
	fmt.Fprintf(x.w, "\n%s\n", title)
}

// An explanation is what is said about a step.
type explanation struct {
	lines   []explained
	hidden  []string // values that must not show, wherever the other side repeats them
	pending bool     // the answer is that the user of another device is not done yet
}

// An explained is one line of it. Without a name it is the heading of those that follow.
type explained struct{ name, value, meaning string }

func (e *explanation) heading(format string, args ...any) {
	e.lines = append(e.lines, explained{value: fmt.Sprintf(format, args...)})
}

const hiddenValue = "(hidden)"

// shortestSecret is the length below which a hidden value is no secret worth a search: the
// digit 1 stands everywhere.
const shortestSecret = 8

// hide keeps a value out of all lines.
func (e *explanation) hide(value string) {
	if len(value) >= shortestSecret && !slices.Contains(e.hidden, value) {
		e.hidden = append(e.hidden, value)
	}
}

// redacted returns a text without hidden values. It comes before a text is cut, of which a
// piece of one could be left otherwise.
func (e *explanation) redacted(text string) string {
	for _, secret := range e.hidden {
		text = strings.ReplaceAll(text, secret, hiddenValue)
	}
	return text
}

// widestValue bounds the column of values: a longer one moves what it means to the right.
const widestValue = 40

func (e *explanation) text() string {
	names, values := 0, 0
	for _, l := range e.lines {
		if l.name != "" {
			names, values = max(names, len(l.name)), max(values, min(len(l.value), widestValue))
		}
	}
	var b strings.Builder
	for _, l := range e.lines {
		line := "    " + l.value
		if l.name != "" {
			line = fmt.Sprintf("      %-*s  %-*s  %s", names, l.name, values, l.value, l.meaning)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// reasons say in words why the cache would not do ([latchkey.Source]).
var reasons = map[string]string{
	"no token":         "it has no token that is good for this",
	"expired":          "the token in it has expired",
	"expires soon":     "the token in it expires soon",
	"forced":           "it was to be left aside",
	"claims challenge": "the API demands claims that the token in it was not issued for",
	"rejected":         "the API has refused the token in it",
}

// trace returns what tells of everything that is no request: those come from transport.
func (x *explainer) trace() *latchkey.Trace {
	return &latchkey.Trace{
		CacheHit: func(context.Context, latchkey.Event) { x.say("The cache has a token that will do: nothing is sent") },
		CacheMiss: func(_ context.Context, e latchkey.Event) {
			why, ok := reasons[e.Reason]
			if !ok {
				why = printable.Escape(e.Reason)
			}
			x.say("The cache will not do: %s", why)
		},
		FlightJoined: func(context.Context, latchkey.Event) {
			x.say("Another call asks for the same already: this one waits for its answer")
		},
		InteractionStarted: func(_ context.Context, e latchkey.Event) {
			if strings.HasSuffix(e.Grant, ":device_code") { // of a browser there is more to tell: see agent
				x.say("A user signs in: the user is told what to do, and the authority is asked until that is done")
			}
		},
		InteractionFinished: func(_ context.Context, e latchkey.Event) {
			if e.Err == nil {
				x.say("The user has signed in, after %s", lengthInWords(e.Elapsed))
			}
		},
	}
}

// transport returns a transport that tells of each request and its answer.
func (x *explainer) transport(send transport.Func) transport.Func {
	return func(ctx context.Context, r *transport.Request) (*transport.Response, error) {
		began := time.Now()
		answer, err := send(ctx, r)
		about := x.explanation()
		title := about.request(r)
		about.answer(answer, err)
		x.tell(title, ", "+lengthShort(time.Since(began)), about)
		return answer, err
	}
}

// lengthShort is a duration for people who compare it with others.
func lengthShort(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
