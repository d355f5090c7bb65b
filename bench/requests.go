package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	msalcache "github.com/AzureAD/microsoft-authentication-library-for-go/apps/cache"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/latchkey-auth/latchkey"
)

func timed(do func()) float64 {
	started := time.Now()
	do()
	return float64(time.Since(started).Nanoseconds())
}

// together calls do in so many goroutines that start at once.
func together(goroutines int, do func(n int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for n := range goroutines {
		wg.Go(func() {
			<-start
			do(n)
		})
	}
	close(start)
	wg.Wait()
}

// expiredRows is many callers who find that their common token has ended. The authority
// takes 20 ms to answer, so that they do meet.
func expiredRows(p pace, callers int) []row {
	var ours, peers []*herd
	for range p.rounds {
		ours = append(ours, newHerd(func(w *wire) func() {
			c := ourConfidential(w, latchkey.Secret("secret"))
			return func() { appOurs(c, "", resource(0)) }
		}))
		peers = append(peers, newHerd(func(w *wire) func() {
			c := msalConfidential(w, msalSecret())
			return func() { must(c.AcquireTokenByCredential(ctx, resource(0))) }
		}))
	}
	time.Sleep(1100 * time.Millisecond) // MSAL Go has no clock to move
	var samples, peerSamples []sample
	var requests, peerRequests int64
	for i := range p.rounds {
		took, sent := ours[i].run(callers)
		samples, requests = append(samples, sample{ns: took}), max(requests, sent)
		took, sent = peers[i].run(callers)
		peerSamples, peerRequests = append(peerSamples, sample{ns: took}), max(peerRequests, sent)
	}
	of := func(s sample) float64 { return s.ns }
	return []row{row{
		Name: fmt.Sprintf("expired/callers=%d", callers), NS: median(samples, of), Peer: msalGo, PeerNS: median(peerSamples, of),
		Note: fmt.Sprintf("wall time of all; requests sent: %d, peer %d; an answer takes 20 ms", requests, peerRequests),
	}.withRatio()}
}

// A herd is a client whose token lasts one second.
type herd struct {
	wire *wire
	do   func()
}

func newHerd(client func(w *wire) (do func())) *herd {
	h := &herd{wire: newWire()}
	h.do = client(h.wire)
	h.wire.lifetime = 1
	h.do()
	return h
}

func (h *herd) run(callers int) (ns float64, requests int64) {
	h.wire.lifetime = 24 * 60 * 60
	h.wire.arrive = func() { time.Sleep(20 * time.Millisecond) }
	before := h.wire.requests.Load()
	ns = timed(func() { together(callers, func(int) { h.do() }) })
	return ns, h.wire.requests.Load() - before
}

// redeemRows is the redemption of a code. Its floor is a POST and the decoding of its answer.
func redeemRows(p pace) []row {
	w := newWire()
	plain, checked := ourPublic(w, nil), must(latchkey.NewPublic(config(w, nil, true)))
	peer := msalPublic(w, nil)
	flow := must(plain.AuthCodeURL(ctx, latchkey.AuthCodeRequest{Scopes: scopes, RedirectURI: redirectURI}))
	nonce := must(url.Parse(flow.URL())).Query().Get("nonce")
	w.idToken = signed(userClaims(tenant, 1, nonce))
	redeem := func(c *latchkey.PublicClient) op {
		return func(int) { must(c.AcquireTokenByCode(ctx, flow, "code=c-1&state="+flow.State())) }
	}
	bare := w.client()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {"c-1"}, "client_id": {clientID}, "redirect_uri": {redirectURI}, "scope": scopes}
	m := p.compare(
		side{do: redeem(plain)}, side{do: redeem(checked)},
		side{do: func(int) { post(bare, form) }},
		side{do: func(int) { signInMSAL(peer, 1) }})
	result := func(name string, s sample, note string) row {
		return row{Name: name, NS: s.ns, Bytes: s.bytes, Allocs: s.allocs, FloorNS: m[2].ns, Peer: msalGo, PeerNS: m[3].ns, Note: note}.withRatio()
	}
	return []row{
		result("redeem/unchecked", m[0], "the peer checks no signature"),
		result("redeem/checked", m[1], fmt.Sprintf("the RSA signature check: %.1f µs", (m[1].ns-m[0].ns)/1000)),
	}
}

