// A module of its own, so that who measures in Go needs no browser.
module github.com/latchkey-auth/latchkey/bench/browser

go 1.26.0

require (
	github.com/andybalholm/brotli v1.2.8
	github.com/chromedp/cdproto v0.159.1
	github.com/chromedp/chromedp v0.22.1
	github.com/evanw/esbuild v0.28.2
	github.com/latchkey-auth/latchkey v0.0.0
	github.com/latchkey-auth/latchkey/js/build v0.0.0
)

require (
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
	golang.org/x/sys v0.23.0 // indirect
)

replace (
	github.com/latchkey-auth/latchkey => ../..
	github.com/latchkey-auth/latchkey/js/build => ../../js/build
)
