package browser

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/examples/react-spa/site"
)

// sample are the tests of a run that is not --soak.
const sample = "^(TestPopup|TestReload|TestSilent|TestChallenge)$"

// chromium is the running browser.
var chromium context.Context

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
	pin, err := pinOfThisProcess()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	profile, err := newProfile()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(profile)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.UserDataDir(profile),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-popup-blocking", false), // a popup outside of a gesture must be blocked
		chromedp.Flag("ignore-certificate-errors-spki-list", pin),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
		chromedp.WindowSize(1100, 800),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	ctx, quit := chromedp.NewContext(allocator)
	defer quit()
	if err := chromedp.Do(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "Chromium did not start; ci/setup installs it:", err)
		return 1
	}
	chromium = ctx
	defer closeSites()
	return m.Run()
}

// newProfile makes a profile that lets a frame of another site have its cookies, which hidden frames need. Some builds of
// Chromium begin without that; the library then asks the user.
func newProfile() (folder string, err error) {
	folder, err = os.MkdirTemp("", "latchkey-chromium-")
	if err != nil {
		return "", err
	}
	preferences := filepath.Join(folder, "Default", "Preferences")
	if err := os.Mkdir(filepath.Dir(preferences), 0o700); err != nil {
		return "", err
	}
	const text = `{"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": false}}`
	return folder, os.WriteFile(preferences, []byte(text), 0o600)
}

// pinOfThisProcess returns the hash of the key that all authorities of this process have.
func pinOfThisProcess() (string, error) {
	srv := &authoritytest.Server{TLS: true}
	if err := srv.Start(); err != nil {
		return "", err
	}
	defer srv.Close()
	return (&site.Site{Authority: srv}).Pin()
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
