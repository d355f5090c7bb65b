package apiserver_test

import (
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/apiserver"
)

// A tokenCase is a token made from a good one, and what must come of it.
type tokenCase struct {
	name   string
	header object
	claims object
	check  string // that refuses it; empty: it is accepted
}

func (w *wire) run(t *testing.T, c apiserver.Config, header, claims object, cases []tokenCase) {
	t.Helper()
	v := verifier(t, c)
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			got, err := v.Verify(t.Context(), rsaKey().sign(header.with(tt.header), claims.with(tt.claims)))
			switch {
			case tt.check != "" && got != nil:
				t.Errorf("accepted, want a refusal by %s", tt.check)
			case tt.check != "":
				refused(t, err, 401, tt.check)
			case err != nil:
				t.Error(err)
			}
		})
	}
}

// What every shape checks.
func commonCases(header, claims object) []tokenCase {
	at := func(d time.Duration) int64 { return begin.Add(d).Unix() }
	return []tokenCase{
		{"good", nil, nil, ""},
		{"R11 another issuer", nil, object{"iss": "https://evil.example"}, "iss"},
		{"R11 another issuer on the same host", nil, object{"iss": claims["iss"].(string) + "/b"}, "iss"},
		{"R11 a longer issuer", nil, object{"iss": claims["iss"].(string) + "x"}, "iss"},
		{"R11 a shorter issuer", nil, object{"iss": claims["iss"].(string)[:20]}, "iss"},
		{"R11 no issuer", nil, object{"iss": nil}, "iss"},
		{"R11 the issuer in a list", nil, object{"iss": []any{claims["iss"]}}, "iss"},
		{"R43 another audience", nil, object{"aud": "api://other"}, "aud"},
		{"R43 a longer audience", nil, object{"aud": claims["aud"].(string) + "/x"}, "aud"},
		{"R43 the audience in capitals", nil, object{"aud": strings.ToUpper(claims["aud"].(string))}, "aud"},
		{"R43 other audiences", nil, object{"aud": []any{"api://other", "", 1, nil}}, "aud"},
		{"R43 our audience among others", nil, object{"aud": []any{1, "api://other", claims["aud"]}}, ""},
		{"R43 no audience", nil, object{"aud": nil}, "aud"},
		{"R43 an empty audience", nil, object{"aud": ""}, "aud"},
		{"expired", nil, object{"exp": at(-time.Hour)}, "exp"},
		{"expired by a minute", nil, object{"exp": at(-time.Minute)}, "exp"},
		{"expired within the leeway", nil, object{"exp": at(-time.Minute + time.Second)}, ""},
		{"no expiry", nil, object{"exp": nil}, "exp"},
		{"expiry as text", nil, object{"exp": "1900000000"}, "exp"},
		{"expiry null", nil, object{"exp": []any{nil}}, "exp"},
		{"expiry with a fraction", nil, object{"exp": float64(at(time.Hour)) + 0.5}, ""},
		{"expiry out of range", nil, object{"exp": 1e300}, "exp"},
		{"expiry below zero", nil, object{"exp": -1}, "exp"},
		{"begins later", nil, object{"nbf": at(time.Hour)}, "nbf"},
		{"begins after the leeway", nil, object{"nbf": at(time.Minute + time.Second)}, "nbf"},
		{"begins within the leeway", nil, object{"nbf": at(time.Minute)}, ""},
		{"beginning as text", nil, object{"nbf": "0"}, "nbf"},
		{"issued later", nil, object{"iat": at(time.Hour)}, "iat"},
		{"no subject", nil, object{"sub": nil}, "typ"},
		{"R43 a logout token", object{"typ": "logout+jwt"}, nil, "typ"},
		{"R43 a proof of possession", object{"typ": "dpop+jwt"}, nil, "typ"},
		{"bound to a key", nil, object{"cnf": object{"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}, "cnf"},
		{"R16 an unknown key", object{"kid": "unknown"}, nil, "signature"},
		{"R16 another key", object{"kid": "ec"}, nil, "signature"},
		{"R16 an algorithm of the key that is not allowed", object{"alg": "PS256"}, nil, "signature"},
		{"R16 unsigned", object{"alg": "none"}, nil, "signature"},
		{"R16 critical header", object{"crit": []string{"exp"}}, nil, "token"},
		{"R16 no kid, the key found among all", object{"kid": nil}, nil, ""},
	}
}

func TestVerifyRFC9068(t *testing.T) {
	w := newWire()
	w.run(t, w.config(), atJWT, oidcClaims(), append(commonCases(atJWT, oidcClaims()), []tokenCase{
		{"R43 typ with application/", object{"typ": "application/at+JWT"}, nil, ""},
		{"R43 typ JWT", object{"typ": "JWT"}, nil, "typ"},
		{"R43 no typ", object{"typ": nil}, nil, "typ"},
		{"no client", nil, object{"client_id": nil}, "typ"},
		{"no time of issue", nil, object{"iat": nil}, "typ"},
		{"R43 an ID token", object{"typ": "JWT"}, object{"nonce": "n", "at_hash": "h", "scope": nil, "client_id": nil}, "typ"},
	}...))
}

func TestVerifyEntra(t *testing.T) {
	w := newWire(rsaKey().of(entraURL+"{tenantid}/v2.0"), ecKey())
	idToken := object{"azp": nil, "azpacr": nil, "scp": nil, "nonce": "n", "roles": []string{"Tasks.Read.All"}}
	w.run(t, w.entra(tenant), plainJWT, entraClaims(), append(commonCases(plainJWT, entraClaims()), []tokenCase{
		{"the API's URI as audience", nil, object{"aud": apiURI}, ""},
		{"an alias of the host", nil, object{"iss": "https://login.windows.net/" + tenant + "/v2.0"}, ""},
		{"of an app", nil, ofApp(), ""},
		{"of an app, without idtyp", nil, ofApp().with(object{"idtyp": nil}), ""},
		{"a nonce beside scp, as B2C writes it", nil, object{"nonce": "n"}, ""},
		{"version 1", nil, versionOne(), ""},
		{"version 1, of an app", nil, merged(versionOne(), ofApp()), ""},
		{"R43 an ID token", nil, idToken, "typ"},
		{"R43 an ID token without nonce", nil, idToken.with(object{"nonce": nil}), "typ"},
		{"R43 an ID token with azp", nil, idToken.with(object{"azp": clientID, "nonce": nil}), "typ"},
		{"R43 an ID token with azp and sub = oid", nil, idToken.with(object{"azp": clientID, "sub": userID}), "typ"},
		{"R43 an ID token of the hybrid flow", nil, object{"c_hash": "h", "nonce": "n"}, "typ"},
		{"R43 an ID token with at_hash", nil, object{"at_hash": "h"}, "typ"},
		{"R43 no client", nil, object{"azp": nil}, "typ"},
		{"R43 a user's without scp", nil, object{"scp": nil}, "typ"},
		{"R43 a user's without scp, with roles", nil, object{"scp": nil, "roles": []string{"Tasks.Read.All"}}, "typ"},
		{"R43 a user's without scp, sub = oid, idtyp user", nil, object{"scp": nil, "sub": userID, "idtyp": "user"}, "typ"},
		{"R43 another tenant", nil, object{"iss": entraURL + stranger + "/v2.0", "tid": stranger}, "iss"},
		{"R43 another tenant's tid", nil, object{"tid": stranger}, "iss"},
		{"R43 another tenant's issuer", nil, object{"iss": entraURL + stranger + "/v2.0"}, "iss"},
		{"R43 no tid", nil, object{"tid": nil}, "iss"},
		{"R43 version 1, another tenant", nil, versionOne().with(object{"iss": "https://sts.windows.net/" + stranger + "/", "tid": stranger}), "iss"},
		{"R43 version 1, another tenant's tid", nil, versionOne().with(object{"tid": stranger}), "iss"},
		{"R43 version 1, another tenant's issuer", nil, versionOne().with(object{"iss": "https://sts.windows.net/" + stranger + "/"}), "iss"},
		{"R43 version 1, no tid", nil, object{"iss": "https://sts.windows.net//", "tid": ""}, "iss"},
		{"R43 version 1, no slash", nil, object{"iss": "https://sts.windows.net/" + tenant}, "iss"},
		{"R43 version 1 of another cloud", nil, object{"iss": "https://sts.chinacloudapi.cn/" + tenant + "/"}, "iss"},
		{"R11 the issuer's host in capitals", nil, object{"iss": "https://LOGIN.microsoftonline.com/" + tenant + "/v2.0"}, "iss"},
		{"R11 a template as issuer", nil, object{"iss": entraURL + "{tenantid}/v2.0", "tid": "{tenantid}"}, "iss"},
	}...))
}

// merged is both changes; unlike with, it keeps the members that are taken away.
func merged(a, b object) object {
	all := object{}
	for name, value := range a {
		all[name] = value
	}
	for name, value := range b {
		all[name] = value
	}
	return all
}

func TestVerifyUntyped(t *testing.T) {
	w := newWire()
	c := w.config()
	c.Shape = apiserver.ShapeUntyped
	w.run(t, c, plainJWT, oidcClaims().with(object{"client_id": nil, "azp": clientID}), append(commonCases(plainJWT, oidcClaims()), []tokenCase{
		{"no typ", object{"typ": nil}, nil, ""},
		{"at+jwt", atJWT, nil, ""},
		{"scp as a list", nil, object{"scope": nil, "scp": []string{"Tasks.Read"}}, ""},
		{"R43 an ID token", nil, object{"nonce": "n", "scope": nil}, "typ"},
		{"R43 an ID token with scope", nil, object{"nonce": "n"}, "typ"},
		{"R43 an ID token with at_hash", nil, object{"at_hash": "n"}, "typ"},
		{"R43 an ID token with c_hash", nil, object{"c_hash": "n"}, "typ"},
		{"R43 an ID token without nonce", nil, object{"scope": nil}, "typ"},
	}...))
}

// R43: many tenants need a choice, and it is kept.
func TestR43_Tenants(t *testing.T) {
	w := newWire(rsaKey().of(entraURL+"{tenantid}/v2.0"), otherKey().of(entraURL+msa+"/v2.0"))
	of := func(tid string) object { return object{"iss": entraURL + tid + "/v2.0", "tid": tid} }
	w.run(t, w.entra("common", strings.ToUpper(tenant)), plainJWT, entraClaims(), []tokenCase{
		{"the tenant", nil, nil, ""},
		{"the tenant, version 1", nil, versionOne(), ""},
		{"another tenant", nil, of(stranger), "tid"},
		{"another tenant, version 1", nil, versionOne().with(object{"iss": "https://sts.windows.net/" + stranger + "/", "tid": stranger}), "tid"},
		{"another tenant's issuer", nil, object{"iss": entraURL + stranger + "/v2.0"}, "iss"},
		{"no GUID", nil, of("contoso.test"), "iss"},
		{"a path", nil, of(tenant + "/../" + stranger), "iss"},
	})
	w.run(t, w.entra("common", apiserver.AnyTenant), plainJWT, entraClaims(), []tokenCase{
		{"any: the tenant", nil, nil, ""},
		{"any: another tenant", nil, of(stranger), ""},
		{"any: another tenant's issuer", nil, object{"iss": entraURL + stranger + "/v2.0"}, "iss"},
		{"any: no GUID", nil, of("contoso.test"), "iss"},
		{"any: personal accounts, by the key of the others", nil, of(msa), ""},
	})
	w.run(t, w.entra("organizations", apiserver.AnyTenant), plainJWT, entraClaims(), []tokenCase{
		{"organizations: a tenant", nil, of(stranger), ""},
		{"organizations: personal accounts", nil, of(msa), "iss"},
	})
}

// R43: a key that is published for another issuer is no candidate.
func TestR43_KeyIssuer(t *testing.T) {
	any := entraURL + "{tenantid}/v2.0"
	tests := []struct {
		name   string
		keys   []testKey
		claims object
		check  string
	}{
		{"any tenant's", []testKey{rsaKey().of(any)}, nil, ""},
		{"the tenant's", []testKey{rsaKey().of(entraURL + tenant + "/v2.0")}, nil, ""},
		{"the tenant's, version 1", []testKey{rsaKey().of(any)}, versionOne(), ""},
		{"without issuer", []testKey{rsaKey()}, nil, ""},
		{"another tenant's", []testKey{rsaKey().of(entraURL + stranger + "/v2.0")}, nil, "signature"},
		{"another tenant's, version 1", []testKey{rsaKey().of(entraURL + stranger + "/v2.0")}, versionOne(), "signature"},
		{"personal accounts'", []testKey{rsaKey().of(entraURL + msa + "/v2.0")}, nil, "signature"},
		{"another host's", []testKey{rsaKey().of("https://evil.example/{tenantid}/v2.0")}, nil, "signature"},
		{"both", []testKey{rsaKey().of(entraURL + msa + "/v2.0"), rsaKey().of(any)}, nil, ""},
		{"both, the other way", []testKey{rsaKey().of(any), rsaKey().of(entraURL + msa + "/v2.0")}, nil, ""},
		{"both wrong", []testKey{rsaKey().of(entraURL + msa + "/v2.0"), rsaKey().of(entraURL + stranger + "/v2.0")}, nil, "signature"},
		{"another key with the right issuer", []testKey{rsaKey().of(entraURL + msa + "/v2.0"), {id: "rsa", signer: testKeys().other, issuer: any}}, nil, "signature"},
	}
	for _, tt := range tests {
		w := newWire(tt.keys...)
		for _, c := range []apiserver.Config{w.entra(tenant), w.entra("common", tenant)} {
			w.run(t, c, plainJWT, entraClaims(), []tokenCase{{tt.name, nil, tt.claims, tt.check}})
		}
	}
	t.Run("plain OIDC", func(t *testing.T) {
		w := newWire(rsaKey().of("https://op.example/realms/b"))
		w.run(t, w.config(), atJWT, oidcClaims(), []tokenCase{{"another issuer's", nil, nil, "signature"}})
	})
}

// R16: nothing in a token says how it is checked.
func TestR16_Forgery(t *testing.T) {
	w := newWire()
	c := w.config()
	v := verifier(t, c)
	good := rsaKey().sign(atJWT, oidcClaims())
	parts := strings.Split(good, ".")
	der, err := x509.MarshalPKIXPublicKey(&testKeys().rsa.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	hs256 := object{"alg": "HS256", "kid": "rsa", "typ": "at+jwt"}
	attacker := otherKey()
	attacker.id = "rsa"
	tests := []struct{ name, token, check string }{
		{"HS256 with the public key as PEM", hmacSign(public, hs256, oidcClaims()), "signature"},
		{"HS256 with the public key as DER", hmacSign(der, hs256, oidcClaims()), "signature"},
		{"HS256 with the modulus", hmacSign(testKeys().rsa.N.Bytes(), hs256, oidcClaims()), "signature"},
		{"none", rsaKey().sign(object{"alg": "none", "typ": "at+jwt"}, oidcClaims()), "signature"},
		{"nOnE", b64([]byte(`{"alg":"nOnE","typ":"at+jwt"}`)) + "." + parts[1] + ".", "signature"},
		{"another key under our id", attacker.sign(atJWT, oidcClaims()), "signature"},
		{"a key of its own", attacker.sign(atJWT.with(object{"jwk": attacker.jwk(), "jku": "https://evil.example/keys", "x5u": "https://evil.example/x"}), oidcClaims()), "signature"},
		{"other claims", parts[0] + "." + b64([]byte(encode(oidcClaims().with(object{"sub": "admin"})))) + "." + parts[2], "signature"},
		{"another header", b64([]byte(encode(object{"alg": "RS256", "kid": "rsa", "typ": "at+jwt", "x": 1}))) + "." + parts[1] + "." + parts[2], "signature"},
		{"no signature", parts[0] + "." + parts[1] + ".", "signature"},
		{"a cut signature", good[:len(good)-2], "signature"},
		{"two parts", parts[0] + "." + parts[1], "token"},
		{"an encrypted token", good + ".a.b", "token"},
		{"an opaque token", "2YotnFZFEjr1zCsicMWpAA", "token"},
		{"nothing", "", "token"},
		{"a header that is no JSON", b64([]byte("x")) + "." + parts[1] + "." + parts[2], "token"},
		{"claims with padding", parts[0] + "." + parts[1] + "=." + parts[2], "token"},
		{"claims with a line break", parts[0] + "." + parts[1][:40] + "\n" + parts[1][40:] + "." + parts[2], "token"},
		{"claims that are no object", rsaKey().signText(object{"alg": "RS256", "kid": "rsa", "typ": "at+jwt"}, `["x"]`), "token"},
		{"claims that are no JSON", rsaKey().signText(object{"alg": "RS256", "kid": "rsa", "typ": "at+jwt"}, `{`), "token"},
		{"too long", rsaKey().sign(atJWT, oidcClaims().with(object{"groups": strings.Repeat("g", apiserver.MaxToken)})), "token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if claims, err := v.Verify(t.Context(), tt.token); claims != nil {
				t.Error("accepted")
			} else {
				refused(t, err, 401, tt.check)
			}
		})
	}
	if _, err := v.Verify(t.Context(), good); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

// The other algorithms, where they are allowed.
func TestR16_Algorithms(t *testing.T) {
	w := newWire()
	for _, tt := range []struct {
		alg     string
		key     testKey
		allowed []string
		check   string
	}{
		{"PS256", rsaKey(), []string{"PS256"}, ""},
		{"ES256", ecKey(), []string{"ES256"}, ""},
		{"RS256", rsaKey(), []string{"PS256", "ES256"}, "signature"},
		{"ES256", ecKey(), []string{"RS256"}, "signature"},
	} {
		c := w.config()
		c.Algorithms = tt.allowed
		_, err := verifier(t, c).Verify(t.Context(), tt.key.sign(atJWT.with(object{"alg": tt.alg}), oidcClaims()))
		if tt.check != "" {
			refused(t, err, 401, tt.check)
		} else if err != nil {
			t.Errorf("%s: %v", tt.alg, err)
		}
	}
}

// The last of several claims with one name counts, for every check.
func TestRepeatedClaims(t *testing.T) {
	w := newWire()
	v := verifier(t, w.config())
	claims := encode(oidcClaims())
	header := object{"alg": "RS256", "kid": "rsa", "typ": "at+jwt"}
	for name, check := range map[string]string{"aud": "aud", "iss": "iss", "exp": "exp", "sub": "typ"} {
		last := strings.TrimSuffix(claims, "}") + `,"` + name + `":0}`
		_, err := v.Verify(t.Context(), rsaKey().signText(header, last))
		refused(t, err, 401, check)
	}
}

// R43: the issuers of version 1 are data, and can be others or none.
func TestR43_FurtherIssuers(t *testing.T) {
	w := newWire()
	one := []tokenCase{{"version 1", nil, versionOne(), ""}}
	for url, iss := range map[string]string{
		"https://login.windows.net/":                "https://sts.windows.net/",
		"https://login.microsoftonline.us/":         "https://sts.windows.net/",
		"https://login.partner.microsoftonline.cn/": "https://sts.chinacloudapi.cn/",
	} {
		c := w.entra(tenant)
		c.Authority = url + tenant
		w.run(t, c, plainJWT, entraClaims(), []tokenCase{{url, nil, versionOne().with(object{"iss": iss + tenant + "/"}), ""}})
	}
	none := w.entra(tenant)
	none.Issuers = []string{}
	one[0].check = "iss"
	w.run(t, none, plainJWT, entraClaims(), one)
	own := w.entra(tenant)
	own.Issuers = []string{"https://tokens.contoso.example/{tenantid}"}
	w.run(t, own, plainJWT, entraClaims(), append(one, []tokenCase{
		{"own", nil, object{"iss": "https://tokens.contoso.example/" + tenant}, ""},
		{"own, another tenant", nil, object{"iss": "https://tokens.contoso.example/" + stranger, "tid": stranger}, "iss"},
		{"own, another tenant's tid", nil, object{"iss": "https://tokens.contoso.example/" + tenant, "tid": stranger}, "iss"},
	}...))
	plain := w.config()
	plain.Issuers = []string{"http://op.example/services/trust"}
	w.run(t, plain, atJWT, oidcClaims(), []tokenCase{
		{"plain", nil, object{"iss": "http://op.example/services/trust"}, ""},
		{"plain, longer", nil, object{"iss": "http://op.example/services/trust/x"}, "iss"},
	})
}

// Several authorities: iss selects, and each has its own rules.
func TestR11_SeveralAuthorities(t *testing.T) {
	w := newWire()
	plain, one, many := w.config(), w.entra(tenant), w.entra("common", stranger)
	one.Audiences, many.Audiences = []string{apiID}, []string{"api://strangers"}
	v := verifier(t, plain, many, one)
	strangers := entraClaims().with(object{"iss": entraURL + stranger + "/v2.0", "tid": stranger})
	for _, tt := range []struct {
		name   string
		header object
		claims object
		check  string
	}{
		{"plain", atJWT, oidcClaims(), ""},
		{"one tenant", plainJWT, entraClaims(), ""},
		{"one tenant, the others' audience", plainJWT, entraClaims().with(object{"aud": "api://strangers"}), "aud"},
		{"one tenant, the plain audience", plainJWT, entraClaims().with(object{"aud": apiURI}), "aud"},
		{"many tenants", plainJWT, strangers.with(object{"aud": "api://strangers"}), ""},
		{"many tenants, the one's audience", plainJWT, strangers, "aud"},
		{"an unwanted tenant", plainJWT, entraClaims().with(object{"iss": entraURL + msa + "/v2.0", "tid": msa}), "tid"},
		{"the plain shape of another", plainJWT, oidcClaims(), "typ"},
		{"nobody's", plainJWT, entraClaims().with(object{"iss": "https://evil.example/"}), "iss"},
	} {
		_, err := v.Verify(t.Context(), rsaKey().sign(tt.header, tt.claims))
		if tt.check != "" {
			refused(t, err, 401, tt.check)
		} else if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// R11: nothing in a token makes this API send anything anywhere else.
func TestR11_NothingIsAsked(t *testing.T) {
	w := newWire()
	v := verifier(t, w.config())
	evil := "https://evil.example"
	for _, claims := range []object{
		{"iss": evil}, {"iss": evil, "cloud_instance_host_name": evil}, {"iss": opURL + "/../b"}, {"iss": ""},
		{"aud": "api://other"}, {"exp": 1},
	} {
		header := atJWT.with(object{"jku": evil, "x5u": evil, "kid": evil})
		if _, err := v.Verify(t.Context(), otherKey().sign(header, oidcClaims().with(claims))); err == nil {
			t.Errorf("%v: accepted", claims)
		}
	}
	known := []string{opURL + "/.well-known/openid-configuration", opKeys}
	for _, url := range w.requests() {
		if !slices.Contains(known, url) {
			t.Errorf("asked %s", url)
		}
	}
	if n := len(w.requests()); n > 1 {
		t.Errorf("tokens that are refused by their claims made %d requests; metadata is one", n)
	}
}
