package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	host     = "https://login.microsoftonline.com/"
	tenant   = "11111111-2222-3333-4444-555555550000"
	clientID = "99999999-2222-3333-4444-555555559999"
	keyID    = "k1"
)

var scopes = []string{"api://orders/read"}

// A wire is an authority that answers from memory: no socket, no TLS. Both libraries send
// through it. A code, a refresh token and an assertion end in the number of their user.
type wire struct {
	lifetime int // of access tokens, in seconds
	idToken  string
	requests atomic.Int64 // to the token endpoint
	arrive   func()       // called for each request to the token endpoint; nil: nothing
}

// signingKey is made once: what is measured is the check of a signature.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	return must(rsa.GenerateKey(rand.Reader, 2048))
})

func newWire() *wire { return &wire{lifetime: 24 * 60 * 60} }

func (w *wire) client() *http.Client { return &http.Client{Transport: w} }

// RoundTrip implements [http.RoundTripper].
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	switch {
	case r.Method == http.MethodPost:
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		form, err := url.ParseQuery(string(sent))
		if err != nil {
			return nil, err
		}
		w.requests.Add(1)
		if w.arrive != nil {
			w.arrive()
		}
		body = w.token(r.URL.Path, form)
	case strings.HasSuffix(r.URL.Path, "/keys"):
		body = jwks()
	case strings.Contains(r.URL.Path, "/discovery/instance"):
		body = `{"tenant_discovery_endpoint":"` + host + tenant + `/v2.0/.well-known/openid-configuration","metadata":[{` +
			`"preferred_network":"login.microsoftonline.com","preferred_cache":"login.windows.net",` +
			`"aliases":["login.microsoftonline.com","login.windows.net","login.microsoft.com","sts.windows.net"]}]}`
	default:
		base := host + firstSegment(r.URL.Path)
		body = `{"issuer":"` + base + `/v2.0","authorization_endpoint":"` + base + `/oauth2/v2.0/authorize","token_endpoint":"` +
			base + `/oauth2/v2.0/token","jwks_uri":"` + base + `/discovery/v2.0/keys"}`
	}
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(body)),
		Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}, nil
}

func (w *wire) token(path string, form url.Values) string {
	number := 0
	for _, name := range []string{"code", "refresh_token", "assertion"} {
		if v := form.Get(name); v != "" {
			number = must(strconv.Atoi(v[strings.LastIndexAny(v, ".-")+1:]))
		}
	}
	answer := `{"token_type":"Bearer","expires_in":` + strconv.Itoa(w.lifetime) + `,"ext_expires_in":` + strconv.Itoa(w.lifetime) +
		`,"access_token":"` + accessToken(number) + `"`
	if scope := form.Get("scope"); scope != "" {
		answer += `,"scope":` + strconv.Quote(granted(scope))
	}
	if form.Get("grant_type") == "client_credentials" {
		return answer + "}"
	}
	id := w.idToken
	if id == "" {
		id = unsigned(userClaims(firstSegment(path), number, ""))
	}
	info := encode(`{"uid":"` + objectID(number) + `","utid":"` + tenant + `"}`)
	return answer + `,"refresh_token":"` + refreshToken(number) + `","id_token":"` + id + `","client_info":"` + info + `"}`
}

// granted is what Microsoft Entra answers: scopes of the resource, and none of its own.
func granted(scope string) string {
	kept := strings.Fields(scope)[:0]
	for _, s := range strings.Fields(scope) {
		switch s {
		case "openid", "profile", "offline_access", "email":
		default:
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, " ")
}

func firstSegment(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}

// Tokens are as opaque as real ones, and a little shorter, so that many fit into memory.
func accessToken(n int) string  { return padded("at", n, 600) }
func refreshToken(n int) string { return padded("rt", n, 300) }

func padded(kind string, n, length int) string {
	return kind + strings.Repeat("x", length) + "-" + strconv.Itoa(n)
}

func objectID(n int) string     { return fmt.Sprintf("%08x-aaaa-bbbb-cccc-555555550000", n) }
func homeAccount(n int) string  { return objectID(n) + "." + tenant }
func tenantNumber(n int) string { return fmt.Sprintf("%08x-2222-3333-4444-555555550000", n) }

// resource names the n-th API of one tenant.
func resource(n int) []string { return []string{"api://resource-" + strconv.Itoa(n) + "/.default"} }

// assertion is a user's access token as a service receives it: a JWT of ordinary length.
func assertion(n int) string {
	return encode(`{"alg":"RS256","kid":"k1","typ":"JWT"}`) + "." +
		encode(userClaims(tenant, n, "")+strings.Repeat(" ", 600)) + "." + strings.Repeat("s", 340) + "-" + strconv.Itoa(n)
}

func userClaims(tenant string, n int, nonce string) string {
	now := time.Now().Unix()
	claims := fmt.Sprintf(`{"iss":"%s%s/v2.0","aud":"%s","tid":"%s","oid":"%s","sub":"s%d","iat":%d,"nbf":%d,"exp":%d,`+
		`"name":"User %d","preferred_username":"user%d@contoso.test","ver":"2.0"`,
		host, tenant, clientID, tenant, objectID(n), n, now-60, now-60, now+24*60*60, n, n)
	if nonce != "" {
		claims += `,"nonce":"` + nonce + `"`
	}
	return claims + "}"
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func unsigned(claims string) string {
	return encode(`{"alg":"RS256","kid":"`+keyID+`"}`) + "." + encode(claims) + "." + encode(strings.Repeat("s", 256))
}

func signed(claims string) string {
	text := encode(`{"alg":"RS256","kid":"`+keyID+`"}`) + "." + encode(claims)
	sum := sha256.Sum256([]byte(text))
	return text + "." + encode(string(must(rsa.SignPKCS1v15(rand.Reader, signingKey(), crypto.SHA256, sum[:]))))
}

func jwks() string {
	public := signingKey().PublicKey
	return `{"keys":[{"kty":"RSA","use":"sig","kid":"` + keyID + `","n":"` + encode(string(public.N.Bytes())) +
		`","e":"` + encode(string(big.NewInt(int64(public.E)).Bytes())) + `"}]}`
}

// must is for what cannot fail unless the program is wrong: then there is no number to print.
func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
