package main

import (
	"fmt"
	"slices"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/latchkey-auth/latchkey"
)

// hitRows measures one kind of hit, on one core and on two.
func hitRows(p pace, name string, ours, floor, peer op) []row {
	m := p.compare(side{do: ours}, side{do: floor}, side{do: peer}, side{do: ours, cores: 2}, side{do: floor, cores: 2}, side{do: peer, cores: 2})
	hit := func(name string, ours, floor, peer sample) row {
		return row{Name: name, NS: ours.ns, Bytes: ours.bytes, Allocs: ours.allocs, FloorNS: floor.ns, Peer: msalGo, PeerNS: peer.ns}.withRatio()
	}
	one, two := hit(name, m[0], m[1], m[2]), hit(name+"/parallel", m[3], m[4], m[5])
	two.Note = fmt.Sprintf("throughput of 2 cores to 1: %.2f, floor %.2f, peer %.2f", m[0].ns/m[3].ns, m[1].ns/m[4].ns, m[2].ns/m[5].ns)
	return []row{one, two}
}

// control is a loop that shares nothing: what two cores of this machine are worth.
func control(p pace) []row {
	work := func(i int) {
		x := uint32(i)
		for range 200 {
			x = x*1664525 + 1013904223
		}
		if x == 1 && i == -1 {
			panic("cannot be")
		}
	}
	m := p.compare(side{do: work}, side{do: work, cores: 2})
	return []row{{Name: "control/parallel", NS: m[1].ns, Note: fmt.Sprintf("throughput of 2 cores to 1: %.2f", m[0].ns/m[1].ns)}}
}

// silentRows measures hits of so many users and, if writing, beside a writer.
func silentRows(p pace, users int, writing bool) []row {
	w := newWire()
	ours, floor := ourPublic(w, nil), newFloor()
	peer := msalPublic(w, nil)
	accounts, peers := make([]string, users), make([]public.Account, users)
	for n := range users {
		accounts[n] = homeAccount(n)
		floor.add(accounts[n], scopes[0])
	}
	fill(users, 2, func(n int) { signInOurs(ours, n) }, func(n int) { peers[n] = signInMSAL(peer, n) })
	o := randomOrder(users)
	name, hit := fmt.Sprintf("silent/users=%d", users), func(i int) { silentOurs(ours, accounts[o.at(i)]) }
	rows := hitRows(p, name, hit,
		func(i int) { floor.get(accounts[o.at(i)], scopes[0]) },
		func(i int) { silentMSAL(peer, peers[o.at(i)]) })
	if writing {
		rows = append(rows, writingRow(name+"/writing", hit, func(n int) { signInOurs(ours, n%users) }))
	}
	return rows
}

func appOurs(c *latchkey.ConfidentialClient, tenant string, scopes []string) *latchkey.Result {
	return must(c.AcquireTokenByClientCredential(ctx, latchkey.ClientCredentialRequest{Tenant: tenant, Scopes: scopes}))
}

func tenantRows(p pace, tenants int) []row {
	w := newWire()
	ours, floor := ourConfidential(w, latchkey.Secret("secret")), newFloor()
	peer := msalConfidential(w, msalSecret())
	ids := make([]string, tenants)
	api := resource(0)
	for n := range ids {
		ids[n] = tenantNumber(n)
		floor.add(ids[n], api[0])
	}
	fill(tenants, 2, func(n int) { appOurs(ours, ids[n], api) },
		func(n int) { // with claims it does not look through all tenants first
			must(peer.AcquireTokenByCredential(ctx, api, confidential.WithTenantID(ids[n]), confidential.WithClaims("{}")))
		})
	o := randomOrder(tenants)
	sent := w.requests.Load()
	defer func() { expectNone(w.requests.Load() - sent) }()
	return hitRows(p, fmt.Sprintf("app/tenants=%d", tenants),
		func(i int) { appOurs(ours, ids[o.at(i)], api) },
		func(i int) { floor.get(ids[o.at(i)], api[0]) },
		func(i int) { must(peer.AcquireTokenByCredential(ctx, api, confidential.WithTenantID(ids[o.at(i)]))) })
}

func resourceRows(p pace, resources int) []row {
	w := newWire()
	ours, floor := ourConfidential(w, latchkey.Secret("secret")), newFloor()
	peer := msalConfidential(w, msalSecret())
	apis := make([][]string, resources)
	for n := range apis {
		apis[n] = resource(n)
		appOurs(ours, "", apis[n])
		must(peer.AcquireTokenByCredential(ctx, apis[n]))
		floor.add(tenant, apis[n][0])
	}
	o := randomOrder(resources)
	sent := w.requests.Load()
	defer func() { expectNone(w.requests.Load() - sent) }()
	return hitRows(p, fmt.Sprintf("app/resources=%d", resources),
		func(i int) { appOurs(ours, "", apis[o.at(i)]) },
		func(i int) { floor.get(tenant, apis[o.at(i)][0]) },
		func(i int) { must(peer.AcquireTokenByCredential(ctx, apis[o.at(i)])) })
}

func onBehalfOfRows(p pace, sessions int) []row {
	w := newWire()
	ours, floor := ourConfidential(w, latchkey.Secret("secret")), newFloor()
	peer := msalConfidential(w, msalSecret())
	assertions := make([]string, sessions)
	for n := range assertions {
		assertions[n] = assertion(n)
		floor.add(hash(assertions[n]), scopes[0])
	}
	fill(sessions, 2,
		func(n int) {
			must(ours.AcquireTokenOnBehalfOf(ctx, assertions[n], latchkey.OnBehalfOfRequest{Scopes: scopes}))
		},
		func(n int) { must(peer.AcquireTokenOnBehalfOf(ctx, assertions[n], scopes)) })
	o := randomOrder(sessions)
	sent := w.requests.Load()
	defer func() { expectNone(w.requests.Load() - sent) }()
	return hitRows(p, fmt.Sprintf("on-behalf-of/sessions=%d", sessions),
		func(i int) {
			must(ours.AcquireTokenOnBehalfOf(ctx, assertions[o.at(i)], latchkey.OnBehalfOfRequest{Scopes: scopes}))
		},
		func(i int) { floor.get(hash(assertions[o.at(i)]), scopes[0]) },
		func(i int) { must(peer.AcquireTokenOnBehalfOf(ctx, assertions[o.at(i)], scopes)) })
}

func expectNone(requests int64) {
	if requests != 0 {
		panic(fmt.Sprint(requests, " requests were sent by what should be hits"))
	}
}

// writingRow is a hit while another goroutine renews tokens without a pause.
func writingRow(name string, hit, write op) row {
	stop, stopped := make(chan struct{}), make(chan struct{})
	alone := p50(hit)
	go func() {
		defer close(stopped)
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
				write(n)
			}
		}
	}()
	beside := p50(hit)
	close(stop)
	<-stopped
	return row{Name: name, NS: beside, Note: fmt.Sprintf("p50 of batches of 16; without the writer %.0f ns", alone)}
}

// p50 times batches: a clock read costs a third of a hit.
func p50(do op) float64 {
	const batch = 16
	times := make([]float64, 20_000/batch)
	for b := range times {
		times[b] = timed(func() {
			for i := range batch {
				do(b*batch + i)
			}
		}) / batch
	}
	slices.Sort(times)
	return times[len(times)/2]
}
