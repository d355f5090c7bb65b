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
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// A crowd is ten commands latchkey token that are started at once, with nobody signed in.
type crowd struct {
	t      *testing.T
	env    []string
	waits  chan bool   // of each command, once: whether it says that it waits
	codes  chan string // user codes that are shown
	all    sync.WaitGroup
	mu     sync.Mutex
	tokens map[string]int
}

const crowdSize = 10

func newCrowd(t *testing.T, srv *authoritytest.Server, env ...string) *crowd {
	dir := t.TempDir()
	env = append(os.Environ(), append(env,
		"LATCHKEY_AUTHORITY="+srv.Authority(""), "LATCHKEY_PROFILE=entra",
		"LATCHKEY_CLIENT_ID="+srv.Directory.App("native").ClientID, "LATCHKEY_SCOPE="+srv.Directory.App(demoAPI).Scope(demoScope),
		"LATCHKEY_CACHE="+filepath.Join(dir, "cache"), "LATCHKEY_CACHE_KEY_FILE="+filepath.Join(dir, "key"),
		"SSH_CONNECTION=", "SSH_TTY=")...)
	return &crowd{t: t, env: env, waits: make(chan bool, 2*crowdSize), codes: make(chan string, crowdSize), tokens: map[string]int{}}
}

func (c *crowd) start(args ...string) {
	for range crowdSize {
		cmd := exec.CommandContext(c.t.Context(), "latchkey", append([]string{"token", "--output", "json"}, args...)...)
		cmd.Env = c.env
		var out bytes.Buffer
		cmd.Stdout = &out
		stderr, err := cmd.StderrPipe()
		if err != nil {
			c.t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			c.t.Fatal(err)
		}
		c.all.Go(func() {
			told := c.watch(stderr)
			var answer tokenAnswer
			if err := errors.Join(cmd.Wait(), json.Unmarshal(out.Bytes(), &answer)); err != nil {
				c.t.Errorf("%v: %s", err, told)
				return
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.tokens[answer.AccessToken]++
		})
	}
}

// watch reads to the end, and says once whether the command waits, as soon as it is known.
func (c *crowd) watch(r io.Reader) string {
	var all strings.Builder
	lines := bufio.NewScanner(r)
	done := false
	for lines.Scan() {
		all.WriteString(lines.Text() + "\n")
		if m := enterCode.FindStringSubmatch(lines.Text()); m != nil {
			c.codes <- m[1]
		}
		if !done && strings.HasPrefix(lines.Text(), "Waiting for ") {
			done = true
			c.waits <- true
		}
	}
	if !done {
		c.waits <- false
	}
	return all.String()
}

var toldWhom = regexp.MustCompile(`^latchkey: latchkey token \(process \d+\) asks the user already, and --no-wait`)

// checkWaits is for when one asks the user. It returns when all the others wait, and tries
// one that waits for nobody.
func (c *crowd) checkWaits(end func(), args ...string) {
	c.t.Helper()
	for range crowdSize - 1 {
		if !<-c.waits {
			end()
			c.all.Wait()
			c.t.Fatal("a command did not wait")
		}
	}
	noWait := exec.CommandContext(c.t.Context(), "latchkey", append([]string{"token", "--no-wait"}, args...)...)
	noWait.Env = c.env
	text, err := noWait.CombinedOutput()
	if noWait.ProcessState.ExitCode() != statusInteraction || !toldWhom.Match(text) {
		c.t.Errorf("--no-wait: %v, %s", err, text)
	}
}

func (c *crowd) checkTokens() {
	c.t.Helper()
	c.all.Wait()
	if len(c.tokens) != 1 {
		c.t.Errorf("there are %d tokens, want one for all", len(c.tokens))
	}
}

// Ten commands that are started at once, with nobody signed in, open one browser.
func TestTenTokensOneBrowser(t *testing.T) {
	srv := startServer(t)
	var opened atomic.Int32
	shown, signsIn := make(chan struct{}, crowdSize), make(chan struct{})
	gate := "/" + rand.Text()
	var c *crowd
	person := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != gate { // a stray request of another program, for whoever had the port before
			http.NotFound(w, r)
			return
		}
		if opened.Add(1) > 1 {
			c.waits <- false // nobody waits for this one
		}
		shown <- struct{}{}
		<-signsIn
	}))
	t.Cleanup(person.Close)
	c = newCrowd(t, srv, "CONTROL="+srv.ControlURL(), "CONTROL_TOKEN="+srv.ControlToken(), "BROWSER=browser", "BROWSER_GATE="+person.URL+gate)
	c.start()
	end := sync.OnceFunc(func() { close(signsIn) })
	<-shown
	c.checkWaits(end)
	end()
	c.checkTokens()
	if n := opened.Load(); n != 1 {
		t.Errorf("%d browsers were opened, want 1", n)
	}
}

// Ten of them with --device show one code.
func TestTenTokensOneCode(t *testing.T) {
	srv := startServer(t)
	c := newCrowd(t, srv)
	c.start("--device")
	code := <-c.codes
	approve := sync.OnceFunc(func() {
		if err := srv.ApproveDevice(t.Context(), code, demoUser); err != nil {
			t.Error(err)
		}
	})
	c.checkWaits(approve, "--device")
	approve()
	c.checkTokens()
	if n := len(c.codes); n != 0 {
		t.Errorf("%d more codes were shown", n)
	}
}
