package browser

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/e2e/internal/chromium"
	"github.com/latchkey-auth/latchkey/examples/react-spa/site"
)

// sample are the tests of a run that is not --soak.
const sample = "^(TestPopup|TestReload|TestSilent|TestChallenge)$"

// running is the browser.
var running *chromium.Browser

func TestMain(m *testing.M) {
	// What ci/test says about the files that the page is built of. The go command does not know them; it knows what is
	// asked of the environment, and runs a test again if that has changed.
	_ = os.Getenv("LATCHKEY_PAGE")
	flag.Parse()
	if chosen := flag.Lookup("test.run"); os.Getenv("LATCHKEY_SOAK") == "" && chosen.Value.String() == "" {
		if err := chosen.Value.Set(sample); err != nil {
			panic(err) // it is a regular expression
		}
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	// All authorities of a process have one key.
	authority := &authoritytest.Server{TLS: true}
	if err := authority.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer authority.Close()
	var err error
	// A popup outside of a gesture must be blocked.
	if running, err = chromium.Start(chromium.Options{Authority: authority, BlockPopups: true}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer running.Close()
	defer closeSites()
	return m.Run()
}

// sites are the running examples, by how they run: building one takes a while.
var sites = struct {
	mu      sync.Mutex
	running map[string]*site.Site
}{running: map[string]*site.Site{}}

// siteOf returns the example with an engine and a cache.
func siteOf(t *testing.T, engine, cache string) *site.Site {
	t.Helper()
	sites.mu.Lock()
	defer sites.mu.Unlock()
	name := engine + " " + cache
	if s := sites.running[name]; s != nil {
		return s
	}
	s := start(t, engine, cache, nil)
	sites.running[name] = s
	return s
}

// siteWith returns an example with an authority of its own, for one test.
func siteWith(t *testing.T, engine, cache string, authority *authoritytest.Server) *site.Site {
	t.Helper()
	s := start(t, engine, cache, authority)
	t.Cleanup(s.Close)
	return s
}

func start(t *testing.T, engine, cache string, authority *authoritytest.Server) *site.Site {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	said := &strings.Builder{}
	s, err := site.Start(ctx, site.Options{Engine: engine, Cache: cache, Authority: authority, Log: said})
	if err != nil {
		t.Fatal(err)
	}
	if said.Len() > 0 {
		t.Log(said)
	}
	return s
}

func closeSites() {
	sites.mu.Lock()
	defer sites.mu.Unlock()
	for _, s := range sites.running {
		s.Close()
	}
}

// engines runs a test with each engine.
func engines(t *testing.T, test func(t *testing.T, engine string)) {
	for _, engine := range []string{"js", "wasm"} {
		t.Run(engine, func(t *testing.T) { test(t, engine) })
	}
}
