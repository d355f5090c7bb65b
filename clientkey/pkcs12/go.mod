module github.com/latchkey-auth/latchkey/clientkey/pkcs12

go 1.26.0

require (
	github.com/latchkey-auth/latchkey v0.0.0
	software.sslmate.com/src/go-pkcs12 v0.7.4
)

require golang.org/x/crypto v0.58.0 // indirect

replace github.com/latchkey-auth/latchkey => ../..
