package cache

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
)

// plainToken is a token that was asked for read and write, and is good for more than that.
func plainToken() *AccessToken {
	return &AccessToken{
		Realm: "tenant", Secret: "secret", TokenType: "Bearer",
		Target:          "https://api.example.com/Read https://api.example.com/Write https://api.example.com/Admin openid profile",
		RequestedScopes: "openid offline_access read write",
		ExpiresOn:       1000,
	}
}

func TestR24_Scopes(t *testing.T) {
	for _, test := range []struct {
		name               string
		granted, requested string
		want               []string
		found              bool
	}{
		{"one of the granted", "a b", "c", []string{"b"}, true},
		{"all of the granted, in another order", "a b", "c", []string{"b", "a"}, true},
		{"all of the requested", "a", "b c", []string{"c", "b"}, true},
		{"more than was granted", "a b", "c", []string{"a", "d"}, false},
		{"partly granted, partly requested", "a", "b", []string{"a", "b"}, false},
		{"partly requested, partly granted", "a", "b", []string{"b", "a"}, false},
		{"another case", "Mail.Read", "user.READ", []string{"mail.read"}, true},
		{"another case of what was requested", "", "user.READ", []string{"User.Read"}, true},
		{"a letter that Unicode folds", "k", "k", []string{"\u212a"}, false},
		{"a prefix of a scope", "read.all", "read.all", []string{"read"}, false},
		{"a scope that begins likewise", "read", "read", []string{"read.all"}, false},
		{"a scope with a space in it", "a b", "a b", []string{"a b"}, false},
		{"the same scope twice", "a", "a", []string{"a", "A"}, true},
		{"identity scopes do not count", "a", "a", []string{"openid", "a", "profile", "email", "offline_access"}, true},
		{"identity scopes in another case", "a", "a", []string{"OpenID", "Offline_Access", "Email", "PROFILE", "a"}, true},
		{"identity scopes need not be granted", "a", "a openid", []string{"openid", "a"}, true},
		{"nothing, of a token for something", "a", "a", nil, false},
		{"identity scopes, of a token for something", "a", "a", []string{"openid", "profile"}, false},
		{"nothing, of a token for nothing", "a", "", nil, true},
		{"nothing, of a token for identity", "openid a", "openid profile", nil, true},
		{"identity scopes, of a token for nothing", "a", "", []string{"email"}, true},
		{"an empty scope is none", "a", "a", []string{"", "a"}, true},
		{"two spaces between scopes", "a  b", "", []string{"b"}, true},
		{"spaces around scopes", " a ", "", []string{"a"}, true},
		{"R5 default, of a token by default", "api/read", "api/.default", []string{"api/.default"}, true},
		{"R5 default in another case", "api/read", "api/.default", []string{"API/.Default"}, true},
		{"R5 default, of a token by scope", "api/read", "api/read", []string{"api/.default"}, false},
		{"R5 default, of a token that merely says so", "api/.default", "api/read", []string{"api/.default"}, false},
		{"R5 default of another resource", "api/read", "api/.default", []string{"other/.default"}, false},
		{"R5 default and a scope by default", "api/read", "api/.default", []string{"api/.default", "api/read"}, false},
		{"R5 a scope, of a token by default", "api/read", "api/.default", []string{"api/read"}, true},
		{"R5 the bare default", "read", ".default", []string{".default"}, true},
		{"R5 the bare default, of a token by scope", ".default", "read", []string{".default"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			token := &AccessToken{Target: test.granted, RequestedScopes: test.requested}
			r := &Record{AccessTokens: []*AccessToken{token}}
			q := &Query{Scopes: test.want}
			if found := r.Find(q) != nil; found != test.found {
				t.Errorf("found is %v, want %v", found, test.found)
			}
			if found := newIndex(r.AccessTokens).find(q) != nil; found != test.found {
				t.Errorf("by the index, found is %v, want %v", found, test.found)
			}
		})
	}
}

// TestR24_EachFieldOfAQueryMatters changes one field at a time.
func TestR24_EachFieldOfAQueryMatters(t *testing.T) {
	right := Query{Realm: "tenant", Scopes: []string{"read"}}
	for _, test := range []struct {
		name   string
		change func(q *Query, token *AccessToken)
		found  bool
	}{
		{"nothing", func(*Query, *AccessToken) {}, true},
		{"realm", func(q *Query, _ *AccessToken) { q.Realm = "another" }, false},
		{"no realm", func(q *Query, _ *AccessToken) { q.Realm = "" }, false},
		{"scope", func(q *Query, _ *AccessToken) { q.Scopes = []string{"another"} }, false},
		{"resource", func(q *Query, _ *AccessToken) { q.Resource = "https://api.example.com" }, false},
		{"resource of the token", func(_ *Query, a *AccessToken) { a.Resource = "https://api.example.com" }, false},
		{"resource in another case", func(q *Query, a *AccessToken) { q.Resource, a.Resource = "https://a/b", "https://a/B" }, false},
		{"resource of both", func(q *Query, a *AccessToken) { q.Resource, a.Resource = "https://a/b", "https://a/b" }, true},
		{"token type", func(q *Query, _ *AccessToken) { q.TokenType = "DPoP" }, false},
		{"token type of the token", func(_ *Query, a *AccessToken) { a.TokenType = "pop" }, false},
		{"token type in another case", func(q *Query, _ *AccessToken) { q.TokenType = "bEARER" }, true},
		{"no token type", func(_ *Query, a *AccessToken) { a.TokenType = "" }, true},
		{"token type of both", func(q *Query, a *AccessToken) { q.TokenType, a.TokenType = "dpop", "DPoP" }, true},
		{"key", func(q *Query, _ *AccessToken) { q.KeyID = "key" }, false},
		{"key of the token", func(_ *Query, a *AccessToken) { a.KeyID = "key" }, false},
		{"variant", func(q *Query, _ *AccessToken) { q.Variant = "hash" }, false},
		{"R25 variant of the token", func(_ *Query, a *AccessToken) { a.Variant = "hash" }, false},
		{"R25 variant of both", func(q *Query, a *AccessToken) { q.Variant, a.Variant = "hash", "hash" }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			q, token := right, plainToken()
			test.change(&q, token)
			r := &Record{AccessTokens: []*AccessToken{token}}
			if found := r.Find(&q) != nil; found != test.found {
				t.Errorf("found is %v, want %v", found, test.found)
			}
			if found := newIndex(r.AccessTokens).find(&q) != nil; found != test.found {
				t.Errorf("by the index, found is %v, want %v", found, test.found)
			}
		})
	}
}

