//go:build unix

package filecache

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/sealed"
	"github.com/latchkey-auth/latchkey/transport"
)

// A world is an authority and a folder that several processes share, each with a client.
type world struct {
	issuer, clientID, dir string
	scopes                []string
}

// serve starts an authority that rotates refresh tokens, whose access tokens are good for a
// second, and signs a user in.
func serve(t *testing.T, reuse time.Duration) (*authoritytest.Server, world) {
	t.Helper()
	srv := &authoritytest.Server{RefreshReuseInterval: reuse, AccessTokenLifetime: time.Second}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	w := world{srv.OIDCIssuer(), srv.Directory.App("native").ClientID, filepath.Join(t.TempDir(), "cache"), []string{srv.Directory.App("api").Scope("Tasks.Read")}}
	w.signIn(t, srv)
	return srv, w
}

func (w world) signIn(t *testing.T, srv *authoritytest.Server) {
	t.Helper()
	u := srv.Directory.User("avery@contoso.test")
	c, _ := w.client(t, nil)
	r, err := c.AcquireTokenByUsernamePassword(t.Context(), u.Username, string(u.Password), latchkey.UsernamePasswordRequest{Scopes: w.scopes})
	if err != nil || r.CacheError != nil {
		t.Fatal(err, r.CacheError)
	}
}

// environment hands the world to another process.
func (w world) environment() []string {
	return []string{rolePlace + "=" + w.dir, "LATCHKEY_FILECACHE_ISSUER=" + w.issuer,
		"LATCHKEY_FILECACHE_CLIENT=" + w.clientID, "LATCHKEY_FILECACHE_SCOPE=" + w.scopes[0]}
}

// inherited is the world of this process, if it is another one's child.
func inherited() (world, bool) {
	w := world{os.Getenv("LATCHKEY_FILECACHE_ISSUER"), os.Getenv("LATCHKEY_FILECACHE_CLIENT"), os.Getenv(rolePlace), []string{os.Getenv("LATCHKEY_FILECACHE_SCOPE")}}
	return w, w.issuer != ""
}

