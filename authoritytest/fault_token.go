package authoritytest

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"slices"
	"time"
)

// Names that stand for somebody else in tampered tokens.
const (
	otherIssuer   = "https://issuer.invalid"
	otherAudience = "00000000-0000-4000-8000-00000000dead"
)

// A claimDefect changes the claims of a token.
type claimDefect func(c *call, claims map[string]any)

func without(name string) claimDefect {
	return func(_ *call, claims map[string]any) { delete(claims, name) }
}

func with(name string, value any) claimDefect {
	return func(_ *call, claims map[string]any) { claims[name] = value }
}

// at sets claims to times, as distances from now.
func at(times map[string]time.Duration) claimDefect {
	return func(c *call, claims map[string]any) {
		for name, d := range times {
			claims[name] = c.now.Add(d).Unix()
		}
	}
}

// claimDefects are the defects of claims.
var claimDefects = map[TokenDefect]claimDefect{
	DefectWrongIss:   with("iss", otherIssuer),
	DefectMissingIss: without("iss"),
	DefectWrongAud:   with("aud", otherAudience),
	DefectMissingAud: without("aud"),
	DefectSeveralAud: func(_ *call, claims map[string]any) {
		claims["aud"] = []any{claims["aud"], otherAudience}
		delete(claims, "azp")
	},
	DefectSecondaryAud: func(_ *call, claims map[string]any) {
		claims["azp"] = claims["aud"]
		claims["aud"] = []any{claims["aud"], otherAudience}
	},
	DefectArrayAud:      func(_ *call, claims map[string]any) { claims["aud"] = []any{claims["aud"]} },
	DefectWrongAzp:      with("azp", otherAudience),
	DefectWrongNonce:    with("nonce", "a-nonce-of-another-request"),
	DefectMissingNonce:  without("nonce"),
	DefectExpired:       at(map[string]time.Duration{"exp": -time.Hour, "iat": -2 * time.Hour, "nbf": -2 * time.Hour}),
	DefectMissingExp:    without("exp"),
	DefectMissingIat:    without("iat"),
	DefectFutureIat:     at(map[string]time.Duration{"iat": time.Hour, "exp": 2 * time.Hour}),
	DefectFutureNbf:     at(map[string]time.Duration{"nbf": time.Hour, "exp": 2 * time.Hour}),
	DefectMissingSub:    without("sub"),
	DefectOtherSub:      func(c *call, claims map[string]any) { claims["sub"] = c.otherSubject(claims) },
	DefectWrongAtHash:   with("at_hash", atHash("another access token")),
	DefectMissingAtHash: without("at_hash"),
	DefectOtherTid:      with("tid", namedGUID("another tenant")),
	DefectOtherOid:      with("oid", namedGUID("another user")),
}

// A signatureDefect makes the token of a header and claims that key should sign.
type signatureDefect func(key *signingKey, header map[string]string, claims map[string]any) (string, error)

// signatureDefects are the defects of signatures.
var signatureDefects = map[TokenDefect]signatureDefect{
	DefectBadSignature: func(key *signingKey, header map[string]string, claims map[string]any) (string, error) {
		return signed(header, claims, func(input string) ([]byte, error) {
			signature, err := key.signature(input)
			if err == nil {
				signature[len(signature)/2] ^= 1
			}
			return signature, err
		})
	},
	DefectAlgNone: func(_ *signingKey, header map[string]string, claims map[string]any) (string, error) {
		header["alg"] = "none"
		delete(header, "kid")
		return signed(header, claims, func(string) ([]byte, error) { return nil, nil })
	},
	DefectHS256: func(key *signingKey, header map[string]string, claims map[string]any) (string, error) {
		der, err := x509.MarshalPKIXPublicKey(key.signer.Public())
		if err != nil {
			return "", err
		}
		mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
		header["alg"] = "HS256"
		return signed(header, claims, func(input string) ([]byte, error) {
			mac.Write([]byte(input))
			return mac.Sum(nil), nil
		})
	},
	DefectES256AsRS256: func(_ *signingKey, header map[string]string, claims map[string]any) (string, error) {
		header["alg"] = algRS256
		return signed(header, claims, signingKeys()[algES256].signature)
	},
	DefectUnpublishedKey: func(key *signingKey, header map[string]string, claims map[string]any) (string, error) {
		return signed(header, claims, unpublishedKeys()[key.alg].signature)
	},
	DefectUnknownKid: func(key *signingKey, header map[string]string, claims map[string]any) (string, error) {
		unpublished := unpublishedKeys()[key.alg]
		header["kid"] = unpublished.id
		return signed(header, claims, unpublished.signature)
	},
	DefectMissingKid: func(key *signingKey, header map[string]string, claims map[string]any) (string, error) {
		delete(header, "kid")
		return signed(header, claims, key.signature)
	},
	DefectUnpublishedNoKid: func(key *signingKey, header map[string]string, claims map[string]any) (string, error) {
		delete(header, "kid")
		return signed(header, claims, unpublishedKeys()[key.alg].signature)
	},
}

// defectNames returns the names of all defects.
func defectNames() []string {
	var names []string
	for name := range claimDefects {
		names = append(names, string(name))
	}
	for name := range signatureDefects {
		names = append(names, string(name))
	}
	slices.Sort(names)
	return names
}

// tampered signs a token as a rule has it.
func (c *call) tampered(t *FaultToken, key *signingKey, typ string, claims map[string]any) (string, error) {
	claims = maps.Clone(claims)
	if change := claimDefects[t.Defect]; change != nil {
		change(c, claims)
	}
	setMembers(claims, t.Set, t.Remove)
	if sign := signatureDefects[t.Defect]; sign != nil {
		return sign(key, map[string]string{"typ": typ, "alg": key.alg, "kid": key.id}, claims)
	}
	return key.sign(typ, claims)
}

// otherSubject returns the sub that a token has for another user.
func (c *call) otherSubject(claims map[string]any) string {
	sub, _ := claims["sub"].(string)
	aud, _ := claims["aud"].(string)
	tid, _ := claims["tid"].(string)
	tenant, app := c.s.state.tenant(tid), c.s.state.app(aud)
	if tenant == nil {
		tenant = c.s.state.roster().first
	}
	users := c.s.CurrentDirectory().Users
	for i := range users {
		if user := &users[i]; app != nil {
			if other := c.subject(tenant, app, user); other != sub {
				return other
			}
		}
	}
	return sub + "-of-another-user"
}
