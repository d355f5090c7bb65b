// Command on-behalf-of is a web app that calls an API, which calls another API, all for the
// user who signed in to the web app:
//
//	browser -> web app -> tasks API -> calendar API
//
//	go run ./examples/on-behalf-of
//
// That is all: an authority and its users come with it, and the program says what to open.
//
// Each API takes only tokens for itself, so the tasks API cannot pass on the one that it
// gets. It exchanges it for one for the calendar API, which is still about the same user
// (Microsoft Entra's on-behalf-of flow). The user cannot be asked there, in the middle: what
// only the user can do is passed back to the web app. tasks.go is the part to copy;
// calendar.go is an API like any other, and the web app is that of examples/webapp, which
// does not know that there is a second API.
//
// For an authority of yours see on-behalf-of -help. Register there
//
//   - the web app, with the redirect URI http://127.0.0.1:8080/callback and the permission
//     to use the tasks API;
//   - the tasks API, with a scope, a secret, and the redirect URI
//     http://127.0.0.1:8081/consented;
//   - the calendar API, with a scope, and auth_time among the optional claims of its access
//     tokens.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"

	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/examples/internal/web"
	"github.com/latchkey-auth/latchkey/examples/webapp/app"
)

// Settings come from the deployment; the secrets from files or a vault.
type settings struct {
	authority       string            // URL
	profile         authority.Profile // zero: by the authority's host
	web             party
	tasks, calendar party
}

// A party is one of the three programs, which are one here.
type party struct {
	clientID string
	secret   string
	scope    string // of an API: what its callers ask for, such as api://tasks/Tasks.Read
	listen   string // host:port
	url      string
}

func main() {
	s := settings{calendar: party{listen: "127.0.0.1:0"}}
	flag.StringVar(&s.authority, "authority", "", "your authority's `URL`; without it everything else comes along too")
	flag.StringVar(&s.web.clientID, "web", "", "the web app's `id` there; its secret is the environment variable WEB_SECRET")
	flag.StringVar(&s.tasks.clientID, "tasks", "", "the tasks API's `id`; its secret is the environment variable TASKS_SECRET")
	flag.StringVar(&s.tasks.scope, "tasks-scope", "", "the tasks API's `scope`, such as api://tasks/Tasks.Read")
	flag.StringVar(&s.calendar.clientID, "calendar", "", "the calendar API's `id`")
	flag.StringVar(&s.calendar.scope, "calendar-scope", "", "the calendar API's `scope`, such as api://calendar/Events.Read")
	flag.StringVar(&s.web.listen, "listen", "127.0.0.1:8080", "the web app listens on this `host:port`")
	flag.StringVar(&s.tasks.listen, "tasks-listen", "127.0.0.1:8081", "the tasks API listens on this `host:port`")
	flag.Parse()
	s.web.secret, s.tasks.secret = os.Getenv("WEB_SECRET"), os.Getenv("TASKS_SECRET")

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if s.authority == "" {
		err = demo(ctx, s, os.Stdout)
	} else {
		err = run(ctx, s, os.Stdout)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// run serves all three until ctx ends.
func run(ctx context.Context, s settings, out io.Writer) error {
	sites, err := s.listen()
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "Open", s.web.url)
	return serve(ctx, s, sites)
}

// listen opens the ports of all three, so that each can be told the others' URLs.
func (s *settings) listen() (sites [3]web.Site, err error) {
	for i, p := range []*party{&s.web, &s.tasks, &s.calendar} {
		if sites[i].Listener, err = net.Listen("tcp", p.listen); err != nil {
			return sites, err // the program ends
		}
		p.url = "http://" + sites[i].Listener.Addr().String()
	}
	return sites, nil
}

func serve(ctx context.Context, s settings, sites [3]web.Site) (err error) {
	if sites[0].Handler, err = newWebApp(s); err != nil {
		return err
	}
	if sites[1].Handler, err = newTasks(s); err != nil {
		return err
	}
	if sites[2].Handler, err = newCalendar(s); err != nil {
		return err
	}
	return web.Serve(ctx, sites[:]...)
}

func newWebApp(s settings) (http.Handler, error) {
	return app.New(app.Settings{
		Authority: s.authority, Profile: s.profile,
		ClientID: s.web.clientID, Secret: s.web.secret, URL: s.web.url,
		API: s.tasks.url, Scope: s.tasks.scope,
	})
}

// verifier checks the tokens of an API: they are for it and no other.
func (s settings) verifier(api party) (*apiserver.Verifier, error) {
	return apiserver.NewVerifier(apiserver.Config{
		Authority:  s.authority,
		Profile:    s.profile,
		Audiences:  []string{api.clientID, api.idURI()}, // in Entra, tokens of version 2 and 1
		Algorithms: []string{"RS256"},
		Refused:    func(r *http.Request, err error) { log.Printf("%s refused: %v", r.Host, err) },
	})
}

// idURI is the name of an API in its scope: api://tasks in api://tasks/Tasks.Read.
func (p party) idURI() string { return p.scope[:max(0, strings.LastIndex(p.scope, "/"))] }

// permission is the rest of the scope. That is how tokens of Microsoft Entra have it.
func (p party) permission() string { return p.scope[strings.LastIndex(p.scope, "/")+1:] }
