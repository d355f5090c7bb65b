package clientkey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/internal/jws"
)

// A prover signs assertions with a key that was found to be good for it.
type prover struct {
	signer       crypto.Signer
	algorithm    string
	legacy       string              // the algorithm where SHA-1 thumbprints are wanted
	certificates []*x509.Certificate // those for the signer's key
	all          []*x509.Certificate // what the chain to send is made of; nil: none is sent
	keyID        string
	lifetime     time.Duration
	clock        func() time.Time

	shelf shelf
}

// newProver checks a key.
func newProver(k Key) (*prover, error) {
	p := &prover{signer: k.Signer, keyID: k.KeyID, lifetime: k.Lifetime, clock: k.Clock}
	if p.lifetime == 0 {
		p.lifetime = maxLifetime
	}
	if p.clock == nil {
		p.clock = time.Now
	}
	if p.lifetime < minLifetime || p.lifetime > maxLifetime {
		return nil, &Error{Field: "Key.Lifetime", Problem: "is outside of one to ten minutes: leave it out unless the authority wants less than ten"}
	}
	if isNil(k.Signer) {
		return nil, &Error{Field: "Key.Signer", Problem: "is nil: set the private key, such as the one that LoadPEM reads"}
	}
	public := k.Signer.Public()
	able, err := jws.Algorithms(public)
	if err != nil {
		return nil, &Error{Field: "Key.Signer", Problem: "this key cannot sign client assertions: make an RSA key of 2048 bits or more, or an ECDSA key on P-256", Err: err}
	}
	if err := p.setCertificates(k, public); err != nil {
		return nil, err
	}
	return p, p.setAlgorithms(k.Algorithm, able)
}

// isNil reports whether there is no key: a nil pointer in an interface is not nil.
func isNil(s crypto.Signer) bool {
	switch s := s.(type) {
	case nil:
		return true
	case *rsa.PrivateKey:
		return s == nil
	case *ecdsa.PrivateKey:
		return s == nil
	}
	return false
}

func (p *prover) setCertificates(k Key, public crypto.PublicKey) error {
	if len(k.Certificates) == 0 {
		if k.SendChain {
			return &Error{Field: "Key.SendChain", Problem: "is set, but there are no certificates to send: set Key.Certificates"}
		}
		return nil
	}
	var err error
	if p.certificates, err = matching(k.Certificates, public); err != nil {
		return err
	}
	if k.SendChain {
		p.all = slices.Clone(k.Certificates)
	}
	_, err = current(p.certificates, p.clock())
	return err
}

func (p *prover) setAlgorithms(asked string, able []string) error {
	switch {
	case asked != "":
		p.algorithm, p.legacy = asked, asked
	case p.certificates != nil && slices.Contains(able, "PS256"):
		p.algorithm, p.legacy = "PS256", "RS256"
	default:
		p.algorithm, p.legacy = able[0], able[0]
	}
	if !slices.Contains(able, p.algorithm) {
		return &Error{Field: "Key.Algorithm", Problem: "is not one of this key's, which are " + strings.Join(able, ", ") + ": leave it out, or use another key"}
	}
	return nil
}

// claims are what an assertion states (RFC 7523 section 3, OpenID Connect Core 9). The
// audience is one string: a list could hold an attacker's authority beside ours.
type claims struct {
	Audience  string `json:"aud"`
	Issuer    string `json:"iss"`
	Subject   string `json:"sub"`
	ID        string `json:"jti"`
	IssuedAt  int64  `json:"iat"`
	NotBefore int64  `json:"nbf"`
	Expires   int64  `json:"exp"`
}

// header says how an assertion is signed and by which key.
func (p *prover) header(legacy bool, now time.Time) (jws.SigningHeader, error) {
	h := jws.SigningHeader{Algorithm: p.algorithm, Type: "JWT", KeyID: p.keyID}
	if legacy {
		h.Algorithm = p.legacy
	}
	if p.certificates == nil {
		return h, nil
	}
	c, err := current(p.certificates, now)
	if err != nil {
		return h, err
	}
	if p.all != nil {
		h.Chain = chain(c, p.all)
	}
	if legacy {
		h.Thumbprint = thumbprintSHA1(c)
	} else {
		h.ThumbprintSHA256 = thumbprintSHA256(c)
	}
	return h, nil
}

// sign makes a new assertion.
func (p *prover) sign(r latchkey.AssertionRequest) (signed, error) {
	now := p.clock()
	header, err := p.header(r.LegacyThumbprint, now)
	if err != nil {
		return signed{}, err
	}
	s := signed{from: now.Unix(), until: now.Unix() + int64(p.lifetime/time.Second)}
	payload, err := json.Marshal(claims{r.Audience, r.ClientID, r.ClientID, rand.Text(), s.from, s.from, s.until})
	if err != nil {
		return signed{}, err
	}
	s.jwt, err = jws.Sign(header, payload, p.signer)
	if err != nil {
		return signed{}, &Error{Field: "Key.Signer", Problem: "could not sign: check that the key can be reached and used", Err: err}
	}
	return s, nil
}
