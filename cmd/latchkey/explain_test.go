package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/internal/jsonscan"
	"github.com/latchkey-auth/latchkey/loopback"
	"github.com/latchkey-auth/latchkey/transport"
)

// explainOne explains one request and its answer.
func explainOne(r *transport.Request, answer *transport.Response, err error) string {
	var text strings.Builder
	x := newExplainer(&text)
	_, _ = x.transport(func(context.Context, *transport.Request) (*transport.Response, error) { return answer, err })(context.Background(), r)
	return text.String()
}

func TestExplain(t *testing.T) {
	r := &transport.Request{
		Method: "POST", URL: "https://login.example.com/token?door=query-secret&api-version=1.1",
		Header: transport.Header{{Name: "Authorization", Value: "Basic header-secret"}, {Name: "X-Own", Value: "own-secret"}, {Name: "Accept", Value: "application/json"}},
		Body:   "grant_type=refresh_token&refresh_token=old-secret-1&scope=a%20b&custom=custom-secret",
	}
	answer := &transport.Response{Status: 200, Header: transport.Header{{Name: "Retry-After", Value: "3"}}, Body: `{"access_token":"new-secret","refresh_token":"old-secret-2","scope":"a","expires_in":3600,"custom_member":"member-secret","error_description":"you sent old-secret-1 for a"}`}
	text := explainOne(r, answer, nil)
	for _, want := range []string{
		" 1. POST https://login.example.com/token, ",
		"api-version        1.1 ", "door               (hidden)", "Authorization      (hidden)", "X-Own              (hidden)", "Accept             application/json",
		"grant_type         refresh_token ", "the refresh token of an earlier sign-in", "refresh_token      (hidden)", "scope              a b ", "custom             (hidden)",
		"answer: status 200, a JSON object", "Retry-After        3 ", "access_token       (hidden)", "expires_in         3600 ", "you sent (hidden) for a", "and custom_member\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Contains(text, "-secret") {
		t.Errorf("a secret is shown in\n%s", text)
	}
}

// A secret that the other side repeats is hidden before the text around it is cut, and in
// later steps too.
func TestExplainRepeatedSecrets(t *testing.T) {
	secret := strings.Repeat("0123456789", 50)
	var text strings.Builder
	x := newExplainer(&text)
	bodies := []string{
		`{"error":"x","error_description":"` + strings.Repeat("y", 150) + secret + `","` + secret + `":1}`,
		`{"error":"` + secret + `","access_token":"another-secret","scope":"another-secret"}`,
		`{"scope":"another-secret ` + secret + `"}`,
	}
	send := x.transport(func(context.Context, *transport.Request) (*transport.Response, error) {
		body := bodies[0]
		bodies = bodies[1:]
		return &transport.Response{Status: 400, Body: body}, nil
	})
	for _, body := range []string{"refresh_token=" + secret, "", "scope=" + secret} {
		_, _ = send(t.Context(), &transport.Request{Method: "POST", URL: "https://a.test/t", Body: body})
	}
	if strings.Contains(text.String(), "0123") || strings.Contains(text.String(), "another-secret") || strings.Count(text.String(), hiddenValue) < 8 {
		t.Error(text.String())
	}
}

func TestExplainAnswers(t *testing.T) {
	get := &transport.Request{Method: "GET", URL: "https://login.example.com/x"}
	tests := []struct {
		name   string
		answer *transport.Response
		err    error
		want   string
	}{
		{"no answer", nil, &transport.Error{Method: "GET", Host: "login.example.com", Err: errors.New("refused")}, "    no answer: transport: GET login.example.com: refused\n"},
		{"a page", &transport.Response{Status: 502, Header: transport.Header{{Name: "Content-Type", Value: "text/html"}}, Body: "<p>"}, nil, "    answer: status 502, 3 bytes of text/html, no JSON object\n"},
		{"nothing", &transport.Response{Status: 204}, nil, "    answer: status 204, 0 bytes of unknown type, no JSON object\n"},
		{"no object", &transport.Response{Status: 200, Body: "[1]"}, nil, "no JSON object\n"},
		{"metadata", &transport.Response{Status: 200, Body: `{"token_endpoint":"https://a.test/t"}`}, nil, "the authority's metadata"},
		{"aliases", &transport.Response{Status: 200, Body: `{"tenant_discovery_endpoint":"x"}`}, nil, "the other names of this host"},
		{"many members", &transport.Response{Status: 200, Body: manyMembers(200)}, nil, "and 140 more\n"},
	}
	for _, tt := range tests {
		if text := explainOne(get, tt.answer, tt.err); !strings.Contains(text, tt.want) || len(text) > 4000 {
			t.Errorf("%s: %q is missing in %q", tt.name, tt.want, text)
		}
	}
}

