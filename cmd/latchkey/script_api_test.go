package main

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/clientkey"
	"github.com/rogpeppe/go-internal/testscript"
)

// servers are the authorities of the scripts that run, by their folder.
var servers sync.Map

// browser is a command that scripts have as BROWSER: a person who signs in as USERNAME, or
// as avery, through the authority's control endpoint, and follows the redirect; before that,
// if there is a BROWSER_GATE, once that URL is answered.
func browser() {
	if err := browse(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func browse(page string) error {
	if gate := os.Getenv("BROWSER_GATE"); gate != "" { // the person takes as long as this takes to answer
		resp, err := http.Get(gate + "?" + url.QueryEscape(page))
		if err != nil {
			return err
		}
		resp.Body.Close()
	}
	username := os.Getenv("USERNAME")
	if username == "" {
		username = demoUser
	}
	body, err := json.Marshal(map[string]string{"url": page, "username": username})
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPost, os.Getenv("CONTROL")+"/signin", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+os.Getenv("CONTROL_TOKEN"))
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var answer struct{ Callback string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.Callback == "" {
		return fmt.Errorf("the sign-in was not completed: %w", err)
	}
	return visitCallback(page, answer.Callback)
}

// writeKey writes a private key and its certificate.
func writeKey(path string, k clientkey.Key) error {
	key, err := x509.MarshalPKCS8PrivateKey(k.Signer.(*rsa.PrivateKey))
	if err != nil {
		return err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificates[0].Raw})...)
	return os.WriteFile(path, text, 0o600)
}

func scriptAPI(ts *testscript.TestScript, neg bool, args []string) {
	srv, ok := servers.Load(ts.Getenv("WORK"))
	if !ok {
		ts.Fatalf("there is no server")
	}
	api, err := newTestAPI(srv.(*authoritytest.Server))
	ts.Check(err)
	ts.Defer(api.Close)
	ts.Setenv("API_URL", api.URL)
}

// newTestAPI starts an API in the Entra shape:
//
//	/tasks     greets, as the demo's API
//	/echo      says what it was sent
//	/claims    demands a claim that a token has only if it was asked for
//	/again     accepts a user who has signed in twice
//	/never     refuses each token
//	/hostile   answers with what no terminal may get
//	/teapot    answers 418
//	/away      redirects to /tasks
func newTestAPI(srv *authoritytest.Server) (*httptest.Server, error) {
	v, err := apiserver.NewVerifier(apiserver.Config{
		Authority: srv.Authority(""), Profile: authority.Entra(), Audiences: []string{srv.Directory.App(demoAPI).ClientID},
		Algorithms: []string{"RS256"}, Clock: srv.Clock.Now,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	handle := func(path string, f http.HandlerFunc) {
		mux.Handle(path, v.Handler(apiserver.Requirement{AnyToken: true}, f))
	}
	may := apiserver.Requirement{Scopes: []string{demoScope}, AppRoles: []string{demoRole}}
	mux.Handle("/tasks", v.Handler(may, http.HandlerFunc(greet)))
	handle("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s type=%q x=%q agent=%q body=%q\n", r.Method, r.URL, r.Header.Get("Content-Type"), r.Header.Values("X-Test"), r.UserAgent(), body)
	})
	handle("/claims", func(w http.ResponseWriter, r *http.Request) {
		claims, _ := apiserver.FromContext(r.Context())
		if claims.Text("given_name") == "" {
			_ = apiserver.ChallengeClaims(w, r, `{"access_token":{"given_name":{"essential":true}}}`)
			return
		}
		greet(w, r)
	})
	handle("/again", func(w http.ResponseWriter, r *http.Request) {
		signIns := 0
		for _, r := range srv.Requests() {
			if r.GrantType == "authorization_code" && r.Status == 200 {
				signIns++
			}
		}
		if signIns < 2 {
			_ = apiserver.Challenge(w, r, apiserver.StepUp{MaxAge: time.Minute})
			return
		}
		greet(w, r)
	})
	handle("/never", func(w http.ResponseWriter, r *http.Request) {
		v.Refuse(w, &apiserver.Error{Status: 401, Code: "invalid_token"})
	})
	handle("/hostile", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, hostile) })
	handle("/teapot", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, "short and stout\n")
	})
	handle("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+r.Host+"/tasks", http.StatusFound)
	})
	return httptest.NewServer(mux), nil
}
