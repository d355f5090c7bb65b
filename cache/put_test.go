package cache

import (
	"strings"
	"testing"
)

func secrets(r *Record) string {
	var list []string
	for _, t := range r.AccessTokens {
		list = append(list, string(t.Secret))
	}
	return strings.Join(list, " ")
}

// TestR25_PutReplacesWhatTheRequestWouldHaveFound renews a token for "a", as after a claims
// challenge, and looks what else is left.
func TestR25_PutReplacesWhatTheRequestWouldHaveFound(t *testing.T) {
	renewed := &AccessToken{Secret: "new", Realm: "r", Target: "a b", RequestedScopes: "openid A", ExpiresOn: 5}
	for _, test := range []struct {
		name string
		old  AccessToken
		left bool
	}{
		{"the same token", AccessToken{Realm: "r", Target: "a b", RequestedScopes: "openid A"}, false},
		{"requested alike, granted less", AccessToken{Realm: "r", Target: "b", RequestedScopes: "a"}, false},
		{"granted more, and lasts longer", AccessToken{Realm: "r", Target: "c a", RequestedScopes: "c", ExpiresOn: 99}, false},
		{"explicitly a bearer token", AccessToken{Realm: "r", Target: "a", TokenType: "bearer"}, false},
		{"another home account id", AccessToken{Realm: "r", Target: "a", HomeAccountID: "x"}, false},
		{"without the scope", AccessToken{Realm: "r", Target: "b", RequestedScopes: "b"}, true},
		{"of another realm", AccessToken{Realm: "s", Target: "a"}, true},
		{"for a resource", AccessToken{Realm: "r", Target: "a", Resource: "x"}, true},
		{"bound to a key", AccessToken{Realm: "r", Target: "a", KeyID: "x"}, true},
		{"of another type", AccessToken{Realm: "r", Target: "a", TokenType: "DPoP"}, true},
		{"with claims of the client", AccessToken{Realm: "r", Target: "a", Variant: "x"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			old := test.old
			old.Secret = "old"
			before := &Record{AccessTokens: []*AccessToken{&old}}
			r := before.Clone()
			r.PutAccessToken(renewed)
			want := "new"
			if test.left {
				want = "old new"
			}
			if got := secrets(r); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			q := &Query{Realm: "r", Scopes: []string{"a"}}
			if got := r.Find(q); got != renewed {
				t.Errorf("Find returns %v and not the new token", got)
			}
			if got := secrets(before); got != "old" {
				t.Errorf("the record before has changed to %q", got)
			}
		})
	}
}

func TestR25_PutOfATokenForNothing(t *testing.T) {
	r := new(Record)
	for _, token := range []*AccessToken{
		{Secret: "1", Target: "a", RequestedScopes: ""}, {Secret: "2", Target: "b", RequestedScopes: "b"},
		{Secret: "3", Target: "c", RequestedScopes: "openid"},
	} {
		r.PutAccessToken(token)
	}
	if got := secrets(r); got != "2 3" {
		t.Errorf("got %q: only the token that was asked for without scopes is replaced", got)
	}
}

func TestR5_PutOfATokenByDefault(t *testing.T) {
	r := new(Record)
	r.PutAccessToken(&AccessToken{Secret: "scope", Target: "api/read", RequestedScopes: "api/read"})
	r.PutAccessToken(&AccessToken{Secret: "default", Target: "api/read", RequestedScopes: "api/.default"})
	if got := secrets(r); got != "scope default" {
		t.Errorf("got %q", got)
	}
	r.PutAccessToken(&AccessToken{Secret: "default2", Target: "api/read api/write", RequestedScopes: "API/.default"})
	if got := secrets(r); got != "scope default2" {
		t.Errorf("got %q", got)
	}
	if r.AccessTokens[0].DefaultScope() || !r.AccessTokens[1].DefaultScope() {
		t.Error("DefaultScope does not tell them apart")
	}
}

func TestPutRefreshToken(t *testing.T) {
	old := &RefreshToken{HomeAccountID: "u", Environment: "e", ClientID: "c", Secret: "old", CachedAt: 100}
	for _, test := range []struct {
		name string
		put  RefreshToken
		want Secret // what the client then uses
		left int
	}{
		{"newer", RefreshToken{HomeAccountID: "u", Environment: "e", ClientID: "c", CachedAt: 101}, "put", 1},
		{"in the same second", RefreshToken{HomeAccountID: "u", Environment: "e", ClientID: "c", CachedAt: 100}, "put", 1},
		{"older", RefreshToken{HomeAccountID: "u", Environment: "e", ClientID: "c", CachedAt: 99}, "old", 1},
		{"of unknown age", RefreshToken{HomeAccountID: "u", Environment: "e", ClientID: "c"}, "old", 1},
		{"bound to a key", RefreshToken{HomeAccountID: "u", Environment: "e", ClientID: "c", KeyID: "k", CachedAt: 101}, "put", 1},
		{"of the client's family", RefreshToken{HomeAccountID: "u", Environment: "e", ClientID: "c", FamilyID: "1", CachedAt: 101}, "put", 2},
		{"of another client", RefreshToken{HomeAccountID: "u", Environment: "e", ClientID: "d", CachedAt: 101}, "old", 2},
		{"of another user", RefreshToken{HomeAccountID: "v", Environment: "e", ClientID: "c", CachedAt: 99}, "old", 2},
		{"of another environment", RefreshToken{HomeAccountID: "u", Environment: "f", ClientID: "c", CachedAt: 101}, "put", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := &Record{RefreshTokens: []*RefreshToken{old}}
			r, put := before.Clone(), test.put
			put.Secret = "put"
			r.PutRefreshToken(&put)
			if got := r.RefreshToken("c", ""); got == nil || string(got.Secret) != string(test.want) || len(r.RefreshTokens) != test.left {
				t.Errorf("the client uses %v of %d, want %q of %d", got, len(r.RefreshTokens), string(test.want), test.left)
			}
			if len(before.RefreshTokens) != 1 || before.RefreshTokens[0] != old {
				t.Error("the record before has changed")
			}
		})
	}
}

