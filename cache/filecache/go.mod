// A module of its own, so that only those who keep tokens in files require what that needs.
module github.com/latchkey-auth/latchkey/cache/filecache

go 1.26.0

require (
	github.com/gofrs/flock v0.13.1 // locks that die with their process, the same on each system
	github.com/latchkey-auth/latchkey v0.0.0
	github.com/zalando/go-keyring v0.2.8 // the system's keyring, without cgo
	golang.org/x/crypto v0.58.0 // argon2id, which the standard library lacks
	golang.org/x/sys v0.49.0 // access control lists of Windows; the modules above require it too
)

require (
	github.com/danieljoos/wincred v1.2.3 // indirect
	github.com/godbus/dbus/v5 v5.2.2 // indirect
)

replace github.com/latchkey-auth/latchkey => ../..
