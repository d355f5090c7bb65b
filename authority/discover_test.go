package authority_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/transport"
)

func TestDiscoveryFailures(t *testing.T) {
	html := transport.Header{{Name: "content-type", Value: "text/html; charset=utf-8"}}
	tests := []struct {
		name      string
		answer    answer
		says      string
		status    int
		temporary bool
	}{
		{"R19 redirect", answer{status: 302, header: transport.Header{{Name: "Location", Value: "https://evil.example/?secret"}}}, "redirect", 302, false},
		{"R19 permanent redirect", answer{status: 308}, "never followed", 308, false},
		{"not found", answer{status: 404, body: "secret"}, "no authority at this URL", 404, false},
		{"bad request", answer{status: 400, body: `{"error":"no_such_realm","error_description":"secret"}`}, `"no_such_realm"`, 400, false},
		{"hostile error code", answer{status: 400, body: `{"error":"\u001b[31m` + strings.Repeat("x", 5000) + `secret"}`}, "status 400", 400, false},
		{"server error, empty", answer{status: 500}, "try again later", 500, true},
		{"server error, JSON", answer{status: 503, body: `{"error":"server_error"}`}, "server_error", 503, true},
		{"throttled", answer{status: 429}, "try again later", 429, true},
		{"no content", answer{status: 204}, "204", 204, false},
		{"web page", answer{body: "<!doctype html><p>secret", header: html}, "web page", 0, false},
		{"web page without a type", answer{body: "\r\n <html>secret"}, "web page", 0, false},
		{"empty", answer{body: ""}, "not JSON", 0, false},
		{"truncated", answer{body: `{"issuer":"https://op.example","secret":`}, "only a part", 0, false},
		{"trailing text", answer{body: document(issuer, issuer) + "secret"}, "not JSON", 0, false},
		{"array", answer{body: `["secret"]`}, "not a JSON object", 0, false},
		{"string", answer{body: `"secret"`}, "not a JSON object", 0, false},
		{"no members", answer{body: `{}`}, "lacks issuer", 0, false},
		{"no token endpoint", answer{body: `{"issuer":"https://op.example"}`}, "token_endpoint", 0, false},
		{"issuer is a number", answer{body: `{"issuer":7,"token_endpoint":"https://op.example/t"}`}, "issuer is not a string", 0, false},
		{"scopes are a string", answer{body: `{"issuer":"https://op.example","token_endpoint":"https://op.example/t","scopes_supported":"secret"}`}, "scopes_supported is not an array", 0, false},
		{"deep", answer{body: strings.Repeat("[", 10000)}, "not JSON", 0, false},
		{"oversized", answer{body: strings.Repeat(" ", transport.MaxBody+1)}, "1 MiB", 0, false},
		{"oversized in the transport", answer{err: &transport.Error{Method: "GET", Err: transport.ErrBodyTooLarge}}, "1 MiB", 0, false},
		{"unreachable", answer{err: errRefused}, "connection refused", 0, true},
		{"an error of another transport", answer{err: errors.New("no route")}, "no route", 0, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := &wire{}
			w.set(oidcDoc, test.answer)
			r, _ := newResolver(w)
			a := parse(t, issuer, authority.OIDC())
			m, err := r.Resolve(ctx, a)
			if err == nil {
				t.Fatalf("no error: %+v", m)
			}
			e := refused(t, err, "authority: "+issuer+": ", test.says)
			if e.Authority != issuer || e.Status != test.status || e.Temporary() != test.temporary {
				t.Errorf("authority %q, status %d, temporary %v: %v", e.Authority, e.Status, e.Temporary(), e)
			}
			if test.answer.err != nil && !errors.Is(err, test.answer.err) {
				t.Errorf("%v does not wrap the cause", err)
			}
			if text := err.Error(); strings.Contains(text, "secret") || strings.ContainsAny(text, "\x1b\r\n") || len(text) > 600 {
				t.Errorf("the error shows text of the body: %q", text)
			}
			w.set(oidcDoc, answer{body: document(issuer, issuer)})
			if _, err := r.Resolve(ctx, a); err != nil {
				t.Errorf("the failure is remembered: %v", err)
			}
		})
	}
}

func TestInstanceDiscoveryFailures(t *testing.T) {
	for says, a := range map[string]answer{
		"OIDC profile":    {status: 400, body: `{"error":"invalid_instance","error_description":"secret"}`},
		"status 404":      {status: 404},
		"web page":        {body: "<html>"},
		"not JSON":        {body: "{"},
		"try again later": {status: 500},
		"never followed":  {status: 301},
		"refused":         {err: errRefused},
		"JSON object":     {body: "[]"},
	} {
		w := &wire{}
		w.set(instanceURL, a)
		w.set(privateDoc, answer{body: document("https://sts.corp.example:8443/"+guid+"/v2.0", issuer)})
		r, _ := newResolver(w)
		_, err := r.Resolve(ctx, parse(t, private, authority.Entra()))
		refused(t, err, says)
		w.expect(t, "GET "+instanceURL) // D7: no fallback
	}
}

func TestBadTransports(t *testing.T) {
	a := parse(t, issuer, authority.OIDC())
	for says, send := range map[string]transport.Func{
		"mend the transport": func(context.Context, *transport.Request) (*transport.Response, error) { return nil, nil },
		"panicked":           func(context.Context, *transport.Request) (*transport.Response, error) { panic("secret") },
	} {
		_, err := authority.NewResolver(send, newClock().now).Resolve(ctx, a)
		refused(t, err, says)
		if strings.Contains(err.Error(), "secret") {
			t.Error(err)
		}
	}
}