// TestR28_RotationSurvivesAClockMovedBackwards removes the spent token before the put.
func TestR28_RotationSurvivesAClockMovedBackwards(t *testing.T) {
	r := &Record{RefreshTokens: []*RefreshToken{{ClientID: "c", Secret: "spent", CachedAt: 100}, {ClientID: "c", Environment: "alias", Secret: "spent"}}}
	if !r.RemoveRefreshToken("spent") || r.RemoveRefreshToken("spent") || len(r.RefreshTokens) != 0 {
		t.Fatalf("left: %v", r.RefreshTokens)
	}
	r.PutRefreshToken(&RefreshToken{ClientID: "c", Secret: "next", CachedAt: 50})
	if got := r.RefreshToken("c", ""); got == nil || got.Secret != "next" {
		t.Errorf("got %v", got)
	}
}

func TestRefreshTokenOfTheFamily(t *testing.T) {
	own := &RefreshToken{ClientID: "c", CachedAt: 10}
	family := &RefreshToken{ClientID: "d", FamilyID: "1", CachedAt: 20}
	other := &RefreshToken{ClientID: "e", FamilyID: "2", CachedAt: 30}
	r := &Record{RefreshTokens: []*RefreshToken{family, own, other}}
	for _, test := range []struct {
		client, family string
		want           *RefreshToken
	}{{"c", "", own}, {"c", "1", family}, {"d", "", family}, {"x", "1", family}, {"x", "", nil}, {"x", "3", nil}, {"", "", nil}} {
		if got := r.RefreshToken(test.client, test.family); got != test.want {
			t.Errorf("client %q, family %q: got %v", test.client, test.family, got)
		}
	}
}

func TestPutAccountAndIDToken(t *testing.T) {
	r := new(Record)
	r.PutAccount(&Account{HomeAccountID: "u", Environment: "e", Realm: "home", Username: "old"})
	r.PutAccount(&Account{HomeAccountID: "u", Environment: "e", Realm: "guest", Username: "guest"})
	r.PutIDToken(&IDToken{HomeAccountID: "u", Environment: "e", ClientID: "c", Realm: "home", Secret: "old"})
	before := r.Clone()
	r.PutAccount(&Account{HomeAccountID: "u", Environment: "e", Realm: "home", Username: "new"})
	r.PutIDToken(&IDToken{HomeAccountID: "u", Environment: "e", ClientID: "c", Realm: "home", Secret: "new"})
	if len(r.Accounts) != 2 || r.Account("home").Username != "new" || r.Account("guest").Username != "guest" || r.Account("none") != nil {
		t.Errorf("accounts: %v", r.Accounts)
	}
	if len(r.IDTokens) != 1 || r.IDToken("home").Secret != "new" || r.IDToken("guest") != nil {
		t.Errorf("ID tokens: %v", r.IDTokens)
	}
	if before.Account("home").Username != "old" || before.IDToken("home").Secret != "old" {
		t.Error("the clone has changed")
	}
	r.PutAccount(&Account{HomeAccountID: "u", Environment: "alias", Realm: "home", Username: "last"})
	if got := r.Account("home").Username; got != "last" {
		t.Errorf("of two aliases, %q is found and not the last one", got)
	}
}

func TestPrune(t *testing.T) {
	build := func() *Record {
		return &Record{AccessTokens: []*AccessToken{
			{Secret: "ended", ExpiresOn: 100, CachedAt: 1},
			{Secret: "outage", ExpiresOn: 50, ExtendedExpiresOn: 200, CachedAt: 2},
			{Secret: "young", ExpiresOn: 300, CachedAt: 9},
			{Secret: "valid", ExpiresOn: 101, CachedAt: 3},
			{Secret: "unknown", CachedAt: 4},
		}}
	}
	for _, test := range []struct {
		now   int64
		limit int
		want  string
	}{
		{100, 0, "outage young valid"},
		{100, 3, "outage young valid"},
		{100, 2, "valid young"},
		{100, 1, "young"},
		{100, -1, "outage young valid"},
		{1000, 5, ""},
	} {
		r := build()
		r.Prune(test.now, test.limit)
		if got := secrets(r); got != test.want {
			t.Errorf("at %d, %d at most: left %q, want %q", test.now, test.limit, got, test.want)
		}
	}
}

func TestEmpty(t *testing.T) {
	unknown, err := DecodeRecord([]byte(`{"AppMetadata":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		r    *Record
		want bool
	}{
		{"zero", new(Record), true},
		{"clone of zero", new(Record).Clone(), true},
		{"account", &Record{Accounts: []*Account{{}}}, false},
		{"access token", &Record{AccessTokens: []*AccessToken{{}}}, false},
		{"refresh token", &Record{RefreshTokens: []*RefreshToken{{}}}, false},
		{"ID token", &Record{IDTokens: []*IDToken{{}}}, false},
		{"unknown member", unknown, false},
		{"clone of an unknown member", unknown.Clone(), false},
	} {
		if got := test.r.Empty(); got != test.want {
			t.Errorf("%s: Empty is %v", test.name, got)
		}
	}
}
