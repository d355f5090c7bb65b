//go:build !js

package latchkey_test

import (
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// A tokenFault is a wrong ID token, and the checks that find it in the first ID token of a
// user and in that of a renewal. An empty check accepts it.
type tokenFault struct{ first, renewed string }

// tokenFaults are the defects. R15: the first ID token; R13: that of a renewal.
var tokenFaults = map[authoritytest.TokenDefect]tokenFault{
	authoritytest.DefectWrongIss:      {"iss", "iss"},
	authoritytest.DefectMissingIss:    {"iss", "iss"},
	authoritytest.DefectWrongAud:      {"aud", "aud"},
	authoritytest.DefectMissingAud:    {"aud", "aud"},
	authoritytest.DefectSeveralAud:    {"azp", "azp"},
	authoritytest.DefectSecondaryAud:  {"", "aud"},
	authoritytest.DefectArrayAud:      {"", ""},
	authoritytest.DefectWrongAzp:      {"azp", "azp"},
	authoritytest.DefectWrongNonce:    {"nonce", "nonce"},
	authoritytest.DefectMissingNonce:  {"nonce", ""},
	authoritytest.DefectExpired:       {"exp", "exp"},
	authoritytest.DefectMissingExp:    {"exp", "exp"},
	authoritytest.DefectMissingIat:    {"iat", "iat"},
	authoritytest.DefectFutureIat:     {"iat", "iat"},
	authoritytest.DefectFutureNbf:     {"nbf", "nbf"},
	authoritytest.DefectMissingSub:    {"sub", "sub"},
	authoritytest.DefectOtherSub:      {"", "sub"},
	authoritytest.DefectWrongAtHash:   {"at_hash", "at_hash"},
	authoritytest.DefectMissingAtHash: {"", ""},
	authoritytest.DefectOtherTid:      {"", ""},
	authoritytest.DefectOtherOid:      {"", ""},

	authoritytest.DefectBadSignature:     {"signature", "signature"},
	authoritytest.DefectAlgNone:          {"signature", "signature"},
	authoritytest.DefectHS256:            {"signature", "signature"},
	authoritytest.DefectES256AsRS256:     {"signature", "signature"},
	authoritytest.DefectUnpublishedKey:   {"signature", "signature"},
	authoritytest.DefectUnknownKid:       {"signature", "signature"},
	authoritytest.DefectMissingKid:       {"", ""},
	authoritytest.DefectUnpublishedNoKid: {"signature", "signature"},
}

// entraTokenFaults are those that Microsoft Entra's claims make a difference to: its
// issuer has the tenant in it, and client_info names the object.
var entraTokenFaults = map[authoritytest.TokenDefect]tokenFault{
	authoritytest.DefectOtherTid: {"iss", "iss"},
	authoritytest.DefectOtherOid: {"client_info", "client_info"},
}

func tokenScenarios() map[string]faultScenario {
	all := map[string]faultScenario{
		"token.set":    meetToken(authoritytest.FaultToken{Set: map[string]any{"sub": 7}}, tokenFault{"sub", "sub"}),
		"token.remove": meetToken(authoritytest.FaultToken{Remove: []string{"iat"}}, tokenFault{"iat", "iat"}),
		"token.access": meetAccessToken,
	}
	for defect, found := range tokenFaults {
		all["token."+string(defect)] = func(t *testing.T, w *faultWorld) {
			here := found // for two shapes at a time
			if entra, differs := entraTokenFaults[defect]; differs && w.shape.name == "entra" {
				here = entra
			}
			meetToken(authoritytest.FaultToken{Defect: defect}, here)(t, w)
		}
	}
	return all
}

// meetToken has a wrong ID token come at the first sign-in of a client, at its second,
// and at a renewal.
func meetToken(wrong authoritytest.FaultToken, found tokenFault) faultScenario {
	return func(t *testing.T, w *faultWorld) {
		c := w.public()
		w.inject(authoritytest.Fault{Times: 1, Token: &wrong})
		r, err := w.tryCode(c)
		if found.first == "" {
			w.check(r, err, latchkey.FromAuthority, "sign-in")
			c = w.public()
		} else {
			w.refusedBy(err, found.first)
			w.nobody(c)
		}
		had, err := w.tryCode(c)
		w.check(had, err, latchkey.FromAuthority, "sign-in")
		w.checkUser(had)
		w.kept(c, had)
		if found.first != "" {
			w.inject(authoritytest.Fault{Times: 1, Token: &wrong})
			_, err = w.tryCode(c)
			w.refusedBy(err, found.first)
			w.kept(c, had)
		}

		w.inject(authoritytest.Fault{Grant: "refresh_token", Times: 1, Token: &wrong})
		r, err = w.tryRenewal(c, had)
		if found.renewed == "" {
			w.check(r, err, latchkey.FromAuthority, "forced")
			return
		}
		w.refusedBy(err, found.renewed)
		w.kept(c, had)
		w.srv.Clock.Advance(2 * time.Hour)
		r, err = c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: had.Account, Scopes: w.scopes()})
		w.check(r, err, latchkey.FromAuthority, "expired")
		w.checkUser(r)
	}
}

// meetAccessToken: an access token is the API's to look into. The client hands it over as
// it came.
func meetAccessToken(t *testing.T, w *faultWorld) {
	c := w.public()
	w.inject(authoritytest.Fault{Times: 1, Token: &authoritytest.FaultToken{Kind: "access", Set: map[string]any{"aud": "another", "exp": 1}}})
	r, err := w.tryCode(c)
	w.check(r, err, latchkey.FromAuthority, "sign-in")
	if strings.Count(r.AccessToken(), ".") != 2 {
		t.Errorf("the access token is not whole")
	}
	w.kept(c, r)
}
