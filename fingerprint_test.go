package latchkey

import (
	"context"
	"strings"
	"testing"
)

// parseClaims is a claims request that is known to be good.
func parseClaims(t testing.TB, json string) ClaimsRequest {
	t.Helper()
	r, err := ParseClaimsRequest(json)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestR24_SilentRequest changes each field of a request in turn. A field that can change the token changes the flight key
// and finds no token of the other request.
func TestR24_SilentRequest(t *testing.T) {
	ctx := context.Background()
	w := newEntraWire(t, "common")
	w.profile.ResourceParameter = "resource" // so that every field can be used
	c := w.public()
	first := w.signIn(c.client, "s").Account
	w.user = "user-2"
	second := w.signIn(c.client, "s").Account
	w.user = "user-1"

	// Without names, so that this does not compile when a field is added: give it a row below.
	base := SilentRequest{first, []string{"a", "b"}, "", "", ClaimsRequest{}, "", nil, false, "", false, false, ""}
	tests := []struct {
		field      string
		change     func(*SilentRequest)
		sameFlight bool
		sameToken  bool
	}{
		{"nothing", func(*SilentRequest) {}, true, true},
		{"Account.HomeAccountID", func(r *SilentRequest) { r.Account = second }, false, false},
		{"Account, the rest", func(r *SilentRequest) { r.Account = Account{HomeAccountID: r.Account.HomeAccountID} }, true, true},
		{"Scopes", func(r *SilentRequest) { r.Scopes = []string{"a", "c"} }, false, false},
		{"Scopes, one more", func(r *SilentRequest) { r.Scopes = []string{"a", "b", "c"} }, false, false},
		{"Scopes, one less", func(r *SilentRequest) { r.Scopes = []string{"a"} }, false, true},
		{"Scopes, order, case and repetition", func(r *SilentRequest) { r.Scopes = []string{"B", "a", "A"} }, true, true},
		{"Scopes, identity", func(r *SilentRequest) { r.Scopes = []string{"a", "b", "openid", "email"} }, false, true},
		{"Scopes, .default", func(r *SilentRequest) { r.Scopes = []string{"a/.default"} }, false, false},
		{"Resource", func(r *SilentRequest) { r.Resource = "https://api.example" }, false, false},
		{"Tenant", func(r *SilentRequest) { r.Tenant = guestID }, false, false},
		{"Tenant, the home tenant", func(r *SilentRequest) { r.Tenant = homeID }, true, true},
		{"Claims, access token", func(r *SilentRequest) { r.Claims = parseClaims(t, `{"access_token":{"x":null}}`) }, false, false},
		{"Claims, ID token", func(r *SilentRequest) { r.Claims = parseClaims(t, `{"id_token":{"x":null}}`) }, false, true},
		{"Claims, userinfo", func(r *SilentRequest) { r.Claims = parseClaims(t, `{"userinfo":{"x":null}}`) }, false, true},
		{"Claims, something else", func(r *SilentRequest) { r.Claims = parseClaims(t, `{"x":null}`) }, false, false},
		{"ClaimsChallenge", func(r *SilentRequest) { r.ClaimsChallenge = `{"access_token":{"x":null}}` }, false, false},
		{"Extra", func(r *SilentRequest) { r.Extra = map[string]string{"x": "y"} }, false, false},
		{"Extra, another value", func(r *SilentRequest) { r.Extra = map[string]string{"x": ""} }, false, false},
		{"ForceRefresh", func(r *SilentRequest) { r.ForceRefresh = true }, false, false},
		{"Rejected", func(r *SilentRequest) { r.Rejected = "hash of another token" }, false, true},
		{"AllowExtendedExpiry", func(r *SilentRequest) { r.AllowExtendedExpiry = true }, true, true},
		{"CacheOnly", func(r *SilentRequest) { r.CacheOnly = true }, true, true},
		{"CorrelationID", func(r *SilentRequest) { r.CorrelationID = "mine" }, true, true},
	}
	key := func(r SilentRequest) string {
		a, err := c.silentAcquisition(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		return a.flightKey()
	}
	keys := map[string]string{}
	for _, tt := range tests {
		changed := base
		tt.change(&changed)
		if k := key(changed); tt.sameFlight != (k == key(base)) {
			t.Errorf("R24 %s: same flight key: %v", tt.field, !tt.sameFlight)
		} else if other := keys[k]; other != "" && !tt.sameFlight {
			t.Errorf("R24 %s has the flight key of %s", tt.field, other)
		} else {
			keys[k] = tt.field
		}
		before := w.silent(c.client, base.Account, base.Scopes...)
		w.user = strings.TrimSuffix(changed.Account.HomeAccountID, "."+homeID)
		got, err := c.AcquireTokenSilent(ctx, changed)
		if err != nil {
			t.Fatalf("R24 %s: %v", tt.field, err)
		}
		w.user = "user-1"
		if same := got.AccessToken() == before.AccessToken(); same != tt.sameToken {
			t.Errorf("R24 %s: same token: %v", tt.field, same)
		}
	}
}

// Texts that are put together from different fields are different.
func TestR24_NoTwoRequestsShareAKey(t *testing.T) {
	list := []fingerprint{
		{}, {""}, {"", ""}, {"a"}, {"a", ""}, {"", "a"}, {"a", "b"}, {"ab"}, {"ab", ""}, {"1:a"}, {"1:a1:b"}, {"a1:b"},
		fingerprint{}.addSet(nil), fingerprint{}.addSet([]string{""}), fingerprint{}.addSet([]string{"a", "b"}), fingerprint{}.addSet([]string{"a b"}),
		fingerprint{}.addSet([]string{"a", "b"}).addSet(nil), fingerprint{}.addSet([]string{"a"}).addSet([]string{"b"}), fingerprint{}.addFlag(true), fingerprint{}.addFlag(false),
		fingerprint{}.addParameters(map[string]string{"a": "b"}), fingerprint{}.addParameters(map[string]string{"a": "", "b": ""}),
		fingerprint{}.addParameters(map[string]string{"ab": ""}), fingerprint{}.addParameters(map[string]string{"a": "b", "c": "d"}),
		fingerprint{}.addParameters(map[string]string{"a": "b1:c1:d"}),
	}
	seen := map[string]int{}
	for i, f := range list {
		if other, twice := seen[f.key()]; twice {
			t.Errorf("%q and %q share the key %q", list[other], f, f.key())
		}
		seen[f.key()] = i
	}
}

func TestR25_Variant(t *testing.T) {
	claims := func(json string) ClaimsRequest { return parseClaims(t, json) }
	same := [][2]ClaimsRequest{
		{{}, claims(`{"id_token":{"a":null}}`)},
		{claims(`{"access_token":{"a":null,"b":{"essential":true}}}`), claims(`{"access_token":{"b":{"essential":true},"a":null},"id_token":{"x":null}}`)},
	}
	different := [][2]ClaimsRequest{
		{{}, claims(`{"access_token":{"a":null}}`)},
		{claims(`{"access_token":{"a":null}}`), claims(`{"a":null}`)},
		{claims(`{"access_token":{"a":null}}`), claims(`{"access_token":{"a":{"essential":true}}}`)},
		{claims(`{"access_token":{"a":{"value":"b"}}}`), claims(`{"access_token":{"a":{"values":["b"]}}}`)},
	}
	of := func(r ClaimsRequest, extra map[string]string) string {
		v, err := variant(r, extra)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, p := range same {
		if of(p[0], nil) != of(p[1], nil) {
			t.Errorf("%s and %s are kept apart", p[0], p[1])
		}
	}
	for _, p := range different {
		if of(p[0], nil) == of(p[1], nil) {
			t.Errorf("%s and %s are not kept apart", p[0], p[1])
		}
	}
	if of(ClaimsRequest{}, nil) != "" || of(ClaimsRequest{}, map[string]string{"a": "b"}) == "" {
		t.Error("a plain request has a variant, or extra parameters have none")
	}
}
