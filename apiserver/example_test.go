package apiserver_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

var (
	mux = http.NewServeMux()
	v   *apiserver.Verifier
)

// An API and a program that calls it, with an authority in the same process.
func Example() {
	srv := &authoritytest.Server{}
	if err := srv.Start(); err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	app := srv.Directory.App("api")

	v, err := apiserver.NewVerifier(apiserver.Config{
		Authority:  srv.Authority(""),
		Profile:    authority.Entra(),
		Audiences:  []string{app.ClientID},
		Algorithms: []string{"RS256"},
	})
	if err != nil {
		log.Fatal(err)
	}
	api := httptest.NewServer(v.Handler(apiserver.Requirement{
		Scopes:   []string{"Tasks.Read"},
		AppRoles: []string{"Tasks.Read.All"},
	}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, _ := apiserver.FromContext(r.Context())
		fmt.Fprintln(w, "tasks; an app asked:", claims.AppOnly)
	})))
	defer api.Close()

	fmt.Println(get(api.URL, ""))
	fmt.Println(get(api.URL, daemonToken(srv, app.Scope(".default"))))
	// Output:
	// 401 Bearer realm="api"
	// 200 tasks; an app asked: true
}

func ExampleNewVerifier() {
	v, err := apiserver.NewVerifier(apiserver.Config{
		Authority:  "https://login.example.com/realms/contoso",
		Audiences:  []string{"https://tasks.example.com"},
		Algorithms: []string{"RS256"},
		Refused: func(r *http.Request, err error) {
			slog.Warn("request refused", "path", r.URL.Path, "reason", err)
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	mux.Handle("GET /tasks", v.Handler(apiserver.Requirement{Scopes: []string{"Tasks.Read"}}, tasks))
}

// A Microsoft Entra API for two organizations takes tokens of both versions.
func ExampleNewVerifier_entra() {
	_, err := apiserver.NewVerifier(apiserver.Config{
		Authority:  "https://login.microsoftonline.com/organizations",
		Tenants:    []string{"3c0b6f52-6a4f-4f0e-9c7e-8d2f5b1a7e90", "7f3a9d8e-2c4e-4daa-8f8b-9e1a3c5d6b78"},
		Audiences:  []string{"api://tasks", "4d0e6a5c-9f1b-4a7d-8c5e-6b8d0f2a3e45"},
		Algorithms: []string{"RS256"},
	})
	fmt.Println(err)
	// Output: <nil>
}

// Users and apps come through the same door, each with what suits them.
func ExampleVerifier_Handler() {
	mux.Handle("DELETE /tasks", v.Handler(apiserver.Requirement{
		Scopes:   []string{"Tasks.Purge"},
		AppRoles: []string{"Tasks.Purge.All"},
		StepUp:   apiserver.StepUp{ACRValues: []string{"mfa"}, MaxAge: 10 * time.Minute},
	}, tasks))
}

// The same without the middleware.
func ExampleVerifier_Authorize() {
	mux.HandleFunc("GET /tasks/{id}", func(w http.ResponseWriter, r *http.Request) {
		claims, err := v.Authorize(r, apiserver.Requirement{Scopes: []string{"Tasks.Read"}})
		if err != nil {
			v.Refuse(w, err)
			return
		}
		fmt.Fprintln(w, "hello", claims.Text("name"))
	})
}

// A token that came in another way, such as in a message's metadata.
func ExampleVerifier_Verify() {
	receive := func(ctx context.Context, token string) error {
		claims, err := v.Verify(ctx, token)
		if errors.Is(err, apiserver.ErrUnavailable) {
			return err // the message can wait
		}
		if err != nil {
			return fmt.Errorf("dropped: %w", err)
		}
		return claims.Check(apiserver.Requirement{AppRoles: []string{"Tasks.Write.All"}})
	}
	_ = receive
}

// Large transfers take an authentication context of Microsoft Entra.
func ExampleChallenge() {
	mux.Handle("POST /transfers", v.Handler(apiserver.Requirement{Scopes: []string{"Transfers.Write"}},
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			claims, _ := apiserver.FromContext(r.Context())
			large := apiserver.StepUp{AuthContext: "c1"}
			if claims.Check(apiserver.Requirement{AnyToken: true, StepUp: large}) != nil {
				if err := apiserver.Challenge(w, r, large); err != nil {
					log.Print(err)
				}
				return
			}
			fmt.Fprintln(w, "done")
		})))
}

var tasks = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	claims, _ := apiserver.FromContext(r.Context())
	fmt.Fprintln(w, "tasks of", claims.Subject)
})
