package main

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"sync"
	"time"

	msalcache "github.com/AzureAD/microsoft-authentication-library-for-go/apps/cache"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/clientkey"
	"github.com/latchkey-auth/latchkey/transport"
)

const redirectURI = "http://localhost"

var ctx = context.Background()

func config(w *wire, store cache.Store, checked bool) latchkey.Config {
	return latchkey.Config{
		Authority: host + tenant, ClientID: clientID, Cache: store, Transport: transport.NetHTTP(w.client()),
		InsecureSkipSignatureCheck: !checked,
	}
}

func ourPublic(w *wire, store cache.Store) *latchkey.PublicClient {
	return must(latchkey.NewPublic(config(w, store, false)))
}

func ourConfidential(w *wire, c latchkey.Credential) *latchkey.ConfidentialClient {
	return must(latchkey.NewConfidential(config(w, nil, false), c))
}

func msalPublic(w *wire, store msalcache.ExportReplace) public.Client {
	options := []public.Option{public.WithAuthority(host + tenant), public.WithHTTPClient(w.client())}
	if store != nil {
		options = append(options, public.WithCache(store))
	}
	return must(public.New(clientID, options...))
}

func msalConfidential(w *wire, c confidential.Credential) confidential.Client {
	return must(confidential.New(host+tenant, clientID, c, confidential.WithHTTPClient(w.client())))
}

func msalSecret() confidential.Credential { return must(confidential.NewCredFromSecret("secret")) }

// certificate is of the signing key, and made once.
var certificate = sync.OnceValue(func() *x509.Certificate {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(48 * time.Hour)}
	der := must(x509.CreateCertificate(rand.Reader, template, template, signingKey().Public(), signingKey()))
	return must(x509.ParseCertificate(der))
})

func ourCertificate() latchkey.Credential {
	return must(clientkey.New(clientkey.Key{Signer: signingKey(), Certificates: []*x509.Certificate{certificate()}}))
}

func msalCertificate() confidential.Credential {
	return must(confidential.NewCredFromCert([]*x509.Certificate{certificate()}, signingKey()))
}

// signInOurs gives the client a user.
func signInOurs(c *latchkey.PublicClient, n int) {
	r := must(c.AcquireTokenByRefreshToken(ctx, refreshToken(n), latchkey.RefreshTokenRequest{Scopes: scopes}))
	check(r.CacheError)
}

func signInMSAL(c public.Client, n int) public.Account {
	return must(c.AcquireTokenByAuthCode(ctx, padded("code", n, 0), redirectURI, scopes)).Account
}

// silentOurs is a hit: anything else stops the program.
func silentOurs(c *latchkey.PublicClient, account string) {
	r, err := c.AcquireTokenSilent(ctx, latchkey.SilentRequest{Account: latchkey.Account{HomeAccountID: account}, Scopes: scopes})
	check(err)
	if r.Source.From != latchkey.FromCache {
		panic("not from the cache")
	}
}

func silentMSAL(c public.Client, account public.Account) {
	must(c.AcquireTokenSilent(ctx, scopes, public.WithSilentAccount(account)))
}
