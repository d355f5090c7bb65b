package loopback

import (
	"errors"
	"io"
	"log"
	"net/http"
	"sync"
	"time"
)

// A receiver waits for the one request that answers a sign-in, and answers all others.
type receiver struct {
	place  *place
	state  string
	pages  *pages
	limit  time.Duration
	answer chan string // the first answer
	broken chan error  // why a listener has failed
}

func newReceiver(p *place, state string, pages *pages, limit time.Duration) *receiver {
	return &receiver{p, state, pages, limit, make(chan string, 1), make(chan error, len(p.addresses))}
}

// serve answers the requests that reach the listeners, until the returned func is called.
func (r *receiver) serve(held listeners) (stop func()) {
	server := &http.Server{
		Handler:        r,
		ReadTimeout:    r.limit,
		WriteTimeout:   2 * r.limit, // from the end of the header, and the body may take one
		MaxHeaderBytes: maxAnswer,
		// Its lines are about strangers' requests and go to the standard logger otherwise.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	server.SetKeepAlivesEnabled(false)
	var serving sync.WaitGroup
	for _, l := range held {
		serving.Go(func() {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				r.broken <- err
			}
		})
	}
	return func() {
		server.Close()
		serving.Wait()
		server.Close() // connections that were accepted meanwhile
	}
}

// ServeHTTP answers a request. The page is with the system before the sign-in goes on,
// so that a program that ends at once does not cut it off.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	answer, refused := r.read(w, req)
	if refused != nil {
		r.pages.refuse(w, refused)
		return
	}
	r.pages.close(w, answer.values)
	// An error means that the page is the loss: the answer is here.
	_ = http.NewResponseController(w).Flush()
	select {
	case r.answer <- answer.raw:
	default: // the second answer to the same sign-in, such as a reload
	}
}
