// Package ours is the Latchkey side of a move from another library and back: what that one keeps is imported, what we
// keep is exported, and nobody signs in again.
package ours

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
	"github.com/latchkey-auth/latchkey/transport"
)

// A side has our clients of the apps native and daemon, on a store.
type side struct {
	t     authoritytest.TB
	ctx   context.Context
	at    *outside.Authority
	lib   Library
	store *cache.Memory
	users *latchkey.PublicClient
	app   *latchkey.ConfidentialClient
}

// newSide has nothing in its store.
func newSide(ctx context.Context, t authoritytest.TB, at *outside.Authority, lib Library) *side {
	t.Helper()
	s := &side{t: t, ctx: ctx, at: at, lib: lib, store: cache.NewMemory()}
	s.store.Now = at.Clock.Now
	var err error
	if s.users, err = latchkey.NewPublic(s.config("native")); err != nil {
		t.Fatalf("%v", err)
	}
	secret := latchkey.Secret(string(at.Directory.App("daemon").Secrets[0]))
	if s.app, err = latchkey.NewConfidential(s.config("daemon"), secret); err != nil {
		t.Fatalf("%v", err)
	}
	return s
}

func (s *side) config(app string) latchkey.Config {
	return latchkey.Config{
		Authority: s.at.Authority(""), Profile: authority.Entra(), ClientID: s.at.Directory.App(app).ClientID,
		Cache: s.store, Clock: s.at.Clock.Now, Transport: transport.NetHTTP(s.at.Client()),
	}
}

// cloud is what our cache calls the authority.
func (s *side) cloud() string { return strings.TrimPrefix(s.at.URL(), "https://") }

func (s *side) environments() map[string]string {
	return map[string]string{s.lib.Environment(): s.cloud()}
}

func (s *side) load(data []byte) *cache.MSALReport {
	s.t.Helper()
	report, err := cache.ImportMSAL(s.ctx, s.store, cache.MSALImport{Data: data, Environments: s.environments(), Now: s.at.Clock.Now})
	if err != nil {
		s.t.Fatalf("the import fails: %v", err)
	}
	return report
}

func (s *side) save(base []byte) []byte {
	s.t.Helper()
	text, _, err := cache.ExportMSAL(s.ctx, s.store, cache.MSALExport{
		ClientIDs: []string{s.at.Directory.App("native").ClientID, s.at.Directory.App("daemon").ClientID},
		Base:      base, Environments: s.environments(), Hosts: map[string]string{s.cloud(): s.lib.Environment()}, For: s.lib.Keys(), Now: s.at.Clock.Now,
	})
	if err != nil {
		s.t.Fatalf("the export fails: %v", err)
	}
	return text
}

func (s *side) scope(name string) []string { return []string{s.at.Directory.App("api").Scope(name)} }

// silent gets a user's token without asking anybody to sign in.
func (s *side) silent(user string, force bool) string {
	s.t.Helper()
	accounts, err := s.users.Accounts(s.ctx)
	if err != nil {
		s.t.Fatalf("%v", err)
	}
	for _, a := range accounts {
		if a.Username != user {
			continue
		}
		r, err := s.users.AcquireTokenSilent(s.ctx, latchkey.SilentRequest{Account: a, Scopes: s.scope("Tasks.Read"), ForceRefresh: force})
		if err != nil {
			s.t.Fatalf("a silent token of ours: %v", err)
		}
		return r.AccessToken()
	}
	s.t.Fatalf("%s is not among our accounts %v", user, accounts)
	return ""
}

func (s *side) signIn(user string) string {
	s.t.Helper()
	password := string(s.at.Directory.User(user).Password)
	r, err := s.users.AcquireTokenByUsernamePassword(s.ctx, user, password, latchkey.UsernamePasswordRequest{Scopes: s.scope("Tasks.Read")})
	if err != nil {
		s.t.Fatalf("a sign-in of ours: %v", err)
	}
	return r.AccessToken()
}

func (s *side) appToken() string {
	s.t.Helper()
	r, err := s.app.AcquireTokenByClientCredential(s.ctx, latchkey.ClientCredentialRequest{Scopes: s.scope(".default")})
	if err != nil {
		s.t.Fatalf("an application's token of ours: %v", err)
	}
	return r.AccessToken()
}

// before does something when it is earlier for the authority and for us, so that what comes of it is older than what
// comes later.
func (s *side) before(d time.Duration, do func()) {
	s.at.Clock.Advance(-d)
	defer s.at.Clock.Advance(d)
	do()
}

// older makes everything in a cache of MSAL older.
func older(t authoritytest.TB, data []byte, d time.Duration) []byte {
	t.Helper()
	all := entities(t, data)
	for _, section := range all {
		for _, e := range section {
			for _, name := range []string{"cached_at", "expires_on", "extended_expires_on", "refresh_on", "last_modification_time"} {
				text, _ := e[name].(string)
				if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
					e[name] = strconv.FormatInt(seconds-int64(d/time.Second), 10)
				}
			}
		}
	}
	data, err := json.Marshal(all)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return data
}

func entities(t authoritytest.TB, data []byte) map[string]map[string]map[string]any {
	t.Helper()
	var all map[string]map[string]map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatalf("the library's cache: %v", err)
	}
	return all
}

// count returns how many entities of a section are a user's.
func count(t authoritytest.TB, data []byte, section, homeAccountID string) int {
	t.Helper()
	n := 0
	for _, e := range entities(t, data)[section] {
		if fmt.Sprint(e["home_account_id"]) == homeAccountID {
			n++
		}
	}
	return n
}
