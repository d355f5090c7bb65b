package site

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/transport"
)

// An API keeps the tasks of each user. GET /tasks needs the scope Tasks.Read, POST /tasks Tasks.Write.
type API struct {
	URL string // where it is

	mu      sync.Mutex
	tasks   map[string][]string
	refused map[string][sha256.Size]byte // tokens that are no longer good enough, by their hash, and by what asked for it
	answers []Answer
}

// An Answer is what the API answered to one request.
type Answer struct {
	Method  string // of the request
	Status  int    // of the answer
	Subject string // who called; empty if the token was refused
	Token   string // the beginning of the token's hash, to tell tokens apart
}

// Answers returns every answer so far, oldest first.
func (a *API) Answers() []Answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.answers)
}

func (s *Site) startAPI() error {
	id := s.Authority.Directory.App("api")
	s.API = &API{tasks: map[string][]string{}, refused: map[string][sha256.Size]byte{}}
	verifier, err := apiserver.NewVerifier(apiserver.Config{
		Authority:  s.Authority.Authority(""),
		Profile:    authority.Entra(),
		Audiences:  []string{id.ClientID, id.IDURI},
		Algorithms: []string{"RS256"},
		Transport:  transport.NetHTTP(s.Authority.Client()),
		Clock:      s.Authority.Clock.Now,
	})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /tasks", verifier.Handler(apiserver.Requirement{Scopes: []string{"Tasks.Read"}}, s.API.current(s.API.list)))
	mux.Handle("POST /tasks", verifier.Handler(apiserver.Requirement{Scopes: []string{"Tasks.Write"}}, s.API.current(s.API.add)))
	s.API.URL, err = s.serve("", s.API.crossOrigin(mux))
	return err
}

// current refuses a token that it was asked to refuse, by a claims challenge that any later token meets. It stands for
// an API that learns of an event: a password changed, a device lost (Continuous Access Evaluation).
func (a *API) current(next func(w http.ResponseWriter, user string)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, _ := apiserver.FromContext(r.Context())
		hash := sha256.Sum256([]byte(claims.Assertion()))
		a.mu.Lock()
		why := r.URL.Query().Get("refuse")
		if _, known := a.refused[why]; why != "" && !known && len(a.refused) < 1000 {
			a.refused[why] = hash // and not the token that comes next
		}
		refused := slices.Contains(slices.Collect(maps.Values(a.refused)), hash)
		a.mu.Unlock()
		if !refused {
			a.note(r, http.StatusOK, claims.ObjectID, hash)
			next(w, claims.ObjectID)
			return
		}
		a.note(r, http.StatusUnauthorized, claims.ObjectID, hash)
		later := fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, claims.IssuedAt.Unix())
		if err := apiserver.ChallengeClaims(w, r, later); err != nil {
			http.Error(w, "the challenge is out of order", http.StatusInternalServerError)
		}
	})
}

func (a *API) note(r *http.Request, status int, user string, token [sha256.Size]byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answers = append(a.answers, Answer{r.Method, status, user, fmt.Sprintf("%x", token[:6])})
}

func (a *API) list(w http.ResponseWriter, user string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.tasks[user] == nil {
		a.tasks[user] = []string{"Water the plants", "Write the report"}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(a.tasks[user]) // it fails if the page is gone
}

func (a *API) add(w http.ResponseWriter, user string) {
	a.mu.Lock()
	a.tasks[user] = append(a.tasks[user], fmt.Sprintf("Task %d", len(a.tasks[user])+1))
	a.mu.Unlock()
	a.list(w, user)
}

// crossOrigin lets the page, which has another origin, call the API and read its challenges. Only a token opens it,
// which no other page has, so it need not know the page's origin.
func (a *API) crossOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", "WWW-Authenticate")
		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET, POST")
			h.Set("Access-Control-Allow-Headers", "Authorization")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}
