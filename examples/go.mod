module github.com/latchkey-auth/latchkey/examples

go 1.26.0

require (
	github.com/evanw/esbuild v0.28.2
	github.com/latchkey-auth/latchkey v0.0.0
	github.com/latchkey-auth/latchkey/js/build v0.0.0
)

require (
	github.com/andybalholm/brotli v1.2.8 // indirect
	golang.org/x/sys v0.23.0 // indirect
)

replace (
	github.com/latchkey-auth/latchkey => ..
	github.com/latchkey-auth/latchkey/js/build => ../js/build
)
