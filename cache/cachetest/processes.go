//go:build !js

package cachetest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
)

// RunProcesses checks that a store which several processes share keeps the contract between
// them: locks exclude and end with their process, however that ends, and a process that is
// killed while it saves leaves the old entry or the new one. It runs the test binary again,
// for the test that calls it, so that the test must do nothing before it calls RunProcesses:
//
//	func TestProcesses(t *testing.T) {
//		cachetest.RunProcesses(t,
//			func(t *testing.T) string { return t.TempDir() },
//			func(t *testing.T, place string) cache.Store { return mystore.Open(place) })
//	}
//
// newPlace makes the place of an empty store, such as a folder or an address; it is called
// once a check. open opens the store at a place; it is called in each process.
func RunProcesses(t *testing.T, newPlace func(t *testing.T) string, open func(t *testing.T, place string) cache.Store) {
	t.Helper()
	if role := os.Getenv(roleVariable); role != "" {
		store := subject{Store: open(t, os.Getenv(placeVariable))}
		if err := play(t.Context(), role, store); err != nil {
			t.Fatal(err)
		}
		return
	}
	caller := t.Name()
	for i := range processChecks {
		c := &processChecks[i]
		t.Run(c.name, func(t *testing.T) {
			place := newPlace(t)
			if err := tryProcesses(c, caller, place, open(t, place), 2*time.Minute); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func tryProcesses(c *processCheck, caller, place string, store cache.Store, patience time.Duration) error {
	s := subject{Store: store, patience: patience}
	others := &processes{caller: caller, place: place}
	defer others.kill()
	return s.try(&check{c.name, func(ctx context.Context, s subject) error { return c.run(ctx, s, others) }})
}

// A processCheck is a part of the contract that takes other processes.
type processCheck struct {
	name string
	run  func(ctx context.Context, s subject, others *processes) error
}

const (
	roleVariable  = "LATCHKEY_CACHETEST_ROLE"
	placeVariable = "LATCHKEY_CACHETEST_PLACE"

	// word begins the lines that a child says, among those of package testing.
	word = "cachetest: "
)

// processes are the other processes of a check.
type processes struct {
	caller, place string
	all           []*process
}

// A process runs a role on the store.
type process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Scanner
	rest  []string // what it said that is not for us
	ended bool
}

// start starts a process with a role.
func (ps *processes) start(role string) (*process, error) {
	var pattern []string
	for _, part := range strings.Split(ps.caller, "/") {
		pattern = append(pattern, "^"+regexp.QuoteMeta(part)+"$")
	}
	cmd := exec.Command(os.Args[0], "-test.run="+strings.Join(pattern, "/"), "-test.count=1")
	cmd.Env = append(os.Environ(), roleVariable+"="+role, placeVariable+"="+ps.place,
		"GORACE=atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	p := &process{cmd: cmd, stdin: stdin, lines: bufio.NewScanner(stdout)}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ps.all = append(ps.all, p)
	return p, nil
}

// kill ends all processes without a chance to say goodbye.
func (ps *processes) kill() {
	for _, p := range ps.all {
		p.kill()
	}
}

func (p *process) kill() {
	if !p.ended {
		p.ended = true
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

// hear returns what the process says next.
func (p *process) hear() (string, error) {
	for p.lines.Scan() {
		if text, ok := strings.CutPrefix(p.lines.Text(), word); ok {
			return text, nil
		}
		p.rest = append(p.rest, p.lines.Text())
	}
	return "", fmt.Errorf("the other process ended: %s", strings.Join(p.rest, "\n"))
}

// expect demands that the process says something.
func (p *process) expect(want string) error {
	got, err := p.hear()
	if err == nil && got != want {
		err = fmt.Errorf("the other process says %q, want %q", got, want)
	}
	return err
}

// tell says something to the process.
func (p *process) tell(text string) error {
	_, err := io.WriteString(p.stdin, text+"\n")
	return err
}

// end waits until the process has done its work.
func (p *process) end() error {
	for p.lines.Scan() {
		p.rest = append(p.rest, p.lines.Text())
	}
	p.ended = true
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("the other process: %w: %s", err, strings.Join(p.rest, "\n"))
	}
	return nil
}
