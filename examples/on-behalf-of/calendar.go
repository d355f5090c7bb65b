package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/latchkey-auth/latchkey/apiserver"
)

// The calendar API is at the end. It cannot tell from the token how many programs its
// request went through, and need not: the token is about the user and for this API.
func newCalendar(s settings) (http.Handler, error) {
	verifier, err := s.verifier(s.calendar)
	if err != nil {
		return nil, err
	}
	// Calendars are private: whoever asks must have signed in a short time ago.
	need := apiserver.Requirement{
		Scopes: []string{s.calendar.permission()},
		StepUp: apiserver.StepUp{MaxAge: time.Minute},
	}
	mux := http.NewServeMux()
	mux.Handle("GET /next", verifier.Handler(need, http.HandlerFunc(next)))
	return mux, nil
}

func next(w http.ResponseWriter, r *http.Request) {
	claims, _ := apiserver.FromContext(r.Context())
	fmt.Fprintf(w, "lunch at noon (the calendar of %s)", claims.Text("name"))
}
