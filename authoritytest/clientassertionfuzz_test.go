package authoritytest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// No assertion makes the server panic, and none without a key's signature gets through.
func FuzzClientAssertion(f *testing.F) {
	now := time.Now()
	cert := certificate(f, "p384", "daemon", nil, "", now.Add(-time.Hour), now.Add(time.Hour))
	d := DefaultDirectory()
	d.Apps[3].Keys = []AppKey{{Certificate: pemOf(cert)}, {JWK: jwkOf(f, "p256", nil)}, {Subject: "x", Issuer: pemOf(cert)}}
	s := &Server{Directory: d}
	if err := s.Start(); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(s.Close)
	f.Add(true, `{"alg":"ES256","kid":"p256"}`, `{"iss":"`+defaultDaemon+`","exp":1e300}`, []byte("signature"))
	f.Add(false, `{"alg":"PS256","x5t#S256":"x","x5c":["MII",1]}`, `{"aud":[],"nbf":-1e300}`, make([]byte, 64))
	f.Add(false, `{"alg":"ES512","crit":[]}`, `null`, []byte(nil))
	f.Fuzz(func(t *testing.T, shape bool, header, claims string, signature []byte) {
		u := s.URL() + oidcToken + "?" + oidcBackDoor
		if shape {
			u = s.Authority("") + entraToken
		}
		text := b64([]byte(header)) + "." + b64([]byte(claims)) + "." + b64(signature)
		form := pairs("grant_type", "client_credentials", "scope", "api://"+defaultAPI+"/.default", "client_id", defaultDaemon,
			"client_assertion_type", assertionType, "client_assertion", text).Encode()
		req, err := http.NewRequest("POST", u, strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", formType)
		if rep := fuzzed(t, s, req); rep.StatusCode == 200 {
			t.Error("accepted")
		}
	})
}

func FuzzAppKey(f *testing.F) {
	for name := range curveKeys() {
		f.Add(string(jwkOf(f, name, nil)), "")
	}
	f.Add(`{"kty":"RSA","n":"AQAB","e":"AQAB"}`, "")
	now := time.Now()
	f.Add("", pemOf(certificate(f, "p256", "c", nil, "", now, now)))
	f.Fuzz(func(t *testing.T, jwk, certificate string) {
		k := AppKey{Certificate: certificate}
		if jwk != "" {
			k.JWK = json.RawMessage(jwk)
		}
		if key, err := k.read(); err == nil && strong(key.public) != nil {
			t.Error("a key that checks nothing was accepted")
		}
	})
}
