//go:build !js

package main

import "os"

func main() {
	println("this program is for a web page: build it with GOOS=js GOARCH=wasm, or with GopherJS")
	os.Exit(2)
}
