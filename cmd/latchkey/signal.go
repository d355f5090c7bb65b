package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// An interruption is the signal that ended a context: its cause.
type interruption struct{ signal os.Signal }

func (i *interruption) Error() string { return "stopped by a signal (" + i.signal.String() + ")" }

// untilSignal returns a context that ends with the first SIGINT or SIGTERM. A second one
// ends the process, as if nobody caught it.
func untilSignal(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case s := <-caught:
			signal.Stop(caught)
			cancel(&interruption{s})
		case <-ctx.Done():
		}
	}()
	return ctx, func() { signal.Stop(caught); cancel(nil) }
}

// isTerminal reports whether f is a terminal.
func isTerminal(f any) bool {
	file, ok := f.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull) // a character device too
	return err != nil || !os.SameFile(info, null)
}