func TestFindPrefersTheTokenThatEndsLast(t *testing.T) {
	early := &AccessToken{Target: "a", ExpiresOn: 10, CachedAt: 5}
	late := &AccessToken{Target: "a b", ExpiresOn: 20, CachedAt: 1}
	newer := &AccessToken{Target: "a c", ExpiresOn: 20, CachedAt: 2}
	unfit := &AccessToken{Target: "b", ExpiresOn: 99, CachedAt: 9}
	for _, order := range [][]*AccessToken{
		{early, late, newer, unfit}, {unfit, newer, late, early}, {late, unfit, early, newer}, {newer, early, unfit, late},
	} {
		r := &Record{AccessTokens: order}
		q := &Query{Scopes: []string{"a"}}
		if r.Find(q) != newer || newIndex(order).find(q) != newer {
			t.Errorf("order %v: not the token that ends last", order)
		}
	}
	if new(Record).Find(&Query{}) != nil {
		t.Error("an empty record has a token")
	}
}

// TestIndexFindsWhatLookingAtEachFinds compares the two ways on random records.
func TestIndexFindsWhatLookingAtEachFinds(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	pick := func(list ...string) string { return list[random.Intn(len(list))] }
	scopes := func() string {
		var list []string
		for i := 0; i < random.Intn(4); i++ {
			list = append(list, pick("a", "A", "b", "c", "openid", "x/.default", "X/.Default", ".default", "", "d"))
		}
		return strings.Join(list, " ")
	}
	for round := 0; round < 300; round++ {
		r := new(Record)
		for i := 0; i < indexFrom+random.Intn(30); i++ {
			r.AccessTokens = append(r.AccessTokens, &AccessToken{
				Secret: Secret(fmt.Sprint(i)), Target: scopes(), RequestedScopes: scopes(), Realm: pick("", "r"),
				Resource: pick("", "res"), Variant: pick("", "v"), ExpiresOn: int64(random.Intn(5)), CachedAt: int64(random.Intn(3)),
			})
		}
		for i := 0; i < 20; i++ {
			q := &Query{Scopes: strings.Split(scopes(), " "), Realm: pick("", "r"), Resource: pick("", "res"), Variant: pick("", "v")}
			var want *AccessToken
			for _, token := range r.AccessTokens {
				if q.better(token, want) {
					want = token
				}
			}
			if got := r.Find(q); got != want {
				t.Fatalf("round %d, query %+v: got %v, want %v", round, q, got, want)
			}
		}
	}
}

func TestIndexFollowsTheRecord(t *testing.T) {
	r := manyResources(50)
	q := &Query{Scopes: []string{"https://resource0007.example.com/.default"}}
	old := r.Find(q)
	next := r.Clone()
	token := *old
	token.Secret, token.ExpiresOn = "new", old.ExpiresOn+1
	next.PutAccessToken(&token)
	if next.Find(q) != &token || r.Find(q) != old || len(next.AccessTokens) != 50 {
		t.Error("a put is not seen, or seen in the record before")
	}
	again := token
	next.PutAccessToken(&again) // of the same length, and in the same memory
	if next.Find(q) != &again {
		t.Error("a put after a Find is not seen")
	}
	token = again
	next.PutAccessToken(&token)
	last := next.Clone()
	last.RemoveAccessToken("new")
	if last.Find(q) != nil || next.Find(q) != &token {
		t.Error("a removal is not seen, or seen in the record before")
	}
	last.Prune(1<<60, 0)
	if last.Find(&Query{Scopes: []string{"https://resource0008.example.com/.default"}}) != nil {
		t.Error("a pruned token is found")
	}
}

// manyResources is an application's record with tokens for n resources.
func manyResources(n int) *Record {
	r := new(Record)
	for i := 0; i < n; i++ {
		scope := fmt.Sprintf("https://resource%04d.example.com/.default", i)
		r.AccessTokens = append(r.AccessTokens, &AccessToken{
			Target: scope, RequestedScopes: scope, Secret: Secret(scope), ExpiresOn: 1000 + int64(i), CachedAt: int64(i),
		})
	}
	return r
}
