module github.com/latchkey-auth/latchkey/js/build

go 1.26.0

require (
	github.com/andybalholm/brotli v1.2.8
	github.com/evanw/esbuild v0.28.2
	github.com/gopherjs/gopherjs v1.21.0
)

require golang.org/x/sys v0.23.0 // indirect
