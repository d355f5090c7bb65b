package authoritytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"strings"
	"time"
)

// An AppKey is what an app's client assertions are checked with (RFC 7523, section 2.2):
// a certificate, or a public key, or a subject with who certifies it.
type AppKey struct {
	Certificate string          `json:"certificate,omitempty"` // PEM; an assertion names it by x5t#S256 or x5t
	JWK         json.RawMessage `json:"jwk,omitempty"`         // public key, RFC 7517; an assertion names it by its kid
	Subject     string          `json:"subject,omitempty"`     // common name of a certificate that the assertion brings as x5c
	Issuer      string          `json:"issuer,omitempty"`      // with Subject: PEM certificate of who issued that one

	Expires time.Time `json:"expires,omitzero"` // from when on it is good for nothing; zero = never, but a certificate has its own end
}

// A Federation lets tokens of another issuer stand for the app's assertions, in
// the Entra shape (workload identity federation).
type Federation struct {
	Issuer   string   `json:"issuer"`             // iss, compared exactly
	Subject  string   `json:"subject"`            // sub, compared exactly
	Audience string   `json:"audience,omitempty"` // aud; "" = api://AzureADTokenExchange
	Keys     []AppKey `json:"keys"`               // what the issuer signs with
}

const (
	federatedAudience = "api://AzureADTokenExchange"
	minRSA            = 2048 // bits
)

// An assertionKey is an AppKey, read.
type assertionKey struct {
	public      crypto.PublicKey  // nil: any of a certificate of subject
	kid, alg    string            // of a JWK
	certificate *x509.Certificate // nil: a JWK
	subject     string
	issuer      *x509.CertPool
	expires     time.Time
}

// proofs are what a client can prove itself with, beside its secrets.
type proofs struct {
	keys      []assertionKey
	federated []federated
}

type federated struct {
	Federation
	keys []assertionKey
}

// proofs reads the app's keys, which were checked before.
func (a App) proofs() proofs {
	var p proofs
	read := func(keys []AppKey) (list []assertionKey) {
		for _, k := range keys {
			if key, err := k.read(); err == nil {
				key.expires = k.Expires
				list = append(list, key)
			}
		}
		return list
	}
	p.keys = read(a.Keys)
	for _, f := range a.Federated {
		if f.Audience == "" {
			f.Audience = federatedAudience
		}
		p.federated = append(p.federated, federated{f, read(f.Keys)})
	}
	return p
}

func (k AppKey) read() (key assertionKey, err error) {
	switch {
	case k.Certificate != "" && k.JWK == nil && k.Subject == "" && k.Issuer == "":
		if key.certificate, err = readCertificate(k.Certificate); err == nil {
			key.public = key.certificate.PublicKey
			err = strong(key.public)
		}
	case k.JWK != nil && k.Certificate == "" && k.Subject == "" && k.Issuer == "":
		key, err = readJWK(k.JWK)
	case k.Subject != "" && k.Issuer != "" && k.Certificate == "" && k.JWK == nil:
		var issuer *x509.Certificate
		if issuer, err = readCertificate(k.Issuer); err == nil {
			key.subject, key.issuer = k.Subject, x509.NewCertPool()
			key.issuer.AddCert(issuer)
		}
	default:
		err = errors.New("give certificate, or jwk, or subject and issuer")
	}
	return key, err
}

func readCertificate(text string) (*x509.Certificate, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || strings.TrimSpace(string(rest)) != "" {
		return nil, errors.New("a certificate must be one PEM block CERTIFICATE, without a private key")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, errors.New("the certificate cannot be read")
	}
	return c, nil
}

// strong refuses keys that assertions must not be checked with.
func strong(public crypto.PublicKey) error {
	switch public := public.(type) {
	case *rsa.PublicKey:
		if public.N.BitLen() < minRSA || public.E < 3 {
			return errors.New("RSA keys need 2048 bits")
		}
		return nil
	case *ecdsa.PublicKey:
		if slices.Contains([]elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()}, public.Curve) {
			return nil
		}
	}
	return errors.New("the key must be RSA, or ECDSA on P-256, P-384 or P-521")
}

// readJWK reads a public key (RFC 7517; RFC 7518, section 6).
func readJWK(text json.RawMessage) (assertionKey, error) {
	var members map[string]any
	if json.Unmarshal(text, &members) != nil || members == nil {
		return assertionKey{}, errors.New("jwk must be a JSON object")
	}
	member := func(name string) string { s, _ := members[name].(string); return s }
	number := func(name string) *big.Int {
		b, _ := base64.RawURLEncoding.Strict().DecodeString(member(name))
		return new(big.Int).SetBytes(b)
	}
	key := assertionKey{kid: member("kid"), alg: member("alg")}
	switch {
	case members["d"] != nil || members["k"] != nil:
		return key, errors.New("jwk is a private key: give the public part only")
	case member("use") != "" && member("use") != "sig":
		return key, errors.New("the use of jwk must be sig")
	}
	switch member("kty") {
	case "RSA":
		if e := number("e"); e.IsInt64() && e.Int64() < 1<<31 {
			key.public = &rsa.PublicKey{N: number("n"), E: int(e.Int64())}
		}
	case "EC":
		curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[member("crv")]
		x, y := number("x"), number("y")
		if curve == nil || x.BitLen() > curve.Params().BitSize || y.BitLen() > curve.Params().BitSize {
			break
		}
		size := (curve.Params().BitSize + 7) / 8
		point := slices.Concat([]byte{4}, x.FillBytes(make([]byte, size)), y.FillBytes(make([]byte, size)))
		if public, err := ecdsa.ParseUncompressedPublicKey(curve, point); err == nil {
			key.public = public
		}
	}
	return key, strong(key.public)
}
