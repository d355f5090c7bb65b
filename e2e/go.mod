module github.com/latchkey-auth/latchkey/e2e

go 1.26.0

require github.com/latchkey-auth/latchkey v0.0.0

require github.com/go-jose/go-jose/v4 v4.1.8

replace github.com/latchkey-auth/latchkey => ..
