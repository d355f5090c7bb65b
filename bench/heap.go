package main

import (
	"fmt"
	"runtime"
)

// heapRows is what one cached account holds in memory, without the tokens themselves.
func heapRows(users int) []row {
	w := newWire()
	tokens := float64(len(accessToken(users)) + len(refreshToken(users)) + len(unsigned(userClaims(tenant, users, ""))))
	ours := ourPublic(w, nil)
	bytes := heapOf(users, func(n int) { signInOurs(ours, n) }) - tokens
	peer := msalPublic(w, nil)
	peerBytes := heapOf(users, func(n int) { signInMSAL(peer, n) }) - tokens
	runtime.KeepAlive(ours)
	runtime.KeepAlive(peer)
	return []row{{
		Name: "heap/account", Bytes: bytes, Peer: msalGo, Ratio: peerBytes / bytes,
		Note: fmt.Sprintf("bytes held beyond %.0f of tokens, of %d accounts; peer %.0f", tokens, users, peerBytes),
	}}
}

func heapOf(n int, add func(n int)) float64 {
	add(0) // what the first one brings, all share
	before := heap()
	for i := 1; i <= n; i++ {
		add(i)
	}
	return (heap() - before) / float64(n)
}

func heap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
