package jws_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/jws"
)

var every = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}

// signer is the test key of each algorithm.
func signer(alg string) string {
	switch alg {
	case "ES256":
		return "P-256"
	case "ES384":
		return "P-384"
	case "ES512":
		return "P-521"
	}
	return "rsa"
}

func keys(t testing.TB, all ...object) []jws.Key {
	t.Helper()
	keys, err := jws.ParseKeys(set(t, all...))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

const claims = `{"sub":"a"}`

func TestVerifyEveryAlgorithm(t *testing.T) {
	all := keys(t, jwk("other rsa"), jwk("rsa"), jwk("other P-256"), jwk("P-256"), jwk("P-384"), jwk("P-521"))
	for _, alg := range every {
		for _, kid := range []string{signer(alg), ""} {
			t.Run(alg+" "+kid, func(t *testing.T) {
				token := sign(t, signer(alg), alg, object{"alg": alg, "kid": kid, "typ": "at+jwt"}.text(t), claims)
				payload, key, err := jws.Verify(token, all, []string{"RS256", alg})
				if err != nil || payload != claims || key.KeyID != signer(alg) {
					t.Errorf("got %q, key %q, %v", payload, key.KeyID, err)
				}
			})
		}
	}
}

// The examples of RFC 7515, appendices A.2 to A.4.
func TestVerifyPublishedVectors(t *testing.T) {
	const joe = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
	const joeText = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
	tests := []struct{ alg, key, token, payload string }{
		{"RS256",
			`{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}`,
			"eyJhbGciOiJSUzI1NiJ9." + joe + ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
			joeText},
		{"ES256",
			`{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`,
			"eyJhbGciOiJFUzI1NiJ9." + joe + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
			joeText},
		{"ES512",
			`{"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"}`,
			"eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
			"Payload"},
	}
	for _, tt := range tests {
		t.Run(tt.alg, func(t *testing.T) {
			keys, err := jws.ParseKeys(`{"keys":[` + tt.key + `]}`)
			if err != nil {
				t.Fatal(err)
			}
			payload, _, err := jws.Verify(tt.token, keys, []string{tt.alg})
			if err != nil || payload != tt.payload {
				t.Errorf("got %q, %v", payload, err)
			}
			for i := 0; i < len(tt.token); i += 9 {
				other := "A"
				if tt.token[i] == 'A' {
					other = "B"
				}
				if _, _, err := jws.Verify(tt.token[:i]+other+tt.token[i+1:], keys, []string{tt.alg}); err == nil {
					t.Fatalf("accepted with another character at %d", i)
				}
			}
		})
	}
}

// refused checks that nothing comes out, and nothing of the token is in the error.
func refused(t *testing.T, token string, keys []jws.Key, algorithms []string, want error, texts ...string) {
	t.Helper()
	payload, key, err := jws.Verify(token, keys, algorithms)
	if payload != "" || key != (jws.Key{}) || !errors.Is(err, want) {
		t.Fatalf("got %q, key %q, %v; want %v", payload, key.KeyID, err, want)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("want %q in: %v", text, err)
		}
	}
	for _, part := range append(strings.Split(token, "."), claims) {
		if len(part) > 4 && strings.Contains(err.Error(), part) {
			t.Errorf("the error has a part of the token: %v", err)
		}
	}
}

func TestR16_ForeignKeysInTheHeaderAreIgnored(t *testing.T) {
	all := keys(t, jwk("rsa"))
	for name, value := range map[string]any{
		"jku": "https://attacker.example/keys", "x5u": "https://attacker.example/cert", "jwk": jwk("other rsa"), "x5c": []string{"MIIB"}, "x5t": "abc",
	} {
		t.Run(name, func(t *testing.T) {
			for _, kid := range []string{"rsa", "other rsa", ""} {
				header := object{"alg": "RS256", "kid": kid, name: value}.text(t)
				forged := sign(t, "other rsa", "RS256", header, claims)
				if _, _, err := jws.Verify(forged, all, every); !errors.Is(err, jws.ErrNoKey) && !errors.Is(err, jws.ErrSignature) {
					t.Errorf("kid %q: got %v", kid, err)
				}
			}
			header := object{"alg": "RS256", "kid": "rsa", name: value}.text(t)
			if _, _, err := jws.Verify(sign(t, "rsa", "RS256", header, claims), all, every); err != nil {
				t.Errorf("a good token with %s: %v", name, err)
			}
		})
	}
}

