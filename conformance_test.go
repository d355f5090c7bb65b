//go:build !js

package latchkey_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

const modulePrefix = "oidcc-client-test"

// modules are the relying-party modules of the OpenID conformance suite that are
// reproduced here, each by its name without prefix. What the suite's server does in a
// module, the test authority does here.
var modules = map[string]faultScenario{
	"":                                          happyPath,
	"-invalid-iss":                              refusedIDToken(authoritytest.DefectWrongIss, "iss"),
	"-missing-sub":                              refusedIDToken(authoritytest.DefectMissingSub, "sub"),
	"-invalid-aud":                              refusedIDToken(authoritytest.DefectWrongAud, "aud"),
	"-missing-aud":                              refusedIDToken(authoritytest.DefectMissingAud, "aud"),
	"-missing-iat":                              refusedIDToken(authoritytest.DefectMissingIat, "iat"),
	"-kid-absent-single-jwks":                   kidAbsentOneKey,
	"-kid-absent-multiple-jwks":                 kidAbsentManyKeys,
	"-idtoken-sig-rs256":                        signedBy("RS256"),
	"-idtoken-sig-none":                         refusedIDToken(authoritytest.DefectAlgNone, "signature"),
	"-invalid-sig-rs256":                        refusedIDToken(authoritytest.DefectBadSignature, "signature"),
	"-invalid-sig-hs256":                        refusedIDToken(authoritytest.DefectHS256, "signature"),
	"-invalid-sig-es256":                        signedBy("ES256"),
	"-nonce-invalid":                            refusedIDToken(authoritytest.DefectWrongNonce, "nonce"),
	"-nonce-unless-code-flow":                   nonceIsSent,
	"-scope-userinfo-claims":                    scopesBringClaims,
	"-client-secret-basic":                      secretBasic,
	"-userinfo-bearer-header":                   happyPath,
	"-invalid-athash":                           refusedIDToken(authoritytest.DefectWrongAtHash, "at_hash"),
	"-form-post-error":                          formPostError,
	"-discovery-openid-config":                  metadataIsUsed,
	"-discovery-jwks-uri-keys":                  keysOfTheMetadata,
	"-discovery-issuer-mismatch":                func(_ *testing.T, w *faultWorld) { w.otherIssuer() },
	"-signing-key-rotation":                     rotatedKeys(authoritytest.Fault{Endpoint: "authorize"}),
	"-signing-key-rotation-just-before-signing": rotatedKeys(authoritytest.Fault{Grant: "authorization_code"}),
	"-refresh-token":                            refreshThenUserinfo,
	"-refresh-token-invalid-issuer":             refusedRefresh(authoritytest.DefectWrongIss, "iss"),
	"-refresh-token-invalid-sub":                refusedRefresh(authoritytest.DefectOtherSub, "sub"),
	"-rp-init-logout":                           signOut,
}

// TestConformance reproduces modules of the OpenID conformance suite, in the plain OIDC
// shape. docs/conformance.md has them all.
func TestConformance(t *testing.T) {
	for module, run := range modules {
		t.Run(modulePrefix+module, func(t *testing.T) {
			t.Parallel()
			run(t, newFaultWorld(t, shapes[1]))
		})
	}
}

// The table says of exactly these modules that they are reproduced here, and names only
// faults that there are.
func TestConformanceTable(t *testing.T) {
	text, err := os.ReadFile("docs/conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `"+modulePrefix+"([a-z0-9-]*)` .*\\bTestConformance\\b").FindAllStringSubmatch(string(text), -1) {
		listed[m[1]] = true
		if modules[m[1]] == nil {
			t.Errorf("there is no test of %s%s", modulePrefix, m[1])
		}
	}
	for module := range modules {
		if !listed[module] {
			t.Errorf("%s%s is reproduced, and its row does not say so", modulePrefix, module)
		}
	}
	kinds := authoritytest.FaultKinds()
	for _, m := range regexp.MustCompile(`TestFaults/([a-z0-9_.]+)`).FindAllStringSubmatch(string(text), -1) {
		if !slices.Contains(kinds, m[1]) {
			t.Errorf("there is no fault %s", m[1])
		}
	}
}
