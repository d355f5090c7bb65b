// Command cacheplugin keeps tokens as a program with MSAL Node does by a cachePlugin: all of
// them in one file, by functions that read it and replace it. Two programs share the file, and
// neither loses what the other one wrote.
//
//	go run ./examples/cacheplugin    nobody needs to be there
//
// An authority comes with it. Copy plugin.go and give it your storage, if you have one for
// MSAL that you want to keep; package filecache is the better file.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"sync"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/examples/internal/sandbox"
)

// newProgram is one of the programs.
func newProgram(world *sandbox.Sandbox, store cache.Store) (*latchkey.PublicClient, error) {
	return latchkey.NewPublic(latchkey.Config{
		Authority: world.Authority.OIDCIssuer(),
		ClientID:  world.Authority.Directory.App("native").ClientID,
		Cache:     store,
	})
}

func run(ctx context.Context, path string, out io.Writer) error {
	world, err := sandbox.Start()
	if err != nil {
		return err
	}
	defer world.Close()
	shared := &file{path: path}
	first, err := newProgram(world, shared.plugin())
	if err != nil {
		return err
	}
	second, err := newProgram(world, shared.plugin())
	if err != nil {
		return err
	}

	scopes := []string{world.Scope}
	token, err := first.AcquireTokenByDeviceCode(ctx, world.EnterCode, latchkey.DeviceCodeRequest{Scopes: append(scopes, "profile")})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "The first program signs in", token.Account.Username)

	token, err = second.AcquireTokenSilent(ctx, latchkey.SilentRequest{Scopes: scopes})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The second program has a token of %s, from the %s\n", token.Account.Username, token.Source.From)

	if err := renew(ctx, scopes, first, second); err != nil {
		return err
	}
	fmt.Fprintln(out, "Both have renewed it at once. Requests for a token:", world.TokenRequests())
	return nil
}

// renew lets programs renew the token of their only user at the same time. Each refresh token
// is spent once: whoever comes second finds the next one in the storage.
func renew(ctx context.Context, scopes []string, programs ...*latchkey.PublicClient) error {
	failures := make(chan error, len(programs))
	var all sync.WaitGroup
	for _, app := range programs {
		all.Go(func() {
			token, err := app.AcquireTokenSilent(ctx, latchkey.SilentRequest{Scopes: scopes, ForceRefresh: true})
			if err == nil {
				err = token.CacheError // it could not be saved
			}
			failures <- err
		})
	}
	all.Wait()
	for range programs {
		if err := <-failures; err != nil {
			return err
		}
	}
	return nil
}

func main() {
	dir, err := os.MkdirTemp("", "cacheplugin")
	if err == nil {
		err = run(context.Background(), filepath.Join(dir, "tokens.json"), os.Stdout)
		os.RemoveAll(dir)
	}
	if err != nil {
		log.Fatal(err)
	}
}
