package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/latchkey-auth/latchkey"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The test binary is latchkey too, and a command for latchkey authority to run.
func TestMain(m *testing.M) {
	if os.Getenv("GORACE") == "" {
		os.Setenv("GORACE", "atexit_sleep_ms=0") // else each run of the race-checked command ends with a second of sleep
	}
	if _, ok := os.LookupEnv("LATCHKEY_CACHE"); !ok {
		os.Setenv("LATCHKEY_CACHE", cacheNone) // no test touches the user's own tokens
	}
	testscript.Main(m, map[string]func(){"latchkey": main, "child": child, "browser": browser})
}

// child is the command that scripts run beside the authority:
//
//	child print NAME...    prints variables of its environment, one a line
//	child exit N           ends with a status
//	child files FOLDER     lists a folder
//	child cat FILE         prints a file
//	child damage FOLDER    overwrites the end of each record of a cache
//	child control [METHOD PLACE BODY]...   asks the control endpoint, and prints each answer
//	child wait             says "ready", waits for a signal, says which, and ends with status 3
//	child wait well        the same, but ends with status 0
func child() {
	switch args := os.Args[2:]; os.Args[1] {
	case "print":
		for _, name := range args {
			fmt.Println(os.Getenv(name))
		}
	case "exit":
		status, _ := strconv.Atoi(args[0])
		os.Exit(status)
	case "files":
		files, _ := os.ReadDir(args[0])
		for _, f := range files {
			fmt.Println(f.Name())
		}
	case "cat":
		data, err := os.ReadFile(args[0])
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Stdout.Write(data)
	case "damage":
		records, _ := filepath.Glob(filepath.Join(args[0], "*-????????????????????????????????????????"))
		for _, path := range records {
			data, err := os.ReadFile(path)
			if err == nil {
				data[len(data)-1] ^= 1
				err = os.WriteFile(path, data, 0o600)
			}
			if err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
		}
	case "control":
		for ; len(args) > 2; args = args[3:] {
			askControl(args[0], args[1], args[2])
		}
	case "wait":
		caught := make(chan os.Signal, 1)
		signal.Notify(caught, os.Interrupt, syscall.SIGTERM)
		fmt.Println("ready")
		fmt.Println(<-caught)
		if len(args) == 0 {
			os.Exit(3)
		}
	}
}

// A session is one run of the command in this process.
type session struct {
	status   int
	out, err string
}

// latchkeyRun runs a command line with standard input.
func latchkeyRun(ctx context.Context, stdin string, args ...string) session {
	return runCommands(ctx, commands(), stdin, args...)
}

func runCommands(ctx context.Context, table []*cobra.Command, stdin string, args ...string) session {
	var out, errs bytes.Buffer
	status := run(ctx, table, args, stdio{strings.NewReader(stdin), &out, &errs})
	return session{status, out.String(), errs.String()}
}

func TestR45_ExitStatus(t *testing.T) {
	refused := func(code string) error { return fmt.Errorf("decorated: %w", &latchkey.Error{Code: code}) }
	tests := []struct {
		name string
		err  error
		want int
	}{
		{"an answer", nil, 0},
		{"nobody is signed in", fmt.Errorf("decorated: %w", latchkey.ErrInteractionRequired), 4},
		{"the authority wants the user", refused("login_required"), 4},
		{"access denied", refused("access_denied"), 1},
		{"usage", &usageError{"x"}, 2},
		{"a field", fmt.Errorf("decorated: %w", &latchkey.ArgumentError{Field: "Config.ClientID"}), 2},
		{"anything else", errors.New("x"), 1},
		{"the child", fmt.Errorf("decorated: %w", &quietExit{99}), 99},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := exitStatus(tt.err); got != tt.want {
				t.Errorf("exitStatus(%v) = %d, want %d", tt.err, got, tt.want)
			}
		})
	}
}

func TestR23_ErrorLine(t *testing.T) {
	hostile := "latchkey: a\x1b[31mb\r\nc\u202ed\u009be " + strings.Repeat("x", 3000) + " end"
	got := errorLine(errors.New(hostile), "latchkey token")
	for _, bad := range []string{"\x1b", "\r", "\n", "\u202e", "\u009b"} {
		if strings.Contains(got, bad) {
			t.Errorf("the line has %q", bad)
		}
	}
	if !strings.HasPrefix(got, "latchkey: a") || !strings.HasSuffix(got, " end") {
		t.Errorf("the line does not begin or end as the error does: %q", got)
	}
	if got := errorLine(&quietExit{1}, "latchkey"); got != "" {
		t.Errorf("a child's failure prints %q", got)
	}
}

// R44: what stands on a command line is seen by every user of the computer.
func TestR44_NoFlagTakesASecret(t *testing.T) {
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			for _, word := range []string{"secret", "password", "token", "assertion", "key", "code"} {
				if strings.Contains(f.Name, word) && !strings.HasSuffix(f.Name, "-file") {
					t.Errorf("%s has the flag --%s", cmd.CommandPath(), f.Name)
				}
			}
		})
		for _, c := range cmd.Commands() {
			walk(c)
		}
	}
	walk(rootCommand(commands()))
}

func TestHelp(t *testing.T) {
	for _, cmd := range commands() {
		s := latchkeyRun(t.Context(), "", cmd.Name(), "--help")
		if s.status != 0 || s.err != "" || !strings.Contains(s.out, "Usage:") || !strings.Contains(s.out, "latchkey "+cmd.Name()) {
			t.Errorf("%s --help: status %d, standard error %q, standard output %q", cmd.Name(), s.status, s.err, s.out)
		}
	}
}