func TestR16_ExtensionsAreRefused(t *testing.T) {
	for _, member := range []string{
		`"crit":["exp"]`, `"crit":[]`, `"crit":null`, `"crit":["b64"],"b64":false`, `"b64":true`, `"b64":false`,
	} {
		t.Run(member, func(t *testing.T) {
			token := sign(t, "rsa", "RS256", `{"alg":"RS256","kid":"rsa",`+member+`}`, claims)
			refused(t, token, keys(t, jwk("rsa")), every, jws.ErrMalformed, "extension")
		})
	}
}

func TestR16_NoneAndHMACAreRefused(t *testing.T) {
	public := testKeys()["rsa"].Public().(*rsa.PublicKey)
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	all := keys(t, jwk("rsa"), object{"kty": "oct", "kid": "rsa", "k": b64(public.N.Bytes())})
	for _, alg := range []string{"none", "None", "NONE", "HS256", "hs256", "HS384", "HS512"} {
		header := object{"alg": alg, "kid": "rsa"}.text(t)
		tokens := map[string]string{
			"no signature": b64([]byte(header)) + "." + b64([]byte(claims)) + ".",
			"modulus":      mac(public.N.Bytes(), header, claims),
			"DER":          mac(der, header, claims),
			"PEM":          mac(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), header, claims),
			"real":         sign(t, "rsa", "RS256", header, claims),
		}
		for name, token := range tokens {
			t.Run(alg+" "+name, func(t *testing.T) {
				// A caller that takes its list from the authority's metadata may have these in it.
				refused(t, token, all, append([]string{alg, "none", "HS256"}, every...), jws.ErrAlgorithm)
			})
		}
	}
}

func TestR16_AlgorithmMustBeAllowed(t *testing.T) {
	token := sign(t, "rsa", "RS256", `{"alg":"RS256","kid":"rsa"}`, claims)
	all := keys(t, jwk("rsa"))
	for _, allowed := range [][]string{nil, {}} {
		refused(t, token, all, allowed, jws.ErrAlgorithm, "allows no algorithm")
	}
	refused(t, token, all, []string{"ES256", "PS256"}, jws.ErrAlgorithm, "RS256", "ES256, PS256")
	for _, alg := range []string{"", "RS1", "EdDSA", "rs256", "ES256K", "RS256 ", strings.Repeat("x", 500) + "\x1b[31m"} {
		header := object{"alg": alg, "kid": "rsa"}.text(t)
		refused(t, sign(t, "rsa", "RS256", header, claims), all, append([]string{alg}, every...), jws.ErrAlgorithm)
	}
}

