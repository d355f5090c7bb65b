package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/transport"
)

// The paths of the stage's APIs.
const (
	tasksPath  = "/tasks"        // who calls, as the API sees it
	behalfPath = "/tasks/behalf" // who calls, as the API behind it sees it: see middle
	graphPath  = "/graph"        // that API
)

// A caller is whom an API sees. Without a user it is the app itself.
type caller struct {
	User string `json:"user"`
	App  string `json:"app"`
}

// An apiAnswer is the body of an API's answer.
type apiAnswer struct {
	caller
	Exchange float64 `json:"exchange,omitempty"` // milliseconds that the API took to get a token of its own

	status  int
	problem string // why the API refused, as its log has it
}

// text is what a row shows of it.
func (a apiAnswer) text() string {
	switch {
	case a.status == 200 && a.User != "":
		return "200, hello " + oneLine(a.User)
	case a.status == 200:
		return "200, hello app " + oneLine(a.App[:min(len(a.App), 8)])
	case a.status == 0:
		return "not called"
	}
	return fmt.Sprintf("%d, refused", a.status)
}

// A diary is an API's log of why it refused: what it tells its callers is less.
type diary struct {
	mu   sync.Mutex
	last string
}

func (d *diary) refused(_ *http.Request, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last = strings.TrimPrefix(err.Error(), "apiserver: refused, ")
}

// take returns the last entry and forgets it.
func (d *diary) take() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	last := d.last
	d.last = ""
	return last
}

// verifier checks the tokens for an API of the stage.
func (s *stage) verifier(audience string) (*apiserver.Verifier, error) {
	return apiserver.NewVerifier(apiserver.Config{
		Authority: s.authority, Profile: s.profile, Audiences: []string{audience}, Algorithms: []string{"RS256"},
		Clock: s.now, Refused: s.diary.refused,
	})
}

// greet tells callers whom the API sees.
func greet(w http.ResponseWriter, r *http.Request) {
	claims, _ := apiserver.FromContext(r.Context())
	answer(w, apiAnswer{caller: caller{User: claims.Text("preferred_username"), App: claims.ClientID}})
}

func answer(w http.ResponseWriter, a apiAnswer) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(a) // the caller is gone if it fails
}

// startAPI serves the stage's APIs on a loopback port until stop.
func (s *stage) startAPI() (stop func(), err error) {
	tasks, err := s.verifier(s.audience)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("the API: %w", err)
	}
	s.apiURL = "http://" + listener.Addr().String()
	may := apiserver.Requirement{Scopes: []string{s.scopeClaim}, AppRoles: []string{demoRole}}
	mux := http.NewServeMux()
	mux.Handle(tasksPath, tasks.Handler(may, http.HandlerFunc(greet)))
	if err := s.addMiddle(mux, tasks); err != nil {
		listener.Close()
		return nil, err
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // ends when it is closed
	}()
	return func() { server.Close(); <-served }, nil
}

// call calls an API with an Authorization header, or without one if it is empty.
func (s *stage) call(ctx context.Context, path, authorization string) (apiAnswer, error) {
	q := &transport.Request{Method: "GET", URL: s.apiURL + path}
	if authorization != "" {
		q.Header = transport.Header{{Name: "Authorization", Value: authorization}}
	}
	r, err := transport.Default()(ctx, q)
	if err != nil {
		return apiAnswer{}, err
	}
	a, err := readAnswer(r.Status, r.Body)
	a.problem = s.diary.take()
	return a, err
}

// readAnswer reads an answer; one other than 200 has nothing in it for this program.
func readAnswer(status int, body string) (apiAnswer, error) {
	a := apiAnswer{status: status}
	if status != http.StatusOK {
		return a, nil
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		return a, fmt.Errorf("the API's answer is not JSON")
	}
	return a, nil
}
