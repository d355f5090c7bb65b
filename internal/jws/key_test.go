package jws_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/jws"
)

func TestParseKeys(t *testing.T) {
	text := ` { "keys" : [ {"kty":"RSA","n":1}, 1, null, {"kty":"oct","k":"AA"}, {"kty":"OKP","crv":"Ed25519","x":"AA"}, {"kid":"no type"} , ` +
		jwk("rsa").with(object{"use": "sig", "alg": "RS256", "issuer": "https://i", "x5c": 1, "d": "secret", "p": 5}).text(t) + ` , ` +
		jwk("P-521").text(t) + ` ] , "other" : 1 } `
	got, err := jws.ParseKeys(text)
	if err != nil || len(got) != 3 {
		t.Fatalf("got %d keys, %v", len(got), err)
	}
	if k := got[1]; k.KeyID != "rsa" || k.Use != "sig" || k.Algorithm != "RS256" || k.Issuer != "https://i" {
		t.Errorf("got %q %q %q %q", k.KeyID, k.Use, k.Algorithm, k.Issuer)
	}
	if got[2].KeyID != "P-521" {
		t.Errorf("got %q", got[2].KeyID)
	}
	if got, err := jws.ParseKeys(`{"keys":[]}`); err != nil || len(got) != 0 {
		t.Errorf("empty: got %v, %v", got, err)
	}
}

func TestR16_PrivatePartsAreNotRead(t *testing.T) {
	private := jwk("rsa").with(object{"d": "PRIVATE-PART", "p": 7, "q": []int{1}, "oth": nil})
	got := keys(t, private)
	if token := sign(t, "rsa", "RS256", `{"alg":"RS256","kid":"rsa"}`, claims); len(got) != 1 {
		t.Fatalf("got %d keys", len(got))
	} else if _, _, err := jws.Verify(token, got, every); err != nil {
		t.Error(err)
	}
	if strings.Contains(fmt.Sprintf("%#v", got), "PRIVATE-PART") {
		t.Error("a key keeps its private part")
	}
}

func TestBadKeySets(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "HTML": "<html>secret</html>", "array": "[]", "null": "null", "no keys": "{}", "keys null": `{"keys":null}`,
		"keys object": `{"keys":{}}`, "keys text": `{"keys":"[]"}`, "cut": `{"keys":[`, "twice": `{"keys":[],"keys":[]}`, "more": `{"keys":[]} x`, "case": `{"KEYS":[]}`,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := jws.ParseKeys(text)
			if got != nil || err == nil || !strings.Contains(err.Error(), "jwks_uri") || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %d keys, %v", len(got), err)
			}
		})
	}
}

func TestR16_LimitsOfAKeySet(t *testing.T) {
	many := func(n int) string {
		return `{"keys":[` + strings.TrimSuffix(strings.Repeat(`{"kty":"EC"},`, n), ",") + `]}`
	}
	long := func(n int) string {
		const frame = `{"keys":[],"x":""}`
		return `{"keys":[],"x":"` + strings.Repeat("x", n-len(frame)) + `"}`
	}
	tests := []struct {
		name, text string
		ok         bool
	}{
		{"100 keys", many(100), true},
		{"101 keys", many(101), false},
		{"256 KiB", long(256 << 10), true},
		{"256 KiB and a byte", long(256<<10 + 1), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := jws.ParseKeys(tt.text); (err == nil) != tt.ok {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A broken or weak key says so when a token needs it, and leaves the others alone.
func TestR16_UnusableKeysSayWhy(t *testing.T) {
	n := func(bits int, low uint) string { // an n-bit number
		v := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
		return b64(v.SetBit(v, 0, low).Bytes())
	}
	half := func(size int) string { return b64(make([]byte, size)) }
	tests := []struct {
		name string
		base string
		key  object
		want string
	}{
		{"2047 bits", "rsa", object{"n": n(2047, 1)}, "at least 2048"},
		{"512 bits", "rsa", object{"n": n(512, 1)}, "at least 2048"},
		{"short but padded", "rsa", object{"n": "AAAA" + n(512, 1)}, "at least 2048"},
		{"16385 bits", "rsa", object{"n": n(16385, 1)}, "more than 16384"},
		{"even modulus", "rsa", object{"n": n(2048, 0)}, "even"},
		{"exponent 0", "rsa", object{"e": "AA"}, "exponent"},
		{"exponent 1", "rsa", object{"e": "AQ"}, "exponent"},
		{"exponent 2", "rsa", object{"e": "Ag"}, "exponent"},
		{"exponent too large", "rsa", object{"e": b64([]byte{1, 0, 0, 0, 1})}, "exponent"},
		{"no modulus", "rsa", object{"n": ""}, "n is missing"},
		{"modulus with padding", "rsa", object{"n": n(2048, 1) + "=="}, "not base64url"},
		{"no exponent", "rsa", object{"e": 3}, "e is not a string"},
		{"unknown curve", "P-256", object{"crv": "P-224"}, "P-256, P-384 or P-521"},
		{"secp256k1", "P-256", object{"crv": "secp256k1"}, "P-256, P-384 or P-521"},
		{"no curve", "P-256", object{"crv": nil}, "crv is not a string"},
		{"curve of another length", "P-256", object{"crv": "P-384"}, "length of its curve"},
		{"point not on the curve", "P-256", object{"x": half(32)}, "not on its curve"},
		{"point at infinity", "P-256", object{"x": half(32), "y": half(32)}, "not on its curve"},
		{"coordinate cut", "P-256", object{"x": half(31)}, "length of its curve"},
		{"no coordinate", "P-256", object{"y": 1}, "y is not a string"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			broken := jwk(tt.base).with(tt.key)
			all := keys(t, broken, jwk("other P-256"))
			alg := map[string]string{"rsa": "RS256", "P-256": "ES256"}[tt.base]
			token := sign(t, tt.base, alg, object{"alg": alg, "kid": tt.base}.text(t), claims)
			refused(t, token, all, every, jws.ErrNoKey, tt.want)
			good := sign(t, "other P-256", "ES256", `{"alg":"ES256","kid":"other P-256"}`, claims)
			if _, _, err := jws.Verify(good, all, every); err != nil {
				t.Errorf("its neighbour: %v", err)
			}
		})
	}
}
