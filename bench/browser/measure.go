package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// A size says how often is measured.
type size struct {
	ready    int   // loads of each kind
	popups   int   // first sign-ins, and as many second ones
	batches  int   // of silent hits
	calls    int   // in a batch
	accounts []int // that are signed in while hits are measured
	heaps    int
	level    int // of brotli; every row of downloads but the smallest run's is of level 11
}

var (
	thorough = size{ready: 15, popups: 11, batches: 9, calls: 1000, accounts: []int{1, 20}, heaps: 3, level: 11}
	quick    = size{ready: 5, popups: 5, batches: 5, calls: 300, accounts: []int{1}, heaps: 1, level: 11}
	smallest = size{ready: 1, popups: 1, batches: 1, calls: 20, accounts: []int{1}, heaps: 1, level: 1}
)

// The locations of msal-browser's cache.
const (
	session = "sessionStorage"
	local   = "localStorage"
	memory  = "memoryStorage"
)

// A bench has the candidates, and a browser for all of them.
type bench struct {
	size
	*samples
	candidates []*candidate
	authority  *authoritytest.Server
	browser    *chromium
	users      []string
}

// measure builds the pages and measures the groups whose names are listed, all if none is. It names the browser too.
func measure(ctx context.Context, root string, s size, only []string, log io.Writer) (rows []row, product string, err error) {
	candidates, err := build(ctx, root, s.level, log)
	if err != nil {
		return nil, "", err
	}
	b := &bench{size: s, samples: newSamples(), candidates: candidates}
	defer b.close()
	if err := b.open(); err != nil {
		return nil, "", err
	}
	version, err := chromedp.CallBrowser(b.browser.ctx, cdpbrowser.GetVersion, cdp.Empty{})
	if err != nil {
		return nil, "", err
	}
	for _, g := range groups() {
		if len(only) > 0 && !slices.Contains(only, g.name) {
			continue
		}
		fmt.Fprintln(log, "measuring", g.name)
		if err := g.run(b); err != nil {
			return nil, "", fmt.Errorf("%s: %w", g.name, err)
		}
	}
	return b.rows(), version.Product, nil
}

type group struct {
	name string
	run  func(*bench) error
}

func groups() []group {
	return []group{{"download", (*bench).download}, {"ready", (*bench).ready}, {"silent", (*bench).silent}, {"popup", (*bench).popup}, {"heap", (*bench).heap}}
}

func (b *bench) open() error {
	directory := authoritytest.DefaultDirectory()
	b.users = append(b.users, directory.Users[0].Username)
	for i := 1; i < slices.Max(b.size.accounts); i++ {
		u := directory.Users[1]
		u.ObjectID = fmt.Sprintf("6f2a8c7e-1b3d-4c9f-8e7a-%012d", i)
		u.Username = fmt.Sprintf("user%d@contoso.test", i)
		u.Email = u.Username
		directory.Users = append(directory.Users, u)
		b.users = append(b.users, u.Username)
	}
	b.authority = &authoritytest.Server{TLS: true, Directory: directory}
	if err := b.authority.Start(); err != nil {
		return err
	}
	for _, c := range b.candidates {
		if err := c.serve(b.authority); err != nil {
			return err
		}
	}
	var err error
	if b.browser, err = startChromium(b.authority); err != nil {
		return err
	}
	return b.browser.signIn(b.authority, b.users[0])
}

func (b *bench) close() {
	if b.browser != nil {
		b.browser.close()
	}
	for _, c := range b.candidates {
		if c.site != nil {
			c.site.close()
		}
	}
	b.authority.Close()
}

