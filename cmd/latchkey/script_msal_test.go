package main

import (
	"context"
	"net/url"
	"os"
	"path/filepath"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/transport"
	"github.com/rogpeppe/go-internal/testscript"
)

func scriptMSAL(ts *testscript.TestScript, neg bool, args []string) {
	found, ok := servers.Load(ts.Getenv("WORK"))
	if neg || len(args) != 1 || !ok {
		ts.Fatalf("usage: msal FILE, after server")
	}
	srv := found.(*authoritytest.Server)
	store := cache.NewMemory()
	config := func(app string) latchkey.Config {
		return latchkey.Config{
			Authority: srv.Authority(""), Profile: authority.Entra(), ClientID: srv.Directory.App(app).ClientID,
			Cache: store, Transport: transport.NetHTTP(srv.Client()),
		}
	}
	native, err := latchkey.NewPublic(config("native"))
	ts.Check(err)
	daemon, err := latchkey.NewConfidential(config("daemon"), latchkey.Secret(string(srv.Directory.App("daemon").Secrets[0])))
	ts.Check(err)
	const user = "avery@contoso.test"
	ctx, api := context.Background(), srv.Directory.App("api")
	_, err = native.AcquireTokenByUsernamePassword(ctx, user, string(srv.Directory.User(user).Password),
		latchkey.UsernamePasswordRequest{Scopes: []string{api.Scope("Tasks.Read")}})
	ts.Check(err)
	_, err = daemon.AcquireTokenByClientCredential(ctx, latchkey.ClientCredentialRequest{Scopes: []string{api.Scope(".default")}})
	ts.Check(err)
	u, err := url.Parse(srv.URL())
	ts.Check(err)
	text, _, err := cache.ExportMSAL(ctx, store, cache.MSALExport{
		ClientIDs: []string{config("native").ClientID, config("daemon").ClientID}, Environments: map[string]string{u.Host: u.Host}, For: cache.MSALPython,
	})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text, 0o600))
	windows := ts.MkAbs("windows")
	ts.Check(os.MkdirAll(windows, 0o700))
	dpapi := "\x01\x00\x00\x00\xd0\x8c\x9d\xdf\x01\x15\xd1\x11\x8c\x7a\x00\xc0\x4f\xc2\x97\xeb\x01\x00"
	ts.Check(os.WriteFile(filepath.Join(windows, "msal_token_cache.bin"), []byte(dpapi), 0o600))
}
