//go:build !js

package latchkey

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
)

// R24, R27: every field of an on-behalf-of request that can change the token changes the
// flight, and each that keeps tokens apart changes the place in the cache.
func TestR24_OnBehalfOfRequest(t *testing.T) {
	ctx := context.Background()
	w := newEntraWire(t, homeID)
	w.profile.ResourceParameter = "resource"
	c := w.daemon()
	// Without names, so that this does not compile when a field is added: give it a row below.
	base := OnBehalfOfRequest{[]string{"a/x"}, "", "", ClaimsRequest{}, "", nil, false, "", ""}
	tests := []struct {
		field      string
		assertion  string
		change     func(*OnBehalfOfRequest)
		sameFlight bool
		samePlace  bool
	}{
		{"nothing", "one", func(*OnBehalfOfRequest) {}, true, true},
		{"the assertion", "two", func(*OnBehalfOfRequest) {}, false, false},
		{"Scopes", "one", func(r *OnBehalfOfRequest) { r.Scopes = []string{"b/x"} }, false, false},
		{"Resource", "one", func(r *OnBehalfOfRequest) { r.Resource = "https://api.example" }, false, false},
		{"Tenant", "one", func(r *OnBehalfOfRequest) { r.Tenant = guestID }, false, false},
		{"Tenant, the client's", "one", func(r *OnBehalfOfRequest) { r.Tenant = homeID }, true, true},
		{"Claims, access token", "one", func(r *OnBehalfOfRequest) { r.Claims = parseClaims(t, `{"access_token":{"x":null}}`) }, false, false},
		{"ClaimsChallenge", "one", func(r *OnBehalfOfRequest) { r.ClaimsChallenge = `{"access_token":{"x":null}}` }, false, true},
		{"Extra", "one", func(r *OnBehalfOfRequest) { r.Extra = map[string]string{"x": "y"} }, false, false},
		{"ForceRefresh", "one", func(r *OnBehalfOfRequest) { r.ForceRefresh = true }, false, true},
		{"Rejected", "one", func(r *OnBehalfOfRequest) { r.Rejected = "hash of another token" }, false, true},
		{"CorrelationID", "one", func(r *OnBehalfOfRequest) { r.CorrelationID = "mine" }, true, true},
	}
	acquisitionOf := func(assertion string, r OnBehalfOfRequest) acquisition {
		a, err := c.onBehalfOf(ctx, assertion, &r)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	one := acquisitionOf("one", base)
	for _, tt := range tests {
		changed := base
		tt.change(&changed)
		other := acquisitionOf(tt.assertion, changed)
		if same := other.flightKey() == one.flightKey(); same != tt.sameFlight {
			t.Errorf("R24 %s: same flight: %v", tt.field, same)
		}
		if same := other.partition == one.partition && reflect.DeepEqual(other.query, one.query); same != tt.samePlace {
			t.Errorf("R24 %s: same place in the cache: %v", tt.field, same)
		}
	}
}

// R27: no offline_access is asked for, and a refresh token that comes all the same is not
// kept; a long-running process asks for one and keeps it.
func TestR27_RefreshTokens(t *testing.T) {
	ctx := context.Background()
	for _, longRunning := range []bool{false, true} {
		w := newEntraWire(t, homeID)
		store := cache.NewMemory()
		c := w.daemon(func(cfg *Config) { cfg.Cache = store })
		request := OnBehalfOfRequest{Scopes: []string{"a/x"}}
		var err error
		if longRunning {
			_, _, err = c.BeginLongRunningProcess(ctx, "one", request)
		} else {
			_, err = c.AcquireTokenOnBehalfOf(ctx, "one", request)
		}
		if err != nil {
			t.Fatal(err)
		}
		if asked := slices.Contains(strings.Fields(w.last().Get("scope")), "offline_access"); asked != longRunning {
			t.Errorf("R27 long-running %v: offline_access asked for: %v", longRunning, asked)
		}
		kept, records := 0, 0
		err = store.List(ctx, cache.KindOnBehalfOf, c.config.ClientID, func(p cache.Partition) bool {
			e, err := store.Load(ctx, p)
			if err != nil {
				t.Fatal(err)
			}
			r, err := cache.DecodeRecord(e.Data)
			if err != nil {
				t.Fatal(err)
			}
			records++
			kept += len(r.RefreshTokens)
			return true
		})
		if err != nil || records != 1 || (kept == 1) != longRunning {
			t.Errorf("R27 long-running %v: %d refresh tokens in %d records, %v", longRunning, kept, records, err)
		}
	}
}
