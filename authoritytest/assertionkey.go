package authoritytest

import (
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strings"
	"time"
)

// checkSignature finds the key that the assertion names, and checks that it signed it.
func (c *call) checkSignature(keys []assertionKey, a *assertion) *refusal {
	alg := a.head("alg")
	if !slices.Contains(assertionAlgorithms, alg) {
		return refused(assertionSignature, "alg must be one of "+strings.Join(assertionAlgorithms, ", "))
	}
	public, only, k := c.assertionKey(keys, a)
	switch {
	case k != nil:
		return k
	case only != "" && only != alg:
		return refused(assertionSignature, "the key is registered for "+only)
	case !a.signedBy(public):
		return refused(assertionSignature, "signed with "+alg)
	}
	return nil
}

// assertionKey returns the registered key that signed the assertion, and the only
// algorithm that it is for, if it has one. A client with a single key need not name it
// (OpenID Connect Core, section 10.1).
func (c *call) assertionKey(keys []assertionKey, a *assertion) (public crypto.PublicKey, alg string, k *refusal) {
	i := slices.IndexFunc(keys, func(k assertionKey) bool { return k.named(a) })
	unnamed := a.head("kid") == "" && a.head("x5t") == "" && a.head("x5t#S256") == ""
	if i < 0 && unnamed && len(keys) == 1 && keys[0].public != nil {
		i = 0
	}
	if i >= 0 {
		key := keys[i]
		if !key.expires.IsZero() && !c.now.Before(key.expires) {
			return nil, "", refused(expiredKey, c.timestamp())
		}
		if cert := key.certificate; cert != nil && (c.now.Before(cert.NotBefore) || c.now.After(cert.NotAfter)) {
			return nil, "", refused(expiredKey, c.timestamp())
		}
		return key.public, key.alg, nil
	}
	if sent, ok := a.chain(); ok {
		for _, key := range keys {
			if key.certifies(sent, c.now) {
				return sent[0].PublicKey, "", nil
			}
		}
		return nil, "", refused(unregisteredKey, "nor is the subject and issuer of its x5c")
	}
	if unnamed {
		return nil, "", refused(unregisteredKey, "it names no key by kid, x5t#S256 or x5t")
	}
	return nil, "", refused(unregisteredKey, "check its kid, x5t#S256 or x5t")
}

// chain returns the certificates that the assertion brings along (RFC 7515, section
// 4.1.6), which prove nothing by themselves.
func (a *assertion) chain() ([]*x509.Certificate, bool) {
	list, _ := a.header["x5c"].([]any)
	var chain []*x509.Certificate
	for _, entry := range list {
		text, _ := entry.(string)
		der, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil {
			return nil, false
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, false
		}
		chain = append(chain, c)
	}
	const longest = 10
	return chain, len(chain) > 0 && len(chain) <= longest
}

// certifies reports whether the key's issuer issued the first certificate of a chain to
// the key's subject.
func (k assertionKey) certifies(chain []*x509.Certificate, now time.Time) bool {
	if k.issuer == nil || chain[0].Subject.CommonName != k.subject || strong(chain[0].PublicKey) != nil {
		return false
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: k.issuer, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err == nil
}

// named reports whether the assertion names the key, by one of the ways that the key has.
// Thumbprints are accepted in base64 too, as MSAL Go writes them.
func (k assertionKey) named(a *assertion) bool {
	if k.certificate == nil {
		return k.kid != "" && k.kid == a.head("kid")
	}
	is := func(sum []byte, said string) bool {
		return said == b64(sum) || said == base64.StdEncoding.EncodeToString(sum)
	}
	sha2, old := sha256.Sum256(k.certificate.Raw), sha1.Sum(k.certificate.Raw)
	if said := a.head("x5t#S256"); said != "" {
		return is(sha2[:], said)
	}
	return is(old[:], a.head("x5t"))
}
