package authoritytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"
)

// rawClaims returns the claims of a token, whatever its signature.
func rawClaims(t testing.TB, token any) map[string]any {
	t.Helper()
	text, _ := token.(string)
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatal("not a token")
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// published returns the keys of the key set by kid, as a client makes them.
func (a *api) published() map[string]crypto.PublicKey {
	a.t.Helper()
	_, body, _ := a.get(a.endpoint("jwks_uri"))
	text, _ := json.Marshal(body["keys"])
	var list []jwk
	if err := json.Unmarshal(text, &list); err != nil {
		a.t.Fatal(err)
	}
	number := func(s string) *big.Int {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			a.t.Fatal(err)
		}
		return new(big.Int).SetBytes(b)
	}
	keys := map[string]crypto.PublicKey{}
	for _, k := range list {
		if k.Kty == "RSA" {
			keys[k.Kid] = &rsa.PublicKey{N: number(k.N), E: int(number(k.E).Int64())}
			continue
		}
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append([]byte{4}, append(number(k.X).FillBytes(make([]byte, 32)), number(k.Y).FillBytes(make([]byte, 32))...)...))
		if err != nil {
			a.t.Fatal(err)
		}
		keys[k.Kid] = key
	}
	return keys
}

// verifiable reports whether a published key with the token's kid signed it.
func (a *api) verifiable(token any) bool {
	a.t.Helper()
	text, _ := token.(string)
	parsed, ok := readAssertion(text)
	if !ok {
		return false
	}
	key := a.published()[parsed.head("kid")]
	return key != nil && parsed.signedBy(key)
}

func TestFaultClaimDefects(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		good := rawClaims(t, a.signIn()["id_token"])
		now := float64(a.s.Clock.Now().Unix())
		near := func(v any, d time.Duration) bool {
			f, ok := v.(float64)
			return ok && f-now-d.Seconds() < 120 && f-now-d.Seconds() > -120
		}
		list := func(v any) []any { l, _ := v.([]any); return l }
		for defect, check := range map[TokenDefect]func(c map[string]any) bool{
			DefectWrongIss:     func(c map[string]any) bool { return c["iss"] != good["iss"] && c["iss"] != nil },
			DefectMissingIss:   func(c map[string]any) bool { return c["iss"] == nil },
			DefectWrongAud:     func(c map[string]any) bool { return c["aud"] != good["aud"] && c["aud"] != nil },
			DefectMissingAud:   func(c map[string]any) bool { return c["aud"] == nil },
			DefectSeveralAud:   func(c map[string]any) bool { return len(list(c["aud"])) == 2 && c["azp"] == nil },
			DefectSecondaryAud: func(c map[string]any) bool { return len(list(c["aud"])) == 2 && c["azp"] == good["aud"] },
			DefectArrayAud:     func(c map[string]any) bool { return len(list(c["aud"])) == 1 && list(c["aud"])[0] == good["aud"] },
			DefectWrongAzp: func(c map[string]any) bool {
				return c["azp"] != nil && c["azp"] != good["aud"] && c["aud"] == good["aud"]
			},
			DefectWrongNonce:   func(c map[string]any) bool { return c["nonce"] != nil && c["nonce"] != good["nonce"] },
			DefectMissingNonce: func(c map[string]any) bool { return c["nonce"] == nil },
			DefectExpired:      func(c map[string]any) bool { return near(c["exp"], -time.Hour) && near(c["iat"], -2*time.Hour) },
			DefectMissingExp:   func(c map[string]any) bool { return c["exp"] == nil },
			DefectMissingIat:   func(c map[string]any) bool { return c["iat"] == nil },
			DefectFutureIat:    func(c map[string]any) bool { return near(c["iat"], time.Hour) && near(c["exp"], 2*time.Hour) },
			DefectFutureNbf:    func(c map[string]any) bool { return near(c["nbf"], time.Hour) && near(c["exp"], 2*time.Hour) },
			DefectMissingSub:   func(c map[string]any) bool { return c["sub"] == nil },
			DefectOtherSub: func(c map[string]any) bool {
				return c["sub"] == rawClaims(t, a.blakeToken())["sub"] && c["sub"] != good["sub"]
			},
			DefectWrongAtHash:   func(c map[string]any) bool { h, _ := c["at_hash"].(string); return len(h) == 22 },
			DefectMissingAtHash: func(c map[string]any) bool { return c["at_hash"] == nil },
			DefectOtherTid:      func(c map[string]any) bool { return c["tid"] != nil && c["tid"] != good["tid"] },
			DefectOtherOid:      func(c map[string]any) bool { return c["oid"] != nil && c["oid"] != good["oid"] },
		} {
			a.inject(Fault{Name: "x", Times: 1, Token: &FaultToken{Defect: defect}})
			tokens := a.signIn()
			a.s.ClearFaults()
			claims := rawClaims(t, tokens["id_token"])
			if !check(claims) {
				t.Errorf("%s: %v", defect, claims)
			}
			if !a.verifiable(tokens["id_token"]) {
				t.Errorf("%s: the signature must be right", defect)
			}
			if defect == DefectWrongAtHash && claims["at_hash"] == atHash(tokens["access_token"].(string)) {
				t.Error("at_hash is right")
			}
		}
		if n := len(claimDefects); n != 21 {
			t.Errorf("this test knows 21 defects of %d", n)
		}
	})
}