// post is a bare token request.
func post(c *http.Client, form url.Values) {
	request := must(http.NewRequestWithContext(ctx, http.MethodPost, host+tenant+"/oauth2/v2.0/token", strings.NewReader(form.Encode())))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response := must(c.Do(request))
	defer response.Body.Close()
	var answer struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		IDToken      string `json:"id_token"`
		Scope        string `json:"scope"`
		ExpiresIn    int64  `json:"expires_in"`
		ClientInfo   string `json:"client_info"`
	}
	check(json.Unmarshal(must(io.ReadAll(response.Body)), &answer))
	if answer.AccessToken == "" || answer.IDToken == "" {
		panic("no tokens")
	}
}

// certificateRows is a token request that a private key vouches for, the cache left aside.
func certificateRows(p pace) []row {
	w := newWire()
	ours, peer := ourConfidential(w, ourCertificate()), msalConfidential(w, msalCertificate())
	w.lifetime = 60 // the peer takes that for ended, and has no other way to be made to ask
	m := p.compare(
		side{do: func(int) {
			must(ours.AcquireTokenByClientCredential(ctx, latchkey.ClientCredentialRequest{Scopes: resource(0), ForceRefresh: true}))
		}},
		side{do: func(int) { must(peer.AcquireTokenByCredential(ctx, resource(0))) }})
	return []row{row{Name: "certificate", NS: m[0].ns, Bytes: m[0].bytes, Allocs: m[0].allocs, Peer: msalGo, PeerNS: m[1].ns, Note: "RSA 2048"}.withRatio()}
}

// A partitioned store is what MSAL Go's documentation recommends: an entry for each partition.
type partitioned struct {
	mu      sync.Mutex
	entries map[string][]byte
}

func (s *partitioned) Replace(_ context.Context, c msalcache.Unmarshaler, h msalcache.ReplaceHints) error {
	s.mu.Lock()
	data := s.entries[h.PartitionKey]
	s.mu.Unlock()
	if data == nil {
		data = []byte("{}")
	}
	return c.Unmarshal(data)
}

func (s *partitioned) Export(_ context.Context, c msalcache.Marshaler, h msalcache.ExportHints) error {
	data, err := c.Marshal()
	s.mu.Lock()
	s.entries[h.PartitionKey] = data
	s.mu.Unlock()
	return err
}

// partitionedRows is one client that many goroutines ask for tokens of many users, over a
// store with an entry for each user. calls is how many there are together.
func partitionedRows(goroutines, users, calls int) []row {
	w := newWire()
	ours := ourPublic(w, newShared())
	peer := msalPublic(w, &partitioned{entries: map[string][]byte{}})
	accounts, peers := make([]string, users), make([]public.Account, users)
	for n := range users {
		accounts[n] = homeAccount(n)
		signInOurs(ours, n)
		peers[n] = signInMSAL(peer, n)
	}
	o := randomOrder(users)
	run := func(do func(i int) error) (ns float64, failed int64) {
		var failures atomic.Int64
		ns = timed(func() {
			together(goroutines, func(n int) {
				for i := range calls / goroutines {
					if do(n*7919+i) != nil {
						failures.Add(1)
					}
				}
			})
		})
		return ns / float64(calls), failures.Load()
	}
	ns, failed := run(func(i int) error {
		r, err := ours.AcquireTokenSilent(ctx, latchkey.SilentRequest{Account: latchkey.Account{HomeAccountID: accounts[o.at(i)]}, Scopes: scopes})
		if err == nil && r.Account.HomeAccountID != accounts[o.at(i)] {
			panic("the token of another user")
		}
		return err
	})
	peerNS, peerFailed := run(func(i int) error {
		_, err := peer.AcquireTokenSilent(ctx, scopes, public.WithSilentAccount(peers[o.at(i)]))
		return err
	})
	return []row{row{
		Name: fmt.Sprintf("partitioned/goroutines=%d", goroutines), NS: ns, Peer: msalGo, PeerNS: peerNS,
		Note: fmt.Sprintf("of %d calls failed: %d, peer %d", calls, failed, peerFailed),
	}.withRatio()}
}
