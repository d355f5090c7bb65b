// A module of its own, so that only those who use golang.org/x/oauth2 require it.
module github.com/latchkey-auth/latchkey/oauth2source

go 1.26.0

require (
	github.com/latchkey-auth/latchkey v0.0.0
	golang.org/x/oauth2 v0.37.0
)

replace github.com/latchkey-auth/latchkey => ..
