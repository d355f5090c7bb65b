package clientkey

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
)

const (
	client   = "3c9d5f4b-8e0a-4f6c-9b4d-5a7c9e1f2d34"
	audience = "https://login.example.com"
)

var request = latchkey.AssertionRequest{ClientID: client, Audience: audience}

func proverOf(t testing.TB, k Key) *prover {
	t.Helper()
	if k.Clock == nil {
		k.Clock = at(now)
	}
	p, err := newProver(k)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func sign(t testing.TB, p *prover, r latchkey.AssertionRequest) string {
	t.Helper()
	jwt, err := p.assertion(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return jwt
}

// Which algorithm, and by what the key is named.
func TestHeader(t *testing.T) {
	certificates := map[string]*x509.Certificate{}
	for _, name := range []string{"rsa", "P-256", "P-384", "P-521"} {
		certificates[name] = certificateFor(t, name, issued{})
	}
	for _, tt := range []struct {
		key              string
		certificate      bool
		kid, asked       string
		legacy           bool
		want             string
		x5t, x5tS256, id bool
	}{
		{"rsa", true, "", "", false, "PS256", false, true, false},
		{"rsa", true, "", "", true, "RS256", true, false, false},
		{"rsa", true, "k1", "", false, "PS256", false, true, true},
		{"rsa", true, "", "RS384", false, "RS384", false, true, false},
		{"rsa", true, "", "PS512", true, "PS512", true, false, false},
		{"rsa", false, "k1", "", false, "RS256", false, false, true},
		{"rsa", false, "k1", "", true, "RS256", false, false, true},
		{"rsa", false, "", "PS256", false, "PS256", false, false, false},
		{"P-256", true, "", "", false, "ES256", false, true, false},
		{"P-256", true, "", "", true, "ES256", true, false, false},
		{"P-256", false, "k1", "ES256", false, "ES256", false, false, true},
		{"P-384", true, "", "", false, "ES384", false, true, false},
		{"P-384", false, "k1", "", false, "ES384", false, false, true},
		{"P-521", true, "", "", false, "ES512", false, true, false},
		{"P-521", false, "k1", "", false, "ES512", false, false, true},
	} {
		k := Key{Signer: testKey(tt.key), KeyID: tt.kid, Algorithm: tt.asked}
		sha2, old := "", ""
		if tt.certificate {
			c := certificates[tt.key]
			k.Certificates = []*x509.Certificate{c}
			a, b := sha256.Sum256(c.Raw), sha1.Sum(c.Raw)
			if tt.x5tS256 {
				sha2 = base64.RawURLEncoding.EncodeToString(a[:])
			}
			if tt.x5t {
				old = base64.RawURLEncoding.EncodeToString(b[:])
			}
		}
		r := request
		r.LegacyThumbprint = tt.legacy
		o := open(t, sign(t, proverOf(t, k), r))
		h, members := o.header, 2
		for _, there := range []bool{tt.x5t, tt.x5tS256, tt.id} {
			if there {
				members++
			}
		}
		if h.Algorithm != tt.want || h.Type != "JWT" || h.KeyID != tt.kid || h.X5T != old || h.X5TS256 != sha2 || o.members != members {
			t.Errorf("%+v: header %+v of %d members", tt, h, o.members)
		}
	}
}

func TestClaims(t *testing.T) {
	for _, lifetime := range []time.Duration{0, time.Minute, 10 * time.Minute} {
		p := proverOf(t, Key{Signer: testKey("P-256"), Lifetime: lifetime})
		a, b := open(t, sign(t, p, request)).claims, open(t, sign(t, p, request)).claims
		seconds := 600.0
		if lifetime != 0 {
			seconds = lifetime.Seconds()
		}
		begin := float64(now.Unix())
		if a["iss"] != client || a["sub"] != client || a["aud"] != audience || a["iat"] != begin || a["nbf"] != begin || a["exp"] != begin+seconds || len(a) != 7 {
			t.Errorf("claims %v", a)
		}
		if id, _ := a["jti"].(string); len(id) < 22 || a["jti"] == b["jti"] {
			t.Errorf("jti %v and %v", a["jti"], b["jti"])
		}
	}
}

// RFC 7515 section 4.1.6: the signer's certificate first, each certified by the next.
func TestSendChain(t *testing.T) {
	root := certificateFor(t, "ca", issued{name: "root"})
	middle := certificateFor(t, "P-384", issued{name: "middle", by: root, byKey: "ca"})
	leaf := certificateFor(t, "rsa", issued{name: "leaf", by: middle, byKey: "P-384"})
	impostor := certificateFor(t, "P-521", issued{name: "middle"}) // of the same name
	other := certificateFor(t, "rsa2", issued{})
	text := func(list ...*x509.Certificate) (out []string) {
		for _, c := range list {
			out = append(out, base64.StdEncoding.EncodeToString(c.Raw))
		}
		return out
	}
	for _, tt := range []struct {
		name string
		have []*x509.Certificate
		want []string
	}{
		{"alone", []*x509.Certificate{leaf}, text(leaf)},
		{"in order", []*x509.Certificate{leaf, middle, root}, text(leaf, middle, root)},
		{"any order, others among them", []*x509.Certificate{other, root, impostor, middle, leaf, root, leaf}, text(leaf, middle, root)},
		{"a gap", []*x509.Certificate{leaf, root}, text(leaf)},
	} {
		p := proverOf(t, Key{Signer: testKey("rsa"), Certificates: tt.have, SendChain: true})
		if got := open(t, sign(t, p, request)).header.X5C; !slices.Equal(got, tt.want) {
			t.Errorf("%s: %d certificates", tt.name, len(got))
		}
		p = proverOf(t, Key{Signer: testKey("rsa"), Certificates: tt.have})
		if got := open(t, sign(t, p, request)).header.X5C; got != nil {
			t.Errorf("%s: sent without being asked", tt.name)
		}
	}
}

// A key that was certified twice goes on under the certificate that is valid.
func TestRenewedCertificate(t *testing.T) {
	old := certificateFor(t, "rsa", issued{})
	next := certificateFor(t, "rsa", issued{from: now.Add(30 * time.Minute), until: now.Add(24 * time.Hour)})
	clock := now
	p, err := newProver(Key{Signer: testKey("rsa"), Certificates: []*x509.Certificate{next, old}, Clock: func() time.Time { return clock }})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after time.Duration
		want  *x509.Certificate
	}{{0, old}, {45 * time.Minute, next}, {2 * time.Hour, next}} {
		clock = now.Add(step.after)
		if got := open(t, sign(t, p, request)).header.X5TS256; got != thumbprintSHA256(step.want) {
			t.Errorf("after %v: the other certificate", step.after)
		}
	}
}

func TestR7_EmptyAudience(t *testing.T) {
	key := &countingKey{Signer: testKey("P-256")}
	p := proverOf(t, Key{Signer: key})
	for _, r := range []latchkey.AssertionRequest{{}, {ClientID: client}, {Audience: audience}, {Audience: audience, Reusable: true}} {
		_, err := p.assertion(context.Background(), r)
		wantError(t, err, "AssertionRequest", "no audience")
	}
	if key.signed.Load() != 0 {
		t.Error("signed for anybody")
	}
}
