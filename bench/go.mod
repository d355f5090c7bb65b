// A module of its own, so that only those who measure require what it is measured against.
module github.com/latchkey-auth/latchkey/bench

go 1.26.0

require (
	github.com/AzureAD/microsoft-authentication-library-for-go v1.10.1
	github.com/latchkey-auth/latchkey v0.0.0
	github.com/latchkey-auth/latchkey/cache/filecache v0.0.0
	github.com/latchkey-auth/latchkey/cache/rediscache v0.0.0
	github.com/redis/go-redis/v9 v9.23.0
	golang.org/x/oauth2 v0.37.0
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/danieljoos/wincred v1.2.3 // indirect
	github.com/godbus/dbus/v5 v5.2.2 // indirect
	github.com/gofrs/flock v0.13.1 // indirect
	github.com/golang-jwt/jwt/v5 v5.2.2 // indirect
	github.com/google/uuid v1.3.0 // indirect
	github.com/kylelemons/godebug v1.1.0 // indirect
	github.com/pkg/browser v0.0.0-20210911075715-681adbf594b8 // indirect
	github.com/zalando/go-keyring v0.2.8 // indirect
	go.uber.org/atomic v1.12.0 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sync v0.10.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace (
	github.com/latchkey-auth/latchkey => ..
	github.com/latchkey-auth/latchkey/cache/filecache => ../cache/filecache
	github.com/latchkey-auth/latchkey/cache/rediscache => ../cache/rediscache
)