// rounds has the candidates take turns n times, another one first each time.
func (b *bench) rounds(n int, run func(round int, c *candidate) error) error {
	for round := range n {
		for i := range b.candidates {
			c := b.candidates[(round+i)%len(b.candidates)]
			if err := run(round, c); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	return nil
}

// inTab gives a function a new tab.
func (b *bench) inTab(run func(t *tab) error) error {
	t, err := b.browser.open()
	if err != nil {
		return err
	}
	defer t.close()
	return run(t)
}

// download has the sizes of what a page loads.
func (b *bench) download() error {
	for _, c := range b.candidates {
		var page, redirect file
		for _, path := range c.app() {
			page = add(page, c.files[path])
		}
		for path, f := range c.files {
			if c.ofRedirect(path) {
				redirect = add(redirect, f)
			}
		}
		b.add("download/page", "bytes", 0, c, float64(len(page.plain)))
		b.add("download/page/brotli", "bytes", 0, c, float64(len(page.brotli)))
		b.add("download/redirect", "bytes", 0, c, float64(len(redirect.plain)))
		b.add("download/redirect/brotli", "bytes", 0, c, float64(len(redirect.brotli)))
	}
	return nil
}

func add(a, b file) file {
	return file{slices.Concat(a.plain, b.plain), slices.Concat(a.brotli, b.brotli)}
}

// ready measures how long a page takes until initialize and getAllAccounts are done: at an origin that the browser does
// not know, and where an account is signed in.
func (b *bench) ready() error {
	err := b.rounds(b.size.ready, func(round int, c *candidate) error {
		return b.inTab(func(t *tab) error {
			return b.readyOnce(t, c, c.site.origin(fmt.Sprintf("r%d.", round)), session, 0)
		})
	})
	if err != nil {
		return err
	}
	for _, cache := range []string{session, local} {
		tabs, err := b.signedIn(cache, 1)
		if err != nil {
			return err
		}
		err = b.rounds(b.size.ready, func(_ int, c *candidate) error {
			// From another site, in a process of its own, so that nothing of the page before is in memory.
			if err := tabs[c].visit("http://127.0.0.1:" + c.site.port + "/redirect.html?" + cache); err != nil {
				return err
			}
			return b.readyOnce(tabs[c], c, c.site.origin(""), cache, 1)
		})
		closeAll(tabs)
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) readyOnce(t *tab, c *candidate, origin, cache string, accounts int) error {
	at, err := t.load(origin + "/?cache=" + cache)
	if err != nil {
		return err
	}
	if at.Accounts != accounts {
		return fmt.Errorf("%d accounts are known, want %d", at.Accounts, accounts)
	}
	name := "ready/new"
	if accounts > 0 {
		name = "ready/signed in/" + cache
	}
	b.add(name, "ms", 1.3, c, at.Navigation)
	b.add(name+"/from script", "ms", 1.3, c, at.Script)
	cpu, err := t.cpu()
	b.add(name+"/cpu", "ms", 0, c, cpu)
	return err
}

// signedIn opens each candidate's page where nothing is stored, and signs in accounts there.
func (b *bench) signedIn(cache string, accounts int) (map[*candidate]*tab, error) {
	tabs := map[*candidate]*tab{}
	err := b.rounds(1, func(_ int, c *candidate) error {
		t, err := b.browser.open()
		if err != nil {
			return err
		}
		tabs[c] = t
		if err := b.browser.forget(c.site.origin("")); err != nil {
			return err
		}
		if _, err := t.load(c.site.origin("") + "/?cache=" + cache); err != nil {
			return err
		}
		for i := range accounts {
			if accounts > 1 {
				if err := b.browser.signIn(b.authority, b.users[i]); err != nil {
					return err
				}
			}
			if _, err := b.signInByPopup(t); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		closeAll(tabs)
	}
	return tabs, err
}

func closeAll(tabs map[*candidate]*tab) {
	for _, t := range tabs {
		t.close()
	}
}

// signInByPopup returns the milliseconds from the click to the result.
func (b *bench) signInByPopup(t *tab) (float64, error) {
	return eval[float64](t, fmt.Sprintf(`(async () => {
		const began = performance.now();
		const result = await pca.loginPopup({scopes: [%q]});
		const took = performance.now() - began;
		if (!result.accessToken) throw new Error("there is no access token");
		return took;
	})()`, b.scope()))
}

func (b *bench) scope() string { return b.authority.Directory.App("api").Scope("Tasks.Read") }

// silent measures acquireTokenSilent where the token is in the cache.
func (b *bench) silent() error {
	for _, accounts := range b.size.accounts {
		for _, cache := range []string{session, local, memory} {
			if err := b.hits(cache, accounts); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) hits(cache string, accounts int) error {
	tabs, err := b.signedIn(cache, accounts)
	if err != nil {
		return err
	}
	defer closeAll(tabs)
	before := len(b.authority.Requests())
	name := fmt.Sprintf("silent/%s/accounts=%d", cache, accounts)
	batch := fmt.Sprintf(`(async (calls) => {
		const all = pca.getAllAccounts();
		if (all.length !== %d) throw new Error(all.length + " accounts");
		let tokens = 0;
		const began = performance.now();
		for (let i = 0; i < calls; i++) {
			const result = await pca.acquireTokenSilent({scopes: [%q], account: all[i %% all.length]});
			if (result.fromCache) tokens++;
		}
		const took = performance.now() - began;
		if (tokens !== calls) throw new Error(tokens + " hits");
		return took * 1000 / calls;
	})`, accounts, b.scope())
	err = b.rounds(1+b.size.batches, func(round int, c *candidate) error {
		var took float64
		cpu, err := tabs[c].cpuOf(func() (err error) {
			took, err = eval[float64](tabs[c], fmt.Sprintf("%s(%d)", batch, b.size.calls))
			return err
		})
		if err == nil && round > 0 { // the first one warms up
			b.add(name, "µs", 1, c, took)
			b.add(name+"/cpu", "µs", 0, c, cpu*1000/float64(b.size.calls))
		}
		return err
	})
	if sent := len(b.authority.Requests()) - before; err == nil && sent > 0 {
		return fmt.Errorf("hits sent %d requests", sent)
	}
	return err
}

// popup measures a sign-in by popup where the authority's session needs no person, and then another one in the same
// page, which has the metadata.
func (b *bench) popup() error {
	return b.rounds(b.size.popups, func(_ int, c *candidate) error {
		if err := b.browser.forget(c.site.origin("")); err != nil {
			return err
		}
		return b.inTab(func(t *tab) error {
			asked := len(b.authority.Requests()) // what is asked for ahead counts too
			if _, err := t.load(c.site.origin("") + "/?cache=" + session); err != nil {
				return err
			}
			for _, name := range []string{"popup/first", "popup/again"} {
				if err := b.popupOnce(t, c, name, asked); err != nil {
					return err
				}
				asked = len(b.authority.Requests())
			}
			return nil
		})
	})
}

// popupOnce signs in by a popup. The authority had been asked for so many things before.
func (b *bench) popupOnce(t *tab, c *candidate, name string, asked int) error {
	_, atPage := c.site.since(0)
	var took float64
	cpu, err := t.cpuOf(func() (err error) {
		took, err = b.signInByPopup(t)
		return err
	})
	if err != nil {
		return err
	}
	var requests []string
	for _, r := range b.authority.Requests()[asked:] {
		what := r.Endpoint
		if r.Method == "OPTIONS" {
			what += " preflight"
		}
		requests = append(requests, what)
	}
	own, _ := c.site.since(atPage)
	b.add(name, "ms", 1, c, took)
	b.add(name+"/cpu", "ms", 0, c, cpu)
	b.count(name+"/at the authority", 1, c, requests)
	b.count(name+"/at the page's server", 1, c, own)
	return nil
}

// heap measures the memory of a page after a sign-in and a garbage collection.
func (b *bench) heap() error {
	return b.rounds(b.size.heaps, func(_ int, c *candidate) error {
		if err := b.browser.forget(c.site.origin("")); err != nil {
			return err
		}
		return b.inTab(func(t *tab) error {
			hook := page.AddScriptToEvaluateOnNewDocumentParams{Source: rememberWasm}
			if _, err := chromedp.Call(t.ctx, page.AddScriptToEvaluateOnNewDocument, hook); err != nil {
				return err
			}
			if _, err := t.load(c.site.origin("") + "/?cache=" + session); err != nil {
				return err
			}
			if _, err := b.signInByPopup(t); err != nil {
				return err
			}
			if _, err := chromedp.Call(t.ctx, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
				return err
			}
			used, err := chromedp.Call(t.ctx, runtime.GetHeapUsage, cdp.Empty{})
			if err != nil {
				return err
			}
			linear, err := eval[float64](t, "globalThis.wasm?.exports.mem.buffer.byteLength ?? 0")
			b.add("heap/signed in", "KB", 0, c, (used.UsedSize+used.BackingStorageSize+linear)/1024)
			return err
		})
	})
}

// rememberWasm lets the memory of a WebAssembly program be found, which the heap does not count.
const rememberWasm = `{
	const instantiate = WebAssembly.instantiate;
	WebAssembly.instantiate = async (...parts) => {
		const made = await instantiate(...parts);
		globalThis.wasm = made.instance;
		return made;
	};
}`
