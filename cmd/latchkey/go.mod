module github.com/latchkey-auth/latchkey/cmd/latchkey

go 1.26.0

require (
	github.com/latchkey-auth/latchkey v0.0.0
	github.com/latchkey-auth/latchkey/cache/filecache v0.0.0
	github.com/rogpeppe/go-internal v1.16.0
	github.com/spf13/cobra v1.10.2
	github.com/spf13/pflag v1.0.9
	rsc.io/qr v0.2.0
)

require (
	github.com/danieljoos/wincred v1.2.3 // indirect
	github.com/godbus/dbus/v5 v5.2.2 // indirect
	github.com/gofrs/flock v0.13.1 // indirect
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/zalando/go-keyring v0.2.8 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/tools v0.26.0 // indirect
)

replace github.com/latchkey-auth/latchkey => ../..

replace github.com/latchkey-auth/latchkey/cache/filecache => ../../cache/filecache