// client is one over the shared folder. around may change how requests leave.
func (w world) client(t *testing.T, around func(transport.Func) transport.Func) (*latchkey.PublicClient, *Store) {
	t.Helper()
	s := openStore(t, w.dir, KeyFileBeside())
	send := transport.NetHTTP(&http.Client{})
	if around != nil {
		send = around(send)
	}
	c, err := latchkey.NewPublic(latchkey.Config{Authority: w.issuer, Profile: authority.OIDC(), ClientID: w.clientID, Cache: s, Transport: send})
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

// refusals are what the token endpoint refused.
func refusals(srv *authoritytest.Server) (refused []string, redeemed int) {
	for _, r := range srv.Requests() {
		if r.Endpoint != authoritytest.EndpointToken || r.GrantType != "refresh_token" {
			continue
		}
		if redeemed++; r.Status != http.StatusOK {
			refused = append(refused, r.Error)
		}
	}
	return refused, redeemed
}

// TestR30_ProcessesShareRotatingTokens lets eight processes renew one user's token at an
// authority that revokes everything when a refresh token comes twice.
func TestR30_ProcessesShareRotatingTokens(t *testing.T) {
	const processes = 8
	if w, child := inherited(); child {
		renewOften(t, w)
		return
	}
	srv, w := serve(t, 0)
	var wg sync.WaitGroup
	for range processes {
		cmd := again(t, w.environment()...)
		wg.Go(func() {
			if out, err := cmd.Output(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Wait()
	refused, redeemed := refusals(srv)
	if len(refused) > 0 {
		t.Errorf("the authority refused %v", refused)
	}
	if least := processes * rounds(20, 200) / 2; redeemed < least {
		t.Errorf("%d renewals, want at least the %d that were forced", redeemed, least)
	}
	t.Logf("%d renewals", redeemed)
}

func renewOften(t *testing.T, w world) {
	c, _ := w.client(t, nil)
	last := ""
	for i := range rounds(20, 200) {
		r, err := c.AcquireTokenSilent(t.Context(), latchkey.SilentRequest{Scopes: w.scopes, ForceRefresh: i%2 == 0, Rejected: last})
		if err != nil || r.CacheError != nil || r.AccessToken() == "" {
			t.Fatalf("round %d: %v, %v", i, r, err)
		}
		last = r.TokenHash()
	}
}

// TestR34_KilledWhileRenewing kills a process that renews all the time. If the authority
// takes a refresh token again for a while, nobody notices; if not, the worst is a sign-in.
func TestR34_KilledWhileRenewing(t *testing.T) {
	if w, child := inherited(); child {
		c, _ := w.client(t, nil)
		for {
			if _, err := c.AcquireTokenSilent(t.Context(), latchkey.SilentRequest{Scopes: w.scopes, ForceRefresh: true}); err != nil {
				t.Fatal(err)
			}
			fmt.Println("renewed")
		}
	}
	for name, reuse := range map[string]time.Duration{"reuse for an hour": time.Hour, "no reuse": 0} {
		t.Run(name, func(t *testing.T) {
			srv, w := serve(t, reuse)
			signIns := 0
			for range rounds(8, 100) {
				w.renewUntilKilled(t)
				c, _ := w.client(t, nil)
				_, err := c.AcquireTokenSilent(t.Context(), latchkey.SilentRequest{Scopes: w.scopes, ForceRefresh: true})
				switch {
				case err == nil:
				case reuse == 0 && errors.Is(err, latchkey.ErrInteractionRequired):
					signIns++
					w.signIn(t, srv)
				default:
					t.Fatal(err)
				}
			}
			t.Logf("%d sign-ins", signIns)
		})
	}
}

func (w world) renewUntilKilled(t *testing.T) {
	t.Helper()
	cmd := againAs(t, "TestR34_KilledWhileRenewing", w.environment()...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range 1 + rand.IntN(6) {
		if !lines.Scan() || lines.Text() != "renewed" {
			t.Fatalf("the other process says %q", lines.Text())
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// TestR31_SignOutDuringRenewalInAnotherProcess removes an account here while another process
// has the answer of a renewal in hand.
func TestR31_SignOutDuringRenewalInAnotherProcess(t *testing.T) {
	if w, child := inherited(); child {
		renewSlowly(t, w)
		return
	}
	_, w := serve(t, 0)
	cmd := again(t, w.environment()...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() || lines.Text() != "answered" {
		t.Fatalf("the other process says %q", lines.Text())
	}
	c, s := w.client(t, nil)
	accounts, err := c.Accounts(t.Context())
	if err != nil || len(accounts) != 1 {
		t.Fatal(accounts, err)
	}
	if err := c.RemoveAccount(t.Context(), accounts[0]); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(stdin, "go on")
	if !lines.Scan() || lines.Text() != "got a token" {
		t.Errorf("the other process says %q", lines.Text())
	}
	for lines.Scan() {
		t.Log(lines.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if accounts, err := c.Accounts(t.Context()); err != nil || len(accounts) != 0 {
		t.Errorf("the sign-out was undone: %v, %v", accounts, err)
	}
	for _, name := range listNames(t, s) {
		if kind := kindOf(name); kind == "record" || kind == "temporary" || sealed.IsName(name[:max(0, len(name)-len(lockSuffix))]) {
			t.Errorf("%s is left", name)
		}
	}
}

// TestR32_SignInRepairs damages the record of a user who is signed in.
func TestR32_SignInRepairs(t *testing.T) {
	srv, w := serve(t, 0)
	c, s := w.client(t, nil)
	accounts, err := c.Accounts(t.Context())
	if err != nil || len(accounts) != 1 {
		t.Fatal(accounts, err)
	}
	for _, name := range listNames(t, s) {
		if sealed.IsName(name) {
			damage(t, s.folder.path(name), func(b []byte) []byte { return b[:len(b)/2] })
		}
	}
	c, _ = w.client(t, nil)
	_, err = c.AcquireTokenSilent(t.Context(), latchkey.SilentRequest{Account: accounts[0], Scopes: w.scopes})
	if !errors.Is(err, latchkey.ErrInteractionRequired) || !errors.Is(err, cache.ErrDamaged) {
		t.Errorf("a damaged record: %v", err)
	}
	if _, err := c.AcquireTokenSilent(t.Context(), latchkey.SilentRequest{Scopes: w.scopes}); !errors.Is(err, latchkey.ErrInteractionRequired) {
		t.Errorf("a damaged record, and no account named: %v", err)
	}
	w.signIn(t, srv)
	if r, err := c.AcquireTokenSilent(t.Context(), latchkey.SilentRequest{Scopes: w.scopes, ForceRefresh: true}); err != nil || r.CacheError != nil {
		t.Errorf("after a sign-in: %v, %v", r, err)
	}
}

func renewSlowly(t *testing.T, w world) {
	told := bufio.NewScanner(os.Stdin)
	c, _ := w.client(t, func(send transport.Func) transport.Func {
		return func(ctx context.Context, req *transport.Request) (*transport.Response, error) {
			resp, err := send(ctx, req)
			if req.Body != "" {
				fmt.Println("answered")
				told.Scan()
			}
			return resp, err
		}
	})
	r, err := c.AcquireTokenSilent(t.Context(), latchkey.SilentRequest{Scopes: w.scopes, ForceRefresh: true})
	if err != nil || r.AccessToken() == "" || r.CacheError != nil {
		t.Fatalf("%v, %v", r, err)
	}
	fmt.Println("got a token")
	if _, err := c.AcquireTokenSilent(t.Context(), latchkey.SilentRequest{Account: r.Account, Scopes: w.scopes}); !errors.Is(err, latchkey.ErrInteractionRequired) {
		t.Errorf("after the sign-out: %v", err)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
