package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/internal/jws"
	"github.com/latchkey-auth/latchkey/transport"
)

// A verifier makes each check of a token by itself, so that a person sees what is wrong
// with it. An API asks package apiserver, which ends at the first. It is safe for
// concurrent use.
type verifier struct {
	authority authority.Authority
	resolver  *authority.Resolver
	send      transport.Func
	keys      *jws.KeySet
	now       func() time.Time
}

func newVerifier(a authority.Authority, send transport.Func, now func() time.Time) *verifier {
	v := &verifier{authority: a, resolver: authority.NewResolver(send, now), send: send, now: now}
	v.keys = jws.NewKeySet(v.fetchKeys, now)
	return v
}

// fetchKeys asks the authority for its keys, where its metadata says that they are.
func (v *verifier) fetchKeys(ctx context.Context) (string, error) {
	m, err := v.resolver.Resolve(ctx, v.authority)
	if err != nil {
		return "", err
	}
	if m.JWKSURI == "" {
		return "", fmt.Errorf("the authority publishes no keys (jwks_uri)")
	}
	r, err := v.send(ctx, &transport.Request{Method: "GET", URL: m.JWKSURI})
	if err != nil {
		return "", err
	}
	if r.Status != 200 {
		return "", fmt.Errorf("the authority's keys: HTTP status %d", r.Status)
	}
	return r.Body, nil
}

// The names of the checks.
const (
	checkSignature = "signature"
	checkIssuer    = "issuer"
	checkTime      = "time"
	checkAudience  = "audience"
)

// A finding is the outcome of one check of a token.
type finding struct {
	check   string
	problem string // what is wrong; empty: nothing
	detail  string // what was checked, if nothing is wrong
}

// verify makes every check of a token. Without audiences the audience is not checked,
// and there is no finding about it.
func (v *verifier) verify(ctx context.Context, compact string, t jwt, audiences []string) []finding {
	signed, key := v.signature(ctx, compact)
	all := []finding{signed, v.issuer(ctx, compact, t, key), v.time(t)}
	if len(audiences) > 0 {
		all = append(all, audience(t, audiences))
	}
	return all
}

// firstProblem returns the first check that failed, in words; "" if none did.
func firstProblem(findings []finding) string {
	for _, f := range findings {
		if f.problem != "" {
			return f.check + ": " + f.problem
		}
	}
	return ""
}

// algorithms are those that a token may be signed with (rule R16).
var algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}

func (v *verifier) signature(ctx context.Context, compact string) (finding, jws.Key) {
	_, key, err := v.keys.Verify(ctx, compact, algorithms)
	if err != nil {
		return finding{check: checkSignature, problem: strings.TrimPrefix(err.Error(), "jws: ")}, key
	}
	h, _ := jws.ParseHeader(compact) // Verify has read it
	return finding{check: checkSignature, detail: fmt.Sprintf("%s by the authority's key %q", h.Algorithm, key.KeyID)}, key
}

func (v *verifier) issuer(ctx context.Context, compact string, t jwt, key jws.Key) finding {
	f := finding{check: checkIssuer, detail: fmt.Sprintf("%q", t.text("iss"))}
	m, err := v.resolver.Resolve(ctx, v.authority)
	if err == nil {
		err = m.CheckIssuer(t.text("iss"), t.text("tid"))
	}
	if err == nil {
		err = m.CheckKeyIssuer(key.Issuer, t.text("iss"), t.text("tid"))
	}
	if err != nil && !v.acceptedBefore(ctx, compact, t) {
		f.problem = withoutPackage(err.Error())
	}
	return f
}

// acceptedBefore reports whether an API would have accepted the token while it lasted. It
// knows further issuers of an authority, such as those of Microsoft's version 1 tokens.
func (v *verifier) acceptedBefore(ctx context.Context, compact string, t jwt) bool {
	c := apiserver.Config{
		Authority: v.authority.String(), Profile: v.authority.Profile(), Audiences: t.texts("aud"), Algorithms: algorithms,
		Transport: v.send, Clock: func() time.Time { at, _ := t.time("iat"); return at },
	}
	if v.authority.MultiTenant() {
		c.Tenants = []string{apiserver.AnyTenant}
	}
	api, err := apiserver.NewVerifier(c)
	if err != nil {
		return false
	}
	_, err = api.Verify(ctx, compact)
	return err == nil
}

// skew is how far the issuer's clock may be ahead of ours.
const skew = time.Minute

func (v *verifier) time(t jwt) finding {
	now := v.now()
	f := finding{check: checkTime}
	expires, ok := t.time("exp")
	switch {
	case !ok:
		f.problem = "the token does not say when it ends (exp)"
	case !now.Before(expires):
		f.problem = "the token has ended, " + inWords(expires, now)
	default:
		f.detail = "the token ends " + inWords(expires, now)
	}
	for _, claim := range []string{"nbf", "iat"} {
		if begins, ok := t.time(claim); ok && begins.After(now.Add(skew)) {
			f.problem = fmt.Sprintf("the token begins (%s) %s: is a clock wrong?", claim, inWords(begins, now))
		}
	}
	return f
}

func audience(t jwt, wanted []string) finding {
	f := finding{check: checkAudience}
	aud := t.texts("aud")
	for _, a := range aud {
		if slices.Contains(wanted, a) {
			f.detail = fmt.Sprintf("%q", a)
			return f
		}
	}
	f.problem = fmt.Sprintf("the token is for %q, not for %q", aud, wanted)
	return f
}
