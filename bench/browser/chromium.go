package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// patience bounds everything that a page is asked for.
const patience = 60 * time.Second

// A chromium is a running browser with a profile of its own, which reaches this computer only.
type chromium struct {
	ctx context.Context
	end []func()
}

func startChromium(authority *authoritytest.Server) (*chromium, error) {
	key, err := keyOf(authority)
	if err != nil {
		return nil, err
	}
	profile, err := os.MkdirTemp("", "latchkey-bench-")
	if err != nil {
		return nil, err
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.UserDataDir(profile),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-popup-blocking", true),
		chromedp.Flag("ignore-certificate-errors-spki-list", key),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1"),
		chromedp.WindowSize(1100, 800),
		// In every new window Chromium prepares a page of its own, which takes half of a small machine for 200 ms.
		chromedp.Flag("disable-features", "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup"),
	)...)
	ctx, quit := chromedp.NewContext(allocator)
	b := &chromium{ctx: ctx, end: []func(){quit, stop, func() { _ = os.RemoveAll(profile) }}}
	if err := chromedp.Do(ctx); err != nil {
		b.close()
		return nil, fmt.Errorf("chromium does not start; ci/setup installs it, as does apt-get install chromium: %w", err)
	}
	return b, nil
}

func (b *chromium) close() {
	for _, end := range b.end {
		end()
	}
}

// keyOf returns the hash of the public key that the authority shows.
func keyOf(authority *authoritytest.Server) (string, error) {
	resp, err := authority.Client().Get(authority.Authority("") + "/v2.0/.well-known/openid-configuration")
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.TLS == nil || len(resp.TLS.PeerCertificates) == 0 {
		return "", errors.New("the authority has no TLS")
	}
	hash := sha256.Sum256(resp.TLS.PeerCertificates[0].RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(hash[:]), nil
}

// signIn gives the browser a session at the authority, in place of the one before.
func (b *chromium) signIn(authority *authoritytest.Server, username string) error {
	person := authority.NewBrowser()
	if err := person.SignIn(b.ctx, username); err != nil {
		return err
	}
	return b.setCookies(authority.URL(), person.Cookies())
}

func (b *chromium) setCookies(site string, cookies []*http.Cookie) error {
	for _, c := range cookies {
		cookie := network.SetCookieParams{
			Name: c.Name, Value: c.Value, URL: site, HTTPOnly: &c.HttpOnly, Secure: &c.Secure, SameSite: network.CookieSameSiteNone,
		}
		if _, err := chromedp.Call(b.ctx, network.SetCookie, cookie); err != nil {
			return err
		}
	}
	return nil
}

// forget removes everything that is stored for an origin.
func (b *chromium) forget(origin string) error {
	all := storage.ClearDataForOriginParams{Origin: origin, StorageTypes: "all"}
	_, err := chromedp.Call(b.ctx, storage.ClearDataForOrigin, all)
	return err
}

// A tab is a page of the browser.
type tab struct {
	ctx   context.Context
	close func()
}

func (b *chromium) open() (*tab, error) {
	ctx, cancel := chromedp.NewContext(b.ctx)
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		return nil, err
	}
	if _, err := chromedp.Call(ctx, performance.Enable, performance.EnableParams{}); err != nil {
		cancel()
		return nil, err
	}
	return &tab{ctx, cancel}, nil
}

// load goes to an address, waits until the page is ready, and returns when that was.
func (t *tab) load(address string) (timing, error) {
	if err := t.visit(address); err != nil {
		return timing{}, err
	}
	return eval[timing](t, `ready.then((at) => ({
		Navigation: at, Script: at - performance.getEntriesByName(location.origin + "/app.js")[0].startTime, Accounts: accounts }))`)
}

// visit goes to an address.
func (t *tab) visit(address string) error {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.Navigate(address))
	return err
}

// A timing is when a page was ready, in milliseconds.
type timing struct {
	Navigation float64 // since the browser began to go there
	Script     float64 // since it asked for the page's script
	Accounts   int     // that were known then
}

// cpu returns how much processor time the page's main thread has taken, in milliseconds. Other work of the machine hardly
// changes it.
func (t *tab) cpu() (float64, error) {
	measured, err := chromedp.Call(t.ctx, performance.GetMetrics, cdp.Empty{})
	if err != nil {
		return 0, err
	}
	for _, m := range measured.Metrics {
		if m.Name == "ThreadTime" {
			return m.Value * 1000, nil
		}
	}
	return 0, errors.New("chromium does not say how much processor time a page takes")
}

// cpuOf returns how much of it a function takes.
func (t *tab) cpuOf(run func() error) (float64, error) {
	before, err := t.cpu()
	if err != nil {
		return 0, err
	}
	if err := run(); err != nil {
		return 0, err
	}
	after, err := t.cpu()
	return after - before, err
}

// eval evaluates an expression of JavaScript as in the handler of a click, waits if it is a promise, and returns the value.
func eval[T any](t *tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise, withGesture))
}

// withGesture makes the page believe that the user has clicked: it may open a popup.
func withGesture(p *runtime.EvaluateParams) {
	yes := true
	p.UserGesture = &yes
}
