// Command webapp is a web app that signs its users in and calls an API for them. Its pages
// are made on the server, and no token ever reaches the browser.
//
//	go run ./examples/webapp
//
// That is all: an authority, its users and an API come with it (package sandbox), and the
// program says what to open. With flags it takes yours:
//
//	CLIENT_SECRET=... go run ./examples/webapp -authority https://login.example.com \
//		-client-id 8f1c6f0e -api https://tasks.example.com -scope api://tasks/Tasks.Read
//
// Register http://127.0.0.1:8080/callback there as redirect URI, and
// http://127.0.0.1:8080/signed-out as the URI after signing out. Copy package app, which is
// the web app, and what it uses of package web: sessions and headers.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"

	"github.com/latchkey-auth/latchkey/examples/internal/sandbox"
	"github.com/latchkey-auth/latchkey/examples/internal/web"
	"github.com/latchkey-auth/latchkey/examples/webapp/app"
)

func main() {
	var s app.Settings
	flag.StringVar(&s.Authority, "authority", "", "your authority's `URL`; without it everything else comes along too")
	flag.StringVar(&s.ClientID, "client-id", "", "the web app's `id` there; its secret is the environment variable CLIENT_SECRET")
	flag.StringVar(&s.API, "api", "", "your API's `URL`; GET /tasks must be there")
	flag.StringVar(&s.Scope, "scope", "", "the API's `scope`")
	flag.StringVar(&s.URL, "url", "", "the `URL` at which browsers see the web app, if that is not where it listens")
	listen := flag.String("listen", "127.0.0.1:8080", "listen on this `host:port`")
	flag.Parse()
	s.Secret = os.Getenv("CLIENT_SECRET")

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if s.Authority == "" {
		err = demo(ctx, *listen, os.Stdout)
	} else {
		err = run(ctx, s, *listen, os.Stdout)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// run serves the web app until ctx ends.
func run(ctx context.Context, s app.Settings, listen string, out io.Writer) error {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	if s.URL == "" {
		s.URL = "http://" + listener.Addr().String()
	}
	handler, err := app.New(s)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "Open", s.URL)
	return web.Serve(ctx, web.Site{Listener: listener, Handler: handler})
}

// demo runs the web app in the sandbox.
func demo(ctx context.Context, listen string, out io.Writer) error {
	world, err := sandbox.Start()
	if err != nil {
		return err
	}
	defer world.Close()
	for _, user := range world.Authority.Directory.Users {
		fmt.Fprintln(out, "Sign in as", user.Username, "with the password", string(user.Password))
	}
	return run(ctx, inside(world), listen, out)
}

// inside is how the web app is registered in the sandbox.
func inside(world *sandbox.Sandbox) app.Settings {
	web := world.Authority.Directory.App("web")
	return app.Settings{
		Authority: world.Authority.OIDCIssuer(),
		ClientID:  web.ClientID,
		Secret:    string(web.Secrets[0]),
		API:       world.API,
		Scope:     world.Scope,
	}
}
