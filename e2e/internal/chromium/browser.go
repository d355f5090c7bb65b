// Package chromium drives Chromium for the tests of this module: one browser for a run of tests, a tab for each test.
package chromium

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// patience is how long a test waits for what must come. Nothing passes because of it.
const patience = 45 * time.Second

// Options say how a browser behaves.
type Options struct {
	// Authority is trusted by its certificate's key, which all authorities of this process have. It is started, with TLS.
	Authority *authoritytest.Server

	// BlockPopups refuses a popup that the user did not ask for by a click, as browsers do. Without it, the user has
	// allowed them.
	BlockPopups bool

	// BlockThirdPartyCookies keeps the cookies of a site from its frames in pages of other sites.
	BlockThirdPartyCookies bool
}

// A Browser is a running Chromium with a profile of its own. It reaches this computer only.
type Browser struct {
	ctx     context.Context
	end     []func()
	profile string
}

// Start starts Chromium. The caller closes it.
func Start(o Options) (*Browser, error) {
	key, err := keyOf(o.Authority)
	if err != nil {
		return nil, err
	}
	b := &Browser{}
	if b.profile, err = newProfile(o.BlockThirdPartyCookies); err != nil {
		return nil, err
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.UserDataDir(b.profile),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-popup-blocking", !o.BlockPopups),
		chromedp.Flag("ignore-certificate-errors-spki-list", key),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
		chromedp.WindowSize(1100, 800),
	)...)
	ctx, quit := chromedp.NewContext(allocator)
	b.ctx, b.end = ctx, []func(){quit, stop}
	if err := chromedp.Do(ctx); err != nil {
		b.Close()
		return nil, fmt.Errorf("chromium: the browser does not start; ci/setup installs it, as does apt-get install chromium: %w", err)
	}
	return b, nil
}

// Close ends the browser and removes its profile.
func (b *Browser) Close() {
	for _, end := range b.end {
		end()
	}
	_ = os.RemoveAll(b.profile)
}

// keyOf returns the hash of the public key that an authority shows.
func keyOf(authority *authoritytest.Server) (string, error) {
	resp, err := authority.Client().Get(authority.Authority("") + "/v2.0/.well-known/openid-configuration")
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	return hashOfKey(resp.TLS)
}

func hashOfKey(state *tls.ConnectionState) (string, error) {
	if state == nil || len(state.PeerCertificates) == 0 {
		return "", errors.New("chromium: the authority has no TLS")
	}
	hash := sha256.Sum256(state.PeerCertificates[0].RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(hash[:]), nil
}

// newProfile makes a profile that says whether a frame of another site has its cookies, which hidden frames need: builds
// of Chromium differ in what they begin with.
func newProfile(blockCookies bool) (folder string, err error) {
	if folder, err = os.MkdirTemp("", "latchkey-chromium-"); err != nil {
		return "", err
	}
	preferences := filepath.Join(folder, "Default", "Preferences")
	if err := os.Mkdir(filepath.Dir(preferences), 0o700); err != nil {
		return folder, err
	}
	mode := 0
	if blockCookies {
		mode = 1
	}
	text := fmt.Sprintf(`{"profile": {"cookie_controls_mode": %d, "block_third_party_cookies": %t}}`, mode, blockCookies)
	return folder, os.WriteFile(preferences, []byte(text), 0o600)
}

// NewTab opens a tab in which nobody is signed in, and in which the pages of an origin find nothing stored. It closes
// with the test. (A profile for each test would be an incognito one, which keeps cookies from frames of other sites.)
func (b *Browser) NewTab(t authoritytest.TB, origin string) Tab {
	t.Helper()
	tab := openTab(t, b.ctx)
	tab.ForgetStorages(origin)
	tab.ForgetCookies()
	return tab
}

func openTab(t authoritytest.TB, parent context.Context) Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // without a deadline: it would be the tab's
		t.Fatalf("opening a tab: %v", err)
	}
	return newTab(t, ctx)
}
