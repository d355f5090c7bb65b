package xoauth2

import (
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// The defects of ID tokens that go-oidc refuses. It leaves azp, iat, sub and the nonce to its caller.
var refusedDefects = []authoritytest.TokenDefect{
	authoritytest.DefectWrongIss, authoritytest.DefectMissingIss, authoritytest.DefectWrongAud, authoritytest.DefectMissingAud,
	authoritytest.DefectExpired, authoritytest.DefectMissingExp, authoritytest.DefectFutureNbf,
	authoritytest.DefectBadSignature, authoritytest.DefectAlgNone, authoritytest.DefectHS256, authoritytest.DefectES256AsRS256,
	authoritytest.DefectUnpublishedKey, authoritytest.DefectUnknownKid, authoritytest.DefectUnpublishedNoKid,
}

// What is unusual, but valid.
var validVariants = []authoritytest.TokenDefect{
	authoritytest.DefectArrayAud, authoritytest.DefectSecondaryAud, authoritytest.DefectMissingKid,
}

// go-oidc agrees with the authority about which ID tokens are wrong.
func TestDefects(t *testing.T) {
	eachShape(t, func(t *testing.T, s shape) {
		for _, defect := range refusedDefects {
			t.Run(string(defect), func(t *testing.T) {
				if s.verify(t, defect) == nil {
					t.Error("go-oidc accepts the token")
				}
			})
		}
		for _, variant := range validVariants {
			t.Run(string(variant), func(t *testing.T) {
				if err := s.verify(t, variant); err != nil {
					t.Error(err)
				}
			})
		}
	})
}

// verify signs avery in, and verifies the ID token, which has a defect.
func (s shape) verify(t *testing.T, defect authoritytest.TokenDefect) error {
	t.Helper()
	provider, config := s.discover(t, "native", oidc.ScopeOpenID)
	at.InjectFault(t, authoritytest.Fault{Times: 1, Token: &authoritytest.FaultToken{Defect: defect}})
	raw, _ := signIn(t, config).Extra("id_token").(string)
	_, err := provider.Verifier(&oidc.Config{ClientID: config.ClientID}).Verify(trusting(t), raw)
	return err
}

// A verifier outlives the authority's keys: it fetches the new ones when it meets their signature.
func TestKeyRotation(t *testing.T) {
	eachShape(t, func(t *testing.T, s shape) {
		provider, config := s.discover(t, "native", oidc.ScopeOpenID)
		verifier := provider.Verifier(&oidc.Config{ClientID: config.ClientID})
		verify := func() {
			t.Helper()
			raw, _ := signIn(t, config).Extra("id_token").(string)
			if _, err := verifier.Verify(trusting(t), raw); err != nil {
				t.Fatal(err)
			}
		}
		verify()
		w := at.Watch()
		verify()
		if n := len(w.Requests(authoritytest.EndpointJWKS)); n != 0 {
			t.Errorf("the keys were fetched again %d times", n)
		}
		at.InjectFault(t, authoritytest.Fault{Endpoint: authoritytest.EndpointToken, Times: 1, Keys: authoritytest.KeysRotate})
		verify()
		if n := len(w.Requests(authoritytest.EndpointJWKS)); n != 1 {
			t.Errorf("after the rotation the keys were fetched %d times", n)
		}
	})
}

// A device that is told to slow down does so, by five seconds (RFC 8628, section 3.5), and gets its token.
func TestSlowDown(t *testing.T) {
	s := shape{name: "oidc", issuer: at.OIDCIssuer()}
	_, config := s.discover(t, "native", scope("Tasks.Read"))
	at.InjectFault(t, authoritytest.Fault{
		Endpoint: authoritytest.EndpointToken, Grant: "device_code", Times: 1, Error: &authoritytest.FaultError{Code: "slow_down"},
	})
	w := at.Watch()
	code, err := config.DeviceAuth(trusting(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := at.ApproveDevice(t.Context(), code.UserCode, avery); err != nil {
		t.Fatal(err)
	}
	if _, err := config.DeviceAccessToken(trusting(t), code); err != nil {
		t.Fatal(err)
	}
	w.Want(t, "devicecode native 200", "token device_code native 400 slow_down", "token device_code native 200")
	polls := w.Requests(authoritytest.EndpointToken)
	if d := polls[1].Time.Sub(polls[0].Time); d < 5e9 {
		t.Errorf("the next poll comes after %v", d)
	}
}