// blakeToken is an ID token of the other user for the same client.
func (a *api) blakeToken() any {
	a.t.Helper()
	back, err := a.s.Complete(a.t.Context(), a.authorizeURL(a.app("web")), blake)
	if err != nil {
		a.t.Fatal(err)
	}
	_, code, _ := strings.Cut(back, "code=")
	code, _, _ = strings.Cut(code, "&")
	return a.redeem(code)["id_token"]
}

func TestFaultSignatureDefects(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		right := headerOf(t, a.signIn()["id_token"])
		for defect, want := range map[TokenDefect]struct {
			alg, kid string // kid: "" none, "=" the right one, "*" another
		}{
			DefectBadSignature: {"RS256", "="}, DefectAlgNone: {"none", ""}, DefectHS256: {"HS256", "="}, DefectES256AsRS256: {"RS256", "="},
			DefectUnpublishedKey: {"RS256", "="}, DefectUnknownKid: {"RS256", "*"}, DefectMissingKid: {"RS256", ""}, DefectUnpublishedNoKid: {"RS256", ""},
		} {
			a.inject(Fault{Name: "x", Times: 1, Token: &FaultToken{Defect: defect}})
			token := a.signIn()["id_token"]
			a.s.ClearFaults()
			h := headerOf(t, token)
			kid, _ := h["kid"].(string)
			if h["alg"] != want.alg || (kid == "") != (want.kid == "") || (kid == right["kid"]) != (want.kid == "=") {
				t.Errorf("%s: header %v", defect, h)
			}
			if a.verifiable(token) {
				t.Errorf("%s: the signature is right", defect)
			}
			signedByAny := false
			if parsed, ok := readAssertion(token.(string)); ok {
				for _, key := range a.published() {
					signedByAny = signedByAny || parsed.signedBy(key)
				}
			}
			if signedByAny != (defect == DefectMissingKid) {
				t.Errorf("%s: a published key signed it: %t", defect, signedByAny)
			}
		}
		if n := len(signatureDefects); n != 8 {
			t.Errorf("this test knows 8 defects of %d", n)
		}
	})
}

func TestFaultTokenSetAndRemove(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		a.inject(Fault{Name: "id", Client: "web", User: avery, Token: &FaultToken{Defect: DefectWrongIss, Set: map[string]any{"sub": "s", "exp": int64(4102444800)}, Remove: []string{"nonce"}}},
			Fault{Name: "access", Skip: 1, Token: &FaultToken{Kind: "access", Set: map[string]any{"aud": []string{"a", "b"}}}})
		first, second := a.signIn(), a.signIn()
		claims := claimsOf(t, second["id_token"])
		if claims["sub"] != "s" || claims["exp"] != 4102444800.0 || claims["nonce"] != nil || claims["iss"] != otherIssuer {
			t.Errorf("got %v", claims)
		}
		if _, changed := claimsOf(t, first["access_token"])["aud"].([]any); changed {
			t.Error("the first access token is changed")
		}
		if _, changed := claimsOf(t, second["access_token"])["aud"].([]any); !changed {
			t.Error("the second access token is not changed")
		}
		if claimsOf(t, second["id_token"])["at_hash"] != atHash(second["access_token"].(string)) {
			t.Error("at_hash must be that of the changed access token")
		}
		if a.met() != "id 2/2, access 1/2" || a.last().Fault != "access,id" {
			t.Error(a.met(), a.last().Fault)
		}
		known := false
		for _, s := range a.s.Secrets() {
			known = known || s == second["id_token"]
		}
		if !known {
			t.Error("the changed token is not in Secrets")
		}
	})
}

// A request that yields no ID token does not use up a rule for the next one.
func TestFaultTokenWaitsForAToken(t *testing.T) {
	a := entra(t, NewServer(t))
	a.inject(Fault{Name: "x", Times: 1, Token: &FaultToken{Defect: DefectAlgNone}})
	if _, _, err := a.ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a.met() != "x 0/0" {
		t.Error(a.met())
	}
	if headerOf(t, a.signIn()["id_token"])["alg"] != "none" || a.met() != "x 1/1" {
		t.Error(a.met())
	}
}