// A token that is signed correctly is refused if the published key is not meant for it.
func TestR16_KeyDecides(t *testing.T) {
	tests := []struct {
		name    string
		signer  string
		signed  string // how it is really signed
		alg     string // what the header says
		key     object
		want    error
		because string
	}{
		{"RSA key, elliptic header", "P-256", "ES256", "ES256", jwk("rsa").with(object{"kid": "P-256"}), jws.ErrNoKey, "type or curve"},
		{"elliptic key, RSA header", "rsa", "RS256", "RS256", jwk("P-256").with(object{"kid": "rsa"}), jws.ErrNoKey, "type or curve"},
		{"other curve", "P-384", "ES384", "ES256", jwk("P-384"), jws.ErrNoKey, "type or curve"},
		{"other curve, right hash", "P-384", "ES256", "ES256", jwk("P-384"), jws.ErrNoKey, "type or curve"},
		{"alg of the key", "rsa", "RS512", "RS512", jwk("rsa").with(object{"alg": "RS256"}), jws.ErrNoKey, `for "RS256"`},
		{"alg of the key, PSS", "rsa", "PS256", "PS256", jwk("rsa").with(object{"alg": "RS256"}), jws.ErrNoKey, `for "RS256"`},
		{"encryption algorithm", "rsa", "RS256", "RS256", jwk("rsa").with(object{"alg": "RSA-OAEP"}), jws.ErrNoKey, "RSA-OAEP"},
		{"use", "rsa", "RS256", "RS256", jwk("rsa").with(object{"use": "enc"}), jws.ErrNoKey, `use is "enc"`},
		{"key_ops", "rsa", "RS256", "RS256", jwk("rsa").with(object{"key_ops": []string{"encrypt"}}), jws.ErrNoKey, "key_ops"},
		{"key_ops is no list", "rsa", "RS256", "RS256", jwk("rsa").with(object{"key_ops": "verify"}), jws.ErrNoKey, "key_ops"},
		{"PKCS #1 under a PSS header", "rsa", "RS256", "PS256", jwk("rsa"), jws.ErrSignature, ""},
		{"PSS under a PKCS #1 header", "rsa", "PS256", "RS256", jwk("rsa"), jws.ErrSignature, ""},
		{"other hash", "rsa", "RS256", "RS512", jwk("rsa"), jws.ErrSignature, ""},
		{"other key of the same id", "rsa", "RS256", "RS256", jwk("other rsa").with(object{"kid": "rsa"}), jws.ErrSignature, ""},
		{"other key id", "rsa", "RS256", "RS256", jwk("rsa").with(object{"kid": "x"}), jws.ErrNoKey, `key id "rsa"`},
		{"key without an id", "rsa", "RS256", "RS256", jwk("rsa").with(object{"kid": ""}), jws.ErrNoKey, `key id "rsa"`},
		{"key id in other case", "rsa", "RS256", "RS256", jwk("rsa").with(object{"kid": "RSA"}), jws.ErrNoKey, `key id "rsa"`},
		{"short RSA key", "weak", "RS256", "RS256", jwk("weak"), jws.ErrNoKey, "2040 bits; at least 2048"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, kid := range []string{tt.signer, ""} {
				if kid == "" && strings.Contains(tt.because, "key id") {
					continue // without an id the key fits
				}
				token := sign(t, tt.signer, tt.signed, object{"alg": tt.alg, "kid": kid}.text(t), claims)
				if kid == "" {
					refused(t, token, keys(t, tt.key), every, tt.want)
				} else {
					refused(t, token, keys(t, tt.key), every, tt.want, tt.because)
				}
			}
		})
	}
	for _, good := range []object{{"use": "sig"}, {"alg": "RS256"}, {"key_ops": []string{"sign", "verify"}}} {
		token := sign(t, "rsa", "RS256", `{"alg":"RS256","kid":"rsa"}`, claims)
		if _, _, err := jws.Verify(token, keys(t, jwk("rsa").with(good)), every); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
}

func TestSeveralKeysWithOneID(t *testing.T) {
	all := keys(t, jwk("other rsa").with(object{"kid": "a"}), jwk("P-256").with(object{"kid": "a"}), jwk("rsa").with(object{"kid": "a", "issuer": "https://b"}))
	token := sign(t, "rsa", "RS256", `{"alg":"RS256","kid":"a"}`, claims)
	if _, key, err := jws.Verify(token, all, every); err != nil || key.Issuer != "https://b" {
		t.Errorf("got the key of %q, %v", key.Issuer, err)
	}
	refused(t, token, nil, every, jws.ErrNoKey)
}

func TestPSSSaltLength(t *testing.T) {
	text := b64([]byte(`{"alg":"PS256","kid":"rsa"}`)) + "." + b64([]byte(claims))
	digest := crypto.SHA256.New()
	digest.Write([]byte(text))
	signature, err := rsa.SignPSS(rand.Reader, testKeys()["rsa"].(*rsa.PrivateKey), crypto.SHA256, digest.Sum(nil), &rsa.PSSOptions{SaltLength: 20})
	if err != nil {
		t.Fatal(err)
	}
	refused(t, text+"."+b64(signature), keys(t, jwk("rsa")), every, jws.ErrSignature)
}

