package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Ten commands that are started at once, with nobody signed in, open one browser.
func TestTenTokensOneBrowser(t *testing.T) {
	const commands = 10
	srv := startServer(t)
	dir := t.TempDir()
	var opened atomic.Int32
	waits := make(chan bool, 2*commands)
	signsIn := make(chan struct{})
	gate := "/" + rand.Text()
	person := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != gate { // a stray request of another program, for whoever had the port before
			http.NotFound(w, r)
			return
		}
		if opened.Add(1) > 1 {
			waits <- false // nobody waits for this one
		}
		<-signsIn
	}))
	t.Cleanup(person.Close)
	env := append(os.Environ(),
		"LATCHKEY_AUTHORITY="+srv.Authority(""), "LATCHKEY_PROFILE=entra",
		"LATCHKEY_CLIENT_ID="+srv.Directory.App("native").ClientID, "LATCHKEY_SCOPE="+srv.Directory.App(demoAPI).Scope(demoScope),
		"LATCHKEY_CACHE="+filepath.Join(dir, "cache"), "LATCHKEY_CACHE_KEY_FILE="+filepath.Join(dir, "key"),
		"CONTROL="+srv.ControlURL(), "CONTROL_TOKEN="+srv.ControlToken(), "BROWSER=browser", "BROWSER_GATE="+person.URL+gate,
		"SSH_CONNECTION=", "SSH_TTY=",
	)
	var all sync.WaitGroup
	var mu sync.Mutex
	tokens := map[string]int{}
	for range commands {
		cmd := exec.CommandContext(t.Context(), "latchkey", "token", "--output", "json")
		cmd.Env = env
		var out bytes.Buffer
		cmd.Stdout = &out
		stderr, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			told := watch(stderr, "Waiting for ", waits)
			var answer tokenAnswer
			if err := errors.Join(cmd.Wait(), json.Unmarshal(out.Bytes(), &answer)); err != nil {
				t.Errorf("%v: %s", err, told)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			tokens[answer.AccessToken]++
		})
	}
	for range commands - 1 {
		if !<-waits {
			close(signsIn)
			all.Wait()
			t.Fatal("a command did not wait")
		}
	}
	noWait := exec.CommandContext(t.Context(), "latchkey", "token", "--no-wait")
	noWait.Env = env
	text, err := noWait.CombinedOutput()
	if noWait.ProcessState.ExitCode() != statusInteraction || !strings.Contains(string(text), "asks the user already, and --no-wait") {
		t.Errorf("--no-wait: %v, %s", err, text)
	}
	close(signsIn)
	all.Wait()
	if len(tokens) != 1 {
		t.Errorf("there are %d tokens, want one for all", len(tokens))
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d browsers were opened, want 1", n)
	}
}

// watch reads to the end, and says once whether a line begins with a text, as soon as it is
// known.
func watch(r io.Reader, begin string, found chan<- bool) string {
	var all strings.Builder
	lines := bufio.NewScanner(r)
	done := false
	for lines.Scan() {
		all.WriteString(lines.Text() + "\n")
		if !done && strings.HasPrefix(lines.Text(), begin) {
			done = true
			found <- true
		}
	}
	if !done {
		found <- false
	}
	return all.String()
}
