module github.com/latchkey-auth/latchkey/examples

go 1.26.0

require github.com/latchkey-auth/latchkey v0.0.0

replace github.com/latchkey-auth/latchkey => ..
