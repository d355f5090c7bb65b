package apiserver_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/transport"
)

// What the tokens of these tests are about.
const (
	opURL    = "https://op.example/realms/a"
	opKeys   = "https://op.example/keys"
	tenant   = "3c0b6f52-6a4f-4f0e-9c7e-8d2f5b1a7e90"
	stranger = "7f3a9d8e-2c4e-4daa-8f8b-9e1a3c5d6b78"
	msa      = "9188040d-6c67-4c5b-b112-36a304b66dad"
	entraURL = "https://login.microsoftonline.com/"
	apiID    = "4d0e6a5c-9f1b-4a7d-8c5e-6b8d0f2a3e45"
	apiURI   = "api://tasks"
	clientID = "0f6a2c1e-5b7d-4c39-8e1a-2d4f6b8c9a01"
	userID   = "5e1f7b6d-0a2c-4b8e-9d6f-7c9e1a3b4f56"
)

// begin is when the tests' clocks start, and their tokens.
var begin = time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)

// object is a JSON object. Laid over another one, a nil takes the member away.
type object map[string]any

func (o object) with(changes object) object {
	all := maps.Clone(o)
	for name, value := range changes {
		all[name] = value
		if value == nil {
			delete(all, name)
		}
	}
	return all
}

// A testKey signs tokens.
type testKey struct {
	id     string
	signer crypto.Signer
	issuer string // as Microsoft's key sets say it
}

var testKeys = sync.OnceValue(func() (keys struct {
	rsa, other *rsa.PrivateKey
	ec         *ecdsa.PrivateKey
}) {
	var err error
	if keys.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		panic(err)
	}
	if keys.other, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		panic(err)
	}
	if keys.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		panic(err)
	}
	return keys
})

func rsaKey() testKey   { return testKey{id: "rsa", signer: testKeys().rsa} }
func otherKey() testKey { return testKey{id: "other", signer: testKeys().other} }
func ecKey() testKey    { return testKey{id: "ec", signer: testKeys().ec} }

func (k testKey) of(issuer string) testKey {
	k.issuer = issuer
	return k
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// jwk is the key as it is published.
func (k testKey) jwk() object {
	o := object{"kid": k.id, "use": "sig"}
	if k.issuer != "" {
		o["issuer"] = k.issuer
	}
	switch public := k.signer.Public().(type) {
	case *rsa.PublicKey:
		o["kty"], o["n"], o["e"] = "RSA", b64(public.N.Bytes()), b64(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			panic(err)
		}
		o["kty"], o["crv"], o["x"], o["y"] = "EC", "P-256", b64(point[1:33]), b64(point[33:])
	}
	return o
}

func jwks(keys ...testKey) string {
	list := []object{}
	for _, k := range keys {
		list = append(list, k.jwk())
	}
	return encode(object{"keys": list})
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// sign returns a token. The header's alg says how, and is made up for unless it is there.
func (k testKey) sign(header, claims object) string {
	header = object{"alg": "RS256", "kid": k.id}.with(header)
	return k.signText(header, encode(claims))
}

func (k testKey) signText(header object, claims string) string {
	input := b64([]byte(encode(header))) + "." + b64([]byte(claims))
	sum := sha256.Sum256([]byte(input))
	var signature []byte
	var err error
	switch header["alg"] {
	case "none":
	case "HS256":
		panic("use hmacSign")
	case "PS256":
		signature, err = k.signer.Sign(rand.Reader, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256})
	case "ES256":
		r, s, e := ecdsa.Sign(rand.Reader, k.signer.(*ecdsa.PrivateKey), sum[:])
		signature, err = make([]byte, 64), e
		r.FillBytes(signature[:32])
		s.FillBytes(signature[32:])
	default:
		signature, err = k.signer.Sign(rand.Reader, sum[:], crypto.SHA256)
	}
	if err != nil {
		panic(err)
	}
	return input + "." + b64(signature)
}

// hmacSign signs with a shared secret, such as bytes that everybody knows.
func hmacSign(secret []byte, header, claims object) string {
	input := b64([]byte(encode(header))) + "." + b64([]byte(encode(claims)))
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(input))
	return input + "." + b64(mac.Sum(nil))
}

var atJWT, plainJWT = object{"typ": "at+jwt"}, object{"typ": "JWT"}

