package loopback

import (
	"context"
	"os/exec"
	"time"
)

// patience is how long an opener may take to fail. One that runs longer has become the
// browser.
const patience = 5 * time.Second

// launch starts a program and waits for its end, for patience or for ctx.
func launch(ctx context.Context, name string, arguments ...string) error {
	// Not exec.CommandContext: the browser outlives the sign-in.
	cmd := exec.Command(name, arguments...)
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }() // for as long as the program runs, or it stays as a zombie
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-exited:
		if err != nil {
			return &exec.Error{Name: name, Err: err}
		}
		return nil
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
