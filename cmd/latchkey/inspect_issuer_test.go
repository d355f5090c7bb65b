package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/internal/jws"
	"github.com/latchkey-auth/latchkey/transport"
)

// Microsoft's version 1 tokens, which most APIs get, have another issuer than the
// authority that publishes their keys.
func TestInspectVersionOneTokens(t *testing.T) {
	const tenant = "3c0b6f52-6a4f-4f0e-9c7e-8d2f5b1a7e90"
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	n := base64.RawURLEncoding.EncodeToString(key.N.Bytes())
	e := base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())
	send := func(context.Context, *transport.Request) (*transport.Response, error) {
		return &transport.Response{Status: 200, Body: `{"keys":[{"kty":"RSA","kid":"1","n":"` + n + `","e":"` + e + `"}]}`}, nil
	}
	a, err := authority.Parse("https://login.microsoftonline.com/"+tenant, authority.Entra())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_800_000_000, 0)
	v := newVerifier(a, send, func() time.Time { return now })
	tests := []struct {
		name, iss, tid string
		good           bool
	}{
		{"version 2", "https://login.microsoftonline.com/" + tenant + "/v2.0", tenant, true},
		{"version 1", "https://sts.windows.net/" + tenant + "/", tenant, true},
		{"another tenant", "https://sts.windows.net/9188040d-6c67-4c5b-b112-36a304b66dad/", "9188040d-6c67-4c5b-b112-36a304b66dad", false},
		{"another host", "https://sts.example.net/" + tenant + "/", tenant, false},
	}
	for _, tt := range tests {
		claims := fmt.Sprintf(`{"iss":%q,"tid":%q,"aud":"api://a","appid":"c","oid":"o","sub":"s","scp":"x","iat":%d,"nbf":%d,"exp":%d}`,
			tt.iss, tt.tid, now.Unix()-7200, now.Unix()-7200, now.Unix()-3600)
		compact, err := jws.Sign(jws.SigningHeader{Algorithm: "RS256", Type: "JWT", KeyID: "1"}, []byte(claims), key)
		if err != nil {
			t.Fatal(err)
		}
		token, err := parseJWT(compact)
		if err != nil {
			t.Fatal(err)
		}
		var failed []string
		for _, f := range v.verify(t.Context(), compact, token, nil) {
			if f.problem != "" {
				failed = append(failed, f.check)
			}
		}
		// Each has ended, which does not change who has issued it.
		if want := map[bool]string{true: "time", false: "issuer time"}[tt.good]; strings.Join(failed, " ") != want {
			t.Errorf("%s: %v fail, want %s", tt.name, failed, want)
		}
	}
}
