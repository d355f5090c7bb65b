package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// childGrace is how long a command may take to end after a signal.
const childGrace = 10 * time.Second

// runChild runs a command with additional variables in its environment. Its failure is a
// [quietExit]. When ctx ends by a signal, the command gets that signal.
func runChild(ctx context.Context, command, env []string, std stdio) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = std.in, std.out, std.err
	cmd.Cancel = func() error { return passOn(ctx, cmd.Process, std.in) }
	cmd.WaitDelay = childGrace
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return &quietExit{childStatus(exit.ProcessState)}
	case ctx.Err() != nil && cmd.ProcessState != nil && cmd.ProcessState.Success():
		return nil // Run reports ctx's end, but the command has made the best of it
	case err != nil:
		return fmt.Errorf("running %q: %w", command[0], err)
	}
	return nil
}

// passOn gives the command the signal that ended ctx, or ends it where signals do not
// exist. An interrupt from the keyboard has reached the command already, and a second one
// would tell it to hurry.
func passOn(ctx context.Context, p *os.Process, stdin io.Reader) error {
	var i *interruption
	if !errors.As(context.Cause(ctx), &i) {
		return p.Kill()
	}
	if i.signal == os.Interrupt && isTerminal(stdin) {
		return nil
	}
	err := p.Signal(i.signal)
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		return p.Kill()
	}
	return err
}

// childStatus is the exit status as a shell reports it: of a command that a signal
// ended, 128 and the signal's number.
func childStatus(state *os.ProcessState) int {
	if w, ok := state.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal())
	}
	if code := state.ExitCode(); code >= 0 {
		return code
	}
	return statusFailed
}
