package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// A Site is a handler and where it is served.
type Site struct {
	Listener net.Listener // closed in the end
	Handler  http.Handler // what is served there
}

// Serve serves the sites until ctx ends or one of them fails. Running requests may finish.
func Serve(ctx context.Context, sites ...Site) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	failed := make(chan error, len(sites))
	for _, s := range sites {
		go func() {
			defer stop()
			failed <- s.serve(ctx)
		}()
	}
	var err error
	for range sites {
		err = errors.Join(err, <-failed)
	}
	return err
}

func (s Site) serve(ctx context.Context) error {
	srv := &http.Server{Handler: s.Handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- srv.Shutdown(ctx)
	})
	if err := srv.Serve(s.Listener); stop() {
		return err // it failed before ctx ended
	}
	return <-stopped
}
