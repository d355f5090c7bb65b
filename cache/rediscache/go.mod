// A module of its own, so that only those who keep tokens in Redis require what that needs.
module github.com/latchkey-auth/latchkey/cache/rediscache

go 1.26.0

require (
	github.com/latchkey-auth/latchkey v0.0.0
	github.com/redis/go-redis/v9 v9.23.0 // the protocol, pools, sentinels and clusters
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	go.uber.org/atomic v1.12.0 // indirect
	golang.org/x/sys v0.48.0 // indirect
)

replace github.com/latchkey-auth/latchkey => ../..