// oidcClaims are a user's, in the shape of RFC 9068.
func oidcClaims() object {
	return object{
		"iss": opURL, "aud": apiURI, "sub": "user", "client_id": clientID, "jti": "1", "scope": "openid Tasks.Read Tasks.Write",
		"iat": begin.Unix(), "exp": begin.Add(time.Hour).Unix(),
	}
}

// entraClaims are a user's, of version 2.
func entraClaims() object {
	return object{
		"iss": entraURL + tenant + "/v2.0", "aud": apiID, "sub": "pairwise", "oid": userID, "tid": tenant, "azp": clientID, "azpacr": "0",
		"scp": "Tasks.Read Tasks.Write", "ver": "2.0", "uti": "1", "preferred_username": "avery@contoso.test",
		"iat": begin.Unix(), "nbf": begin.Unix(), "exp": begin.Add(time.Hour).Unix(),
	}
}

// versionOne changes entraClaims to those of version 1.
func versionOne() object {
	return object{
		"iss": "https://sts.windows.net/" + tenant + "/", "aud": apiURI, "azp": nil, "azpacr": nil, "appid": clientID, "appidacr": "0", "ver": "1.0",
	}
}

// ofApp changes entraClaims to those of an app's own token.
func ofApp() object {
	return object{"scp": nil, "sub": userID, "idtyp": "app", "roles": []string{"Tasks.Read.All"}, "preferred_username": nil}
}

// A wire answers for authorities.
type wire struct {
	mu      sync.Mutex
	answers map[string]string // body by URL
	down    bool
	asked   []string
}

// newWire has one plain issuer and the keys of three authorities of Microsoft's.
func newWire(keys ...testKey) *wire {
	if len(keys) == 0 {
		keys = []testKey{rsaKey(), ecKey()}
	}
	set := jwks(keys...)
	return &wire{answers: map[string]string{
		opURL + "/.well-known/openid-configuration": encode(object{"issuer": opURL, "token_endpoint": opURL + "/token", "jwks_uri": opKeys}),
		opKeys: set,
		entraURL + tenant + "/discovery/v2.0/keys":                                    set,
		entraURL + "common/discovery/v2.0/keys":                                       set,
		entraURL + "organizations/discovery/v2.0/keys":                                set,
		"https://login.microsoftonline.us/" + tenant + "/discovery/v2.0/keys":         set,
		"https://login.partner.microsoftonline.cn/" + tenant + "/discovery/v2.0/keys": set,
	}}
}

func (w *wire) send(_ context.Context, r *transport.Request) (*transport.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, r.URL)
	body, ok := w.answers[r.URL]
	switch {
	case w.down:
		return nil, &transport.Error{Method: r.Method, Host: "op.example", Err: errors.New("connection refused")}
	case !ok:
		return &transport.Response{Status: 404}, nil
	}
	return &transport.Response{Status: 200, Body: body}, nil
}

func (w *wire) requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.asked...)
}

func (w *wire) set(down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = down
}

// A clock shows the time that a test sets.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// config is for a plain issuer.
func (w *wire) config() apiserver.Config {
	c := &clock{at: begin}
	return apiserver.Config{
		Authority: opURL, Audiences: []string{apiURI}, Algorithms: []string{"RS256", "ES256"}, Transport: w.send, Clock: c.now,
	}
}

// entra is for one of Microsoft's authorities.
func (w *wire) entra(name string, tenants ...string) apiserver.Config {
	c := w.config()
	c.Authority, c.Audiences, c.Tenants = entraURL+name, []string{apiID, apiURI}, tenants
	return c
}

func verifier(t testing.TB, c apiserver.Config, others ...apiserver.Config) *apiserver.Verifier {
	t.Helper()
	v, err := apiserver.NewVerifier(c, others...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// refused checks that err is the refusal that a test expects: of a check, with a status.
func refused(t testing.TB, err error, status int, check string) {
	t.Helper()
	e := (*apiserver.Error)(nil)
	if !errors.As(err, &e) {
		t.Errorf("error is %v, want a refusal by %s", err, check)
		return
	}
	if e.Status != status || e.Check != check {
		t.Errorf("refused with %d by %s, want %d by %s: %v", e.Status, e.Check, status, check, err)
	}
}

func decode(s string) (string, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	return string(b), err
}