func TestMalformedTokens(t *testing.T) {
	good := sign(t, "P-256", "ES256", `{"alg":"ES256","kid":"P-256"}`, claims)
	parts := strings.Split(good, ".")
	header := func(text string) string { return sign(t, "P-256", "ES256", text, claims) }
	tests := []struct {
		name, token string
		want        string
	}{
		{"empty", "", "opaque"},
		{"opaque", "0123456789abcdef", "opaque"},
		{"two parts", parts[0] + "." + parts[1], "2 parts"},
		{"four parts", good + ".x", "4 parts"},
		{"encrypted", good + ".x.y", "encrypted"},
		{"too long", good + strings.Repeat("A", 256<<10), "256 KiB"},
		{"space before", " " + good, "base64url"},
		{"line break after", good + "\n", "base64url"},
		{"line break inside", good[:10] + "\n" + good[10:], "base64url"},
		{"padding", parts[0] + "." + parts[1] + "." + parts[2] + "==", "base64url"},
		{"base64 alphabet", strings.NewReplacer("-", "+", "_", "/").Replace(header(`{"alg":"ES256","kid":"???>>>"}`)), "base64url"},
		{"spare bits in the payload", sparebits(parts[0], b64([]byte("1234567")), parts[2]), "payload"},
		{"header is no JSON", header(`alg`), "JSON"},
		{"header is an array", header(`["alg"]`), "JSON object"},
		{"header and more", header(`{"alg":"ES256"}{}`), "JSON"},
		{"header cut", header(`{"alg":"ES256"`), "JSON"},
		{"invalid UTF-8", header("{\"alg\":\"ES256\",\"x\":\"\xff\"}"), "JSON"},
		{"alg twice", header(`{"alg":"none","alg":"ES256"}`), "twice"},
		{"kid twice, escaped", header(`{"alg":"ES256","kid":"P-256","\u006bid":"x"}`), "twice"},
		{"alg is a number", header(`{"alg":256}`), "alg is not a string"},
		{"alg is null", header(`{"alg":null}`), "alg is not a string"},
		{"kid is a number", header(`{"alg":"ES256","kid":1}`), "kid is not a string"},
		{"typ is an object", header(`{"alg":"ES256","typ":{}}`), "typ is not a string"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refused(t, tt.token, keys(t, jwk("P-256")), every, jws.ErrMalformed, tt.want)
		})
	}
	t.Run("ALG is not alg", func(t *testing.T) {
		refused(t, header(`{"ALG":"ES256","kid":"P-256"}`), keys(t, jwk("P-256")), every, jws.ErrAlgorithm, "names none")
	})
	t.Run("signature length", func(t *testing.T) {
		for _, signature := range []string{"", "AA", parts[2] + "AAAA", "AAAA" + parts[2]} {
			refused(t, parts[0]+"."+parts[1]+"."+signature, keys(t, jwk("P-256")), every, jws.ErrSignature)
		}
	})
}

// sparebits returns a token whose payload decodes to the same bytes if leftover bits
// are ignored.
func sparebits(header, payload, signature string) string {
	return header + "." + payload[:len(payload)-1] + string(payload[len(payload)-1]+1) + "." + signature
}

func TestParseHeader(t *testing.T) {
	token := b64([]byte(" { \"typ\" : \"JWT\" , \"kid\" : \"a\\u00fc\" , \"alg\" : \"PS384\" , \"x\" : { \"alg\" : 1 } } ")) + ".e30."
	got, err := jws.ParseHeader(token)
	if want := (jws.Header{Algorithm: "PS384", KeyID: "aü", Type: "JWT"}); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestErrorsAreSafeToPrint(t *testing.T) {
	hostile := "\x1b[31m\u202e<b>\r\n" + strings.Repeat("k", 5000)
	header := object{"alg": "RS256", "kid": hostile}.text(t)
	_, _, err := jws.Verify(sign(t, "rsa", "RS256", header, claims), keys(t, jwk("rsa")), every)
	for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err)} {
		if strings.ContainsAny(text, "\x1b\u202e\r\n") || len(text) > 400 {
			t.Errorf("got %q", text)
		}
	}
}
