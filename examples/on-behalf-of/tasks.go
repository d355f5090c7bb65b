package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/apiclient"
	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/examples/internal/web"
)

// The tasks API is in the middle: it is called for a user, and calls the calendar API for
// the same user.
type tasksAPI struct {
	settings
	client   *latchkey.ConfidentialClient
	calendar *http.Client // calls the calendar API for the user whose request is in the context
}

func newTasks(s settings) (http.Handler, error) {
	verifier, err := s.verifier(s.tasks)
	if err != nil {
		return nil, err
	}
	client, err := latchkey.NewConfidential(latchkey.Config{
		Authority: s.authority,
		Profile:   s.profile,
		ClientID:  s.tasks.clientID,
	}, latchkey.Secret(s.tasks.secret))
	if err != nil {
		return nil, err
	}
	calendar := &apiclient.Transport{
		Source:    onBehalfOf(client),
		Resources: []apiclient.Resource{{Pattern: s.calendar.url + "/*", Scopes: []string{s.calendar.scope}}},
	}
	if err := calendar.Check(); err != nil {
		return nil, err
	}
	t := &tasksAPI{settings: s, client: client, calendar: &http.Client{Transport: calendar, Timeout: 30 * time.Second}}

	mux := http.NewServeMux()
	need := apiserver.Requirement{Scopes: []string{s.tasks.permission()}}
	mux.Handle("GET /tasks", verifier.Handler(need, http.HandlerFunc(t.list)))
	mux.HandleFunc("GET /consent", t.consent)
	mux.HandleFunc("GET /consented", t.consented)
	return web.Protect(mux), nil
}

// onBehalfOf exchanges the token that the request in the context brought, and that the
// verifier has checked. The tokens that it gets are kept until that one ends.
func onBehalfOf(client *latchkey.ConfidentialClient) apiclient.Source {
	return func(ctx context.Context, r apiclient.TokenRequest) (*latchkey.Result, error) {
		claims, ok := apiserver.FromContext(ctx)
		if !ok {
			return nil, errors.New("the calendar can be asked only for the user of a request")
		}
		return client.AcquireTokenOnBehalfOf(ctx, claims.Assertion(), latchkey.OnBehalfOfRequest{
			Scopes:          r.Scopes,
			Resource:        r.Resource,
			ClaimsChallenge: r.ClaimsChallenge,
			Rejected:        r.Rejected,
		})
	}
}

// list answers with today's tasks, for which it asks the calendar.
func (t *tasksAPI) list(w http.ResponseWriter, r *http.Request) {
	event, err := t.nextEvent(r.Context())
	if err != nil {
		t.refuse(w, r, err)
		return
	}
	fmt.Fprintf(w, "be in time for %s", event)
}

func (t *tasksAPI) nextEvent(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.settings.calendar.url+"/next", nil)
	if err != nil {
		return "", err
	}
	resp, err := t.calendar.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the calendar answers %s", resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return string(body), err
}

// refuse passes on to the caller what only the user can do: a 401 with what the next
// sign-in must bring, or a 403 with the page where the user can consent. Any other failure
// is not the caller's business.
func (t *tasksAPI) refuse(w http.ResponseWriter, r *http.Request, err error) {
	log.Printf("the tasks API: %v", err)
	var need *apiclient.TokenError
	if !errors.Is(err, latchkey.ErrInteractionRequired) || !errors.As(err, &need) {
		http.Error(w, "the calendar cannot be asked", http.StatusBadGateway)
		return
	}
	switch {
	case len(need.ACRValues) > 0 || need.MaxAge > 0: // the calendar demands it (RFC 9470)
		err = apiserver.Challenge(w, r, apiserver.StepUp{ACRValues: need.ACRValues, MaxAge: need.MaxAge})
	case need.Claims != "": // the authority does, or the calendar in Microsoft Entra's way
		err = apiserver.ChallengeClaims(w, r, need.Claims)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": "consent_required", "consent": t.tasks.url + "/consent"}) // it fails if the caller is gone
		return
	}
	if err != nil {
		log.Printf("the tasks API: %v", err)
		http.Error(w, "the calendar cannot be asked", http.StatusBadGateway)
	}
}

// consent asks the user of a browser to let this API read the calendar. It needs no sign-in
// here: the authority shows who is asked, and keeps the answer.
func (t *tasksAPI) consent(w http.ResponseWriter, r *http.Request) {
	flow, err := t.client.AuthCodeURL(r.Context(), latchkey.AuthCodeRequest{
		RedirectURI: t.tasks.url + "/consented",
		Scopes:      []string{t.settings.calendar.scope},
		Prompt:      "consent",
	})
	if err != nil {
		log.Printf("the tasks API: %v", err)
		http.Error(w, "the authority cannot be asked", http.StatusBadGateway)
		return
	}
	http.Redirect(w, r, flow.URL(), http.StatusSeeOther)
}

// consented is where that ends. The code in the URL is not redeemed, so it is good for
// nothing. The way back is a link: browsers stop a redirect to a third origin after the
// form on the authority's page (Content-Security-Policy, form-action).
func (t *tasksAPI) consented(w http.ResponseWriter, r *http.Request) {
	status, page := http.StatusOK, "allowed"
	if r.URL.Query().Has("error") {
		status, page = http.StatusForbidden, "declined"
	}
	web.Show(w, status, pages, page, t.web.url)
}

var pages = web.Pages(`
{{define "allowed"}}{{template "top" "Thank you"}}
<p>The tasks API may read your calendar now.</p>
<nav><a class="button" href="{{.}}/tasks">Show my tasks</a></nav>
{{template "bottom"}}{{end}}

{{define "declined"}}{{template "top" "As you like"}}
<p>The tasks API may not read your calendar.</p>
<nav><a href="{{.}}">Back</a></nav>
{{template "bottom"}}{{end}}
`)
