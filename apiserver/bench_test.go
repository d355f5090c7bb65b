package apiserver_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/latchkey-auth/latchkey/apiserver"
)

// What a call costs an API, once the keys are there.
func BenchmarkVerify(b *testing.B) {
	w := newWire(rsaKey().of(entraURL+"{tenantid}/v2.0"), ecKey())
	c := w.entra(tenant)
	for _, bench := range []struct{ name, token string }{
		{"RS256", rsaKey().sign(plainJWT, entraClaims())},
		{"ES256", ecKey().sign(plainJWT.with(object{"alg": "ES256"}), entraClaims())},
		{"refused", rsaKey().sign(plainJWT, entraClaims().with(object{"aud": "x"}))},
	} {
		v := verifier(b, c)
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(b.Context(), bench.token); (err != nil) != (bench.name == "refused") {
					b.Fatal(err)
				}
			}
		})
	}
	if n := len(w.requests()); n > 2 { // the keys of two verifiers
		b.Errorf("%d requests", n)
	}
}

func BenchmarkHandler(b *testing.B) {
	w := newWire()
	h := verifier(b, w.entra(tenant)).Handler(apiserver.Requirement{Scopes: []string{"Tasks.Read"}}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r := request("Bearer " + rsaKey().sign(plainJWT, entraClaims()))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			h.ServeHTTP(httptest.NewRecorder(), r)
		}
	})
}
