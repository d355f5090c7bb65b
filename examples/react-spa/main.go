// Command react-spa is a single-page app in React that signs its users in and calls an API for them: the code of any
// app with @azure/msal-react, on Latchkey. An authority and the API come with it.
//
//	go run ./examples/react-spa [--engine js|wasm] [--cache session|local|memory]
//
// That is all; it needs Node.js with npm to build the page. The page is in the folder page, and nothing in it knows
// that @azure/msal-browser is Latchkey: package site says so when it bundles the page.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"slices"

	"github.com/latchkey-auth/latchkey/examples/react-spa/site"
)

func main() {
	log.SetFlags(0)
	o := site.Options{Log: os.Stderr}
	flag.StringVar(&o.Engine, "engine", "js", "the Go core as `js` (JavaScript) or wasm (WebAssembly)")
	flag.StringVar(&o.Cache, "cache", "session", "keep tokens in `session` storage, in local storage or in memory")
	flag.StringVar(&o.Listen, "listen", "localhost:3000", "serve the page on this `host:port`")
	flag.Parse()
	if !slices.Contains([]string{"js", "wasm"}, o.Engine) || !slices.Contains([]string{"session", "local", "memory"}, o.Cache) {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, o site.Options) error {
	s, err := site.Start(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	pin, err := s.Pin()
	if err != nil {
		return err
	}
	for _, user := range s.Authority.Directory.Users {
		fmt.Println("Sign in as", user.Username, "with the password", string(user.Password))
	}
	fmt.Println("Open", s.URL)
	fmt.Println("Your browser does not know who certified the authority. Open", s.Authority.URL(), "first and accept it,")
	fmt.Println("or start a browser of its own that does:")
	fmt.Printf("  chromium --user-data-dir=\"$(mktemp -d)\" --ignore-certificate-errors-spki-list=%s %s\n", pin, s.URL)
	<-ctx.Done()
	return nil
}
