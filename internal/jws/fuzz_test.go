package jws

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

// FuzzParseHeader compares with encoding/json: what is accepted has exactly one meaning.
func FuzzParseHeader(f *testing.F) {
	for _, header := range []string{
		`{"alg":"RS256"}`, `{"alg":"ES256","kid":"a","typ":"JWT","jwk":{"kty":"oct"}}`, `{"alg":"none"}`, `{"alg":"HS256"}`,
		`{"alg":"RS256","crit":["b64"],"b64":false}`, `{"ALG":"RS256"}`, `{"alg":"RS256","alg":"none"}`, `[]`, ``, "{\"alg\":\"RS256\",\"\\ud800\":1}",
	} {
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(header)) + ".e30.AA")
	}
	f.Add("a.b.c.d.e")
	f.Fuzz(func(t *testing.T, compact string) {
		h, err := ParseHeader(compact)
		if err != nil {
			if h != (Header{}) {
				t.Fatalf("%+v with %v", h, err)
			}
			return
		}
		decoded, err := base64.RawURLEncoding.Strict().DecodeString(strings.Split(compact, ".")[0])
		if err != nil {
			t.Fatal(err)
		}
		var twin map[string]any
		if err := json.Unmarshal(decoded, &twin); err != nil {
			t.Fatal(err)
		}
		for name, got := range map[string]string{"alg": h.Algorithm, "kid": h.KeyID, "typ": h.Type} {
			if want, ok := twin[name]; ok && want != got || !ok && got != "" {
				t.Errorf("%s: got %q, want %v", name, got, want)
			}
		}
		for _, name := range []string{"crit", "b64"} {
			if _, ok := twin[name]; ok {
				t.Errorf("accepted with %s", name)
			}
		}
		if _, ok := known[h.Algorithm]; !ok {
			t.Errorf("accepted with alg %q", h.Algorithm)
		}
	})
}

// FuzzParseKeys compares with encoding/json, and checks that no unfit key is usable.
func FuzzParseKeys(f *testing.F) {
	for _, s := range []string{
		`{"keys":[]}`, `{"keys":[{"kty":"EC","crv":"P-256","kid":"a","use":"sig","alg":"ES256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}`,
		`{"keys":[{"kty":"RSA","n":"` + strings.Repeat("_", 343) + `","e":"AQAB","issuer":"https://i"},null,1]}`, `{"keys":null}`, `<html>`, `{"keys":[{"kty":"oct","k":"AA"}]}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := ParseKeys(text)
		if err != nil {
			if keys != nil {
				t.Fatalf("%d keys with %v", len(keys), err)
			}
			return
		}
		var twin struct{ Keys []json.RawMessage }
		if err := json.Unmarshal([]byte(text), &twin); err != nil || len(keys) > len(twin.Keys) || len(keys) > maxKeys {
			t.Fatalf("%d keys of %d, %v", len(keys), len(twin.Keys), err)
		}
		for _, k := range keys {
			switch public := k.public.(type) {
			case nil:
				if k.reason == "" {
					t.Error("a key is unusable without a reason")
				}
			case *rsa.PublicKey:
				if public.N.BitLen() < 2048 || public.N.Bit(0) == 0 || public.E < 3 || public.E%2 == 0 {
					t.Errorf("an RSA key of %d bits with exponent %d is usable", public.N.BitLen(), public.E)
				}
			case *ecdsa.PublicKey:
				if _, err := public.ECDH(); err != nil {
					t.Error(err)
				}
			}
		}
	})
}
