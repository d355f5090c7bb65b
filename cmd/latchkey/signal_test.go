//go:build unix

package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"encoding/json"
)

// A process is the built command, running.
type process struct {
	cmd    *exec.Cmd
	out    *bufio.Reader
	stderr *bufio.Reader
}

func startProcess(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "latchkey", args...)
	cmd.Env = append(os.Environ(), append(env, "TMPDIR="+t.TempDir())...)
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &process{cmd, bufio.NewReader(out), bufio.NewReader(stderr)}
}

// stop sends a signal and returns the exit status and the rest of the output.
func (p *process) stop(t *testing.T, s syscall.Signal) (status int, out, stderr string) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(p.out)
	errs, _ := io.ReadAll(p.stderr)
	var exit *exec.ExitError
	if err := p.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.cmd.ProcessState.ExitCode(), string(rest), string(errs)
}

func line(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	text, err := r.ReadString('\n')
	if err != nil {
		t.Fatalf("%q, %v", text, err)
	}
	return text
}

func TestAuthorityStopsOnSignals(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			p := startProcess(t, nil, "authority", "--tls", "--json")
			var r ready
			if err := json.Unmarshal([]byte(line(t, p.out)), &r); err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(r.Authority)
			if err != nil {
				t.Fatal(err)
			}
			conn, err := net.Dial("tcp", u.Host)
			if err != nil {
				t.Fatal(err)
			}
			conn.Close()
			if _, err := os.Stat(r.CAFile); err != nil {
				t.Error(err)
			}
			if status, out, stderr := p.stop(t, s); status != 0 || out != "" || stderr != "" {
				t.Errorf("status %d, %q, %q", status, out, stderr)
			}
			if _, err := os.Stat(r.CAFile); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the CA's file is left: %v", err)
			}
			if conn, err := net.Dial("tcp", u.Host); err == nil {
				conn.Close()
				t.Error("something listens still")
			}
		})
	}
}

// A signal goes on to the command that runs beside the authority, and its status counts.
func TestAuthorityPassesSignalsOn(t *testing.T) {
	tests := []struct {
		name   string
		signal syscall.Signal
		args   []string
		status int
		out    string
	}{
		{"terminated", syscall.SIGTERM, nil, 3, "terminated\n"},
		{"interrupted", syscall.SIGINT, nil, 3, "interrupt\n"},
		{"it ends well", syscall.SIGTERM, []string{"well"}, 0, "terminated\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := startProcess(t, nil, append([]string{"authority", "--", "child", "wait"}, tt.args...)...)
			if got := line(t, p.out); got != "ready\n" {
				t.Fatalf("%q", got)
			}
			status, out, stderr := p.stop(t, tt.signal)
			if status != tt.status || out != tt.out || strings.Count(stderr, "\n") != 1 {
				t.Errorf("status %d, want %d; standard output %q, want %q; standard error %q", status, tt.status, out, tt.out, stderr)
			}
		})
	}
	t.Run("killed", func(t *testing.T) {
		p := startProcess(t, nil, "authority", "--", "sh", "-c", "kill -KILL $$")
		if err := p.cmd.Wait(); p.cmd.ProcessState.ExitCode() != 128+9 {
			t.Errorf("%v", err)
		}
	})
}

func TestDeviceCodeStopsOnSignals(t *testing.T) {
	srv := startServer(t)
	p := startProcess(t, []string{"LATCHKEY_CLIENT_SECRET="}, "token", "--device", "--authority", srv.Authority(""), "--profile", "entra",
		"--client-id", srv.Directory.App("native").ClientID, "--scope", srv.Directory.App("api").Scope("Tasks.Read"))
	for !strings.HasPrefix(line(t, p.stderr), "within ") {
	}
	status, out, stderr := p.stop(t, syscall.SIGINT)
	if status != 1 || out != "" || stderr != "latchkey: stopped by a signal (interrupt)\n" {
		t.Errorf("status %d, standard output %q, standard error %q", status, out, stderr)
	}
}

func TestBrowserSignInStopsOnSignals(t *testing.T) {
	srv := startServer(t)
	p := startProcess(t, []string{"LATCHKEY_CLIENT_SECRET=", "BROWSER=", "DISPLAY=", "WAYLAND_DISPLAY=", "SSH_CONNECTION=", "SSH_TTY="}, "token", "--authority",
		srv.Authority(""), "--profile", "entra", "--client-id", srv.Directory.App("native").ClientID, "--scope", srv.Directory.App("api").Scope("Tasks.Read"))
	for !strings.Contains(line(t, p.stderr), "ssh -L") {
	}
	status, out, stderr := p.stop(t, syscall.SIGTERM)
	if status != 1 || out != "" || stderr != "latchkey: stopped by a signal (terminated)\n" {
		t.Errorf("status %d, standard output %q, standard error %q", status, out, stderr)
	}
}

// Nothing waits for a terminal that says nothing.
func TestInspectStopsOnSignals(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "latchkey", "inspect")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	var stderr syncBuilder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// The pipe is full only once the command reads it, and it catches signals before that.
	if _, err := stdin.Write(make([]byte, 128<<10)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 1 || stderr.String() != "latchkey: stopped by a signal (terminated)\n" {
		t.Errorf("%v, %q", err, stderr.String())
	}
}