func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"member%d":1`, i)
	}
	return "{" + b.String()[1:] + "}"
}

// What is asked again and again is told once.
func TestExplainPolls(t *testing.T) {
	var text strings.Builder
	x := newExplainer(&text)
	n := 0
	send := x.transport(func(context.Context, *transport.Request) (*transport.Response, error) {
		n++
		body := fmt.Sprintf(`{"error":"authorization_pending","trace_id":"%d"}`, n)
		if n > 3 {
			body = `{"token_type":"Bearer"}`
		}
		return &transport.Response{Status: 400, Body: body}, nil
	})
	for range 5 {
		_, _ = send(t.Context(), &transport.Request{Method: "POST", URL: "https://a.test/t", Body: "device_code=12345678&x=1"})
	}
	for want, times := range map[string]int{"the user is not done yet": 2, "all as in step 4": 1, "device_code": 2, "POST https://a.test/t": 5} {
		if got := strings.Count(text.String(), want); got != times {
			t.Errorf("%q is there %d times, want %d, in\n%s", want, got, times, text.String())
		}
	}
}

func TestR23_ExplainEscapesHostileText(t *testing.T) {
	h := jsonscan.Quote(hostile)
	answer := &transport.Response{
		Status: 400, Header: transport.Header{{Name: "Content-Type", Value: hostile}, {Name: "Retry-After", Value: hostile}},
		Body: `{"error":` + h + `,"error_description":` + h + `,` + h + `:1,"scope":{` + h + `:` + h + `}}`,
	}
	r := &transport.Request{
		Method: "POST", URL: "https://a.test/" + hostile, Body: "scope=" + hostile + "&" + hostile + "=1&login_hint=%1b%5b2J",
		Header: transport.Header{{Name: hostile, Value: hostile}, {Name: "Accept", Value: hostile}},
	}
	text := explainOne(r, answer, nil) + explainOne(r, &transport.Response{Header: answer.Header, Body: hostile}, nil) +
		explainOne(r, nil, errors.New(hostile))
	var more strings.Builder
	x := newExplainer(&more)
	x.outcome(nil, &latchkey.ValidationError{Check: hostile, Problem: hostile})
	x.trace().CacheMiss(t.Context(), latchkey.Event{Reason: hostile})
	_, _ = x.agent(answering(hostile+"=1&error_description="+url.QueryEscape(hostile)+"&%zz=%")).Authorize(t.Context(), "", nil)
	clean(t, session{out: text, err: more.String()})
	if strings.Count(text, "owned") < 10 || strings.Count(more.String(), "owned") < 4 {
		t.Errorf("the text was not explained: %s%s", text, more.String())
	}
}

// An answering is an agent whose user has come back with this.
type answering string

func (a answering) Authorize(context.Context, string, func(context.Context, string, []string) (string, error)) (string, error) {
	return string(a), nil
}

func TestClassify(t *testing.T) {
	refused := func(e latchkey.Error) error { return fmt.Errorf("decorated: %w", &e) }
	tests := []struct {
		name          string
		err           error
		class, remedy string
	}{
		{"nobody is signed in", fmt.Errorf("x: %w", latchkey.ErrInteractionRequired), "the user must act", "sign in"},
		{"the authority wants the user", refused(latchkey.Error{Code: "login_required"}), "the user must act", "sign in"},
		{"throttled", refused(latchkey.Error{Status: 429, RetryAfter: 5 * time.Second}), "the authority is overloaded", "may succeed later, in 5 seconds"},
		{"broken", refused(latchkey.Error{Status: 503}), "the authority is overloaded", "may succeed later"},
		{"temporary", refused(latchkey.Error{Status: 400, Code: "temporarily_unavailable"}), "the authority is overloaded", "may succeed later"},
		{"refused", refused(latchkey.Error{Status: 401, Code: "invalid_client"}), "the authority refused", "change what"},
		{"a check", &latchkey.ValidationError{Check: "nonce"}, "the answer failed a check (nonce)", "who answered"},
		{"a field", &latchkey.ArgumentError{Field: "x"}, "the command was used wrongly", "flag"},
		{"a flag", &usageError{"x"}, "the command was used wrongly", "flag"},
		{"the network", &authority.Error{Err: &transport.Error{}}, "the network", "latchkey doctor"},
		{"the metadata", &authority.Error{}, "the authority's URL", "latchkey doctor"},
		{"the browser", &loopback.Error{}, "the browser", "--device"},
		{"Ctrl-C", fmt.Errorf("x: %w", context.Canceled), "it was interrupted", "try again"},
		{"a signal", &interruption{}, "it was interrupted", "try again"},
		{"anything else", errors.New("x"), "local", "the error below"},
	}
	for _, tt := range tests {
		class, remedy := classify(tt.err)
		if !strings.HasPrefix(class, tt.class) || !strings.Contains(remedy, tt.remedy) {
			t.Errorf("%s: %q, %q; want %q, %q", tt.name, class, remedy, tt.class, tt.remedy)
		}
	}
}

// An agent that fails is not told to have come back.
func TestExplainedAgentFails(t *testing.T) {
	var text strings.Builder
	agent := newExplainer(&text).agent(loopback.Browser{})
	_, err := agent.Authorize(t.Context(), "127.0.0.1", func(context.Context, string, []string) (string, error) {
		return "", http.ErrAbortHandler
	})
	if !errors.Is(err, http.ErrAbortHandler) || strings.Contains(text.String(), "come back") && !strings.Contains(text.String(), "will come back") {
		t.Errorf("%v, %s", err, text.String())
	}
}
