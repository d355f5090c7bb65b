package cache

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func decode(t *testing.T, text string) *Record {
	t.Helper()
	r, err := DecodeRecord([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// fill sets each exported field of an entity to a value of its own.
func fill(e any) {
	v := reflect.ValueOf(e).Elem()
	for i := 0; i < v.NumField(); i++ {
		if !v.Type().Field(i).IsExported() {
			continue
		}
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString("The " + v.Type().Field(i).Name + " \"<\u00fc>\"")
		case reflect.Int64:
			f.SetInt(1<<40 + int64(i))
		default:
			f.Set(reflect.ValueOf([]string{`{"tenantId":"a"}`, ""}))
		}
	}
}

func fullRecord() *Record {
	r := &Record{Accounts: []*Account{{}}, AccessTokens: []*AccessToken{{}}, RefreshTokens: []*RefreshToken{{}}, IDTokens: []*IDToken{{}}}
	fill(r.Accounts[0])
	fill(r.AccessTokens[0])
	fill(r.RefreshTokens[0])
	fill(r.IDTokens[0])
	return r
}

func TestEachFieldSurvives(t *testing.T) {
	r := fullRecord()
	got := decode(t, string(r.Encode()))
	for _, pair := range [][2]any{
		{got.Accounts[0], r.Accounts[0]}, {got.AccessTokens[0], r.AccessTokens[0]},
		{got.RefreshTokens[0], r.RefreshTokens[0]}, {got.IDTokens[0], r.IDTokens[0]},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("got %#v, want %#v", pair[0], pair[1])
		}
	}
}

// The member names are those of native.md C20 to C23; requested_scopes and login_hint are
// ours, and so are some members of refresh tokens.
func TestEncodeNames(t *testing.T) {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(fullRecord().Encode(), &top); err != nil {
		t.Fatal(err)
	}
	for section, want := range map[string]string{
		"Account": "authority_type client_info environment home_account_id local_account_id login_hint name realm tenantProfiles username",
		"AccessToken": "cached_at client_id credential_type environment expires_on ext_cache_key extended_expires_on home_account_id " +
			"key_id realm refresh_on requested_scopes resource secret target token_type user_assertion_hash",
		"RefreshToken": "cached_at client_id credential_type environment expires_on family_id home_account_id key_id realm secret target",
		"IdToken":      "client_id credential_type environment home_account_id realm secret",
	} {
		var entities map[string]map[string]any
		if err := json.Unmarshal(top[section], &entities); err != nil {
			t.Fatal(err)
		}
		for _, members := range entities {
			var names []string
			for name := range members {
				names = append(names, name)
			}
			if got := sorted(names); got != want {
				t.Errorf("%s has\n%s, want\n%s", section, got, want)
			}
		}
	}
	if got := string(top[formatName]); got != "1" {
		t.Errorf("the format is %s", got)
	}
}

func sorted(list []string) string {
	for i := range list {
		for j := i; j > 0 && list[j] < list[j-1]; j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
	return strings.Join(list, " ")
}

func TestEncodeKeys(t *testing.T) {
	r := &Record{
		Accounts: []*Account{{HomeAccountID: "U.T", Environment: "Login", Realm: "R"}},
		IDTokens: []*IDToken{{HomeAccountID: "U.T", Environment: "Login", ClientID: "C", Realm: "R"}},
		AccessTokens: []*AccessToken{
			{HomeAccountID: "U.T", Environment: "Login", ClientID: "C", Realm: "R", Target: "A B"},
			{HomeAccountID: "U.T", Environment: "Login", ClientID: "C", Realm: "R", Target: "A B", TokenType: "Bearer", Resource: "x"},
			{HomeAccountID: "U.T", Environment: "Login", ClientID: "C", Realm: "R", Target: "A B", Resource: "y"},
			{HomeAccountID: "U.T", Environment: "Login", ClientID: "C", Realm: "R", Target: "A B", TokenType: "DPoP"},
			{HomeAccountID: "U.T", Environment: "Login", ClientID: "C", Realm: "R", Target: "A B", Variant: "Hash"},
		},
		RefreshTokens: []*RefreshToken{
			{HomeAccountID: "U.T", Environment: "Login", ClientID: "C"},
			{HomeAccountID: "U.T", Environment: "Login", ClientID: "C", FamilyID: "1"},
		},
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(r.Encode(), &top); err != nil {
		t.Fatal(err)
	}
	for section, want := range map[string]string{
		"Account": "u.t-login-r",
		"IdToken": "u.t-login-idtoken-c-r--",
		"AccessToken": "u.t-login-accesstoken-c-r-a b- u.t-login-accesstoken-c-r-a b--2 u.t-login-accesstoken-c-r-a b--3 " +
			"u.t-login-accesstoken-c-r-a b--hash u.t-login-accesstoken_with_authscheme-c-r-a b-dpop",
		"RefreshToken": "u.t-login-refreshtoken-1--- u.t-login-refreshtoken-c---",
	} {
		var entities map[string]json.RawMessage
		if err := json.Unmarshal(top[section], &entities); err != nil {
			t.Fatal(err)
		}
		var keys []string
		for key := range entities {
			keys = append(keys, key)
		}
		if got := sorted(keys); got != want {
			t.Errorf("%s has keys\n%s, want\n%s", section, got, want)
		}
	}
	if got := decode(t, string(r.Encode())); len(got.AccessTokens) != 5 || len(got.RefreshTokens) != 2 {
		t.Errorf("read back: %v", got)
	}
}

// TestManyTokensOfOneKey has tokens whose keys would collide a thousand times.
func TestManyTokensOfOneKey(t *testing.T) {
	r := new(Record)
	for i := 0; i < 1000; i++ {
		r.AccessTokens = append(r.AccessTokens, &AccessToken{Target: "a", Resource: fmt.Sprint(i)})
	}
	var top struct{ AccessToken map[string]json.RawMessage }
	if err := json.Unmarshal(r.Encode(), &top); err != nil || len(top.AccessToken) != 1000 {
		t.Errorf("encoding/json reads %d tokens, error %v", len(top.AccessToken), err)
	}
}

func TestUnknownSurvives(t *testing.T) {
	const text = `{"AppMetadata":{"appmetadata-e-c":{"client_id":"c","family_id":"1"}},"Future":[1,{"a":null}],"AccessToken":{
		"k":{"credential_type":"AccessToken","secret":"s","client_id":"c","new_member":{"deep":[1.50]},"another":null,"another":"\u00fc"},
		"odd":"no object","other":{"credential_type":"AccessToken_Of_Tomorrow","secret":5}},
		"Account":{"a":{"home_account_id":"u","credential_type":"x","last_modification_time":"5"}},"RefreshToken":{"t":7},"IdToken":{"i":null}}`
	r := decode(t, text)
	if len(r.AccessTokens) != 1 || len(r.Accounts) != 1 || len(r.RefreshTokens)+len(r.IDTokens) != 0 {
		t.Fatalf("read %v", r)
	}
	// What is not known survives a change of what is.
	next := r.Clone()
	next.PutAccessToken(&AccessToken{Target: "b", RequestedScopes: "b"})
	var got map[string]map[string]any
	var whole map[string]any
	data := next.Encode()
	if err := json.Unmarshal(data, &whole); err != nil {
		t.Fatal(err)
	}
	delete(whole, formatName)
	if future := fmt.Sprint(whole["Future"]); future != "[1 map[a:<nil>]]" {
		t.Errorf("Future is %s", future)
	}
	delete(whole, "Future")
	data, _ = json.Marshal(whole)
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ section, key, want string }{
		{"AppMetadata", "appmetadata-e-c", "map[client_id:c family_id:1]"},
		{"AccessToken", "odd", "no object"},
		{"AccessToken", "other", "map[credential_type:AccessToken_Of_Tomorrow secret:5]"},
		{"RefreshToken", "t", "7"},
		{"IdToken", "i", "<nil>"},
	} {
		if s := fmt.Sprint(got[test.section][test.key]); s != test.want {
			t.Errorf("%s %s is %s, want %s", test.section, test.key, s, test.want)
		}
	}
	token := fmt.Sprint(got["AccessToken"]["--accesstoken-c---"])
	if !strings.Contains(token, "new_member:map[deep:[1.5]]") || !strings.Contains(token, "another:\u00fc") {
		t.Errorf("the token is %s", token)
	}
	account := fmt.Sprint(got["Account"]["u--"])
	if !strings.Contains(account, "last_modification_time:5") || !strings.Contains(account, "credential_type:x") {
		t.Errorf("the account is %s", account)
	}
}

func TestDuplicatesAreMerged(t *testing.T) {
	const text = `{"RefreshToken":{
		"node---":{"home_account_id":"u","environment":"e","client_id":"c","secret":"stale"},
		"go":{"home_account_id":"u","environment":"e","client_id":"c","secret":"fresh","cached_at":"200"},
		"again":{"home_account_id":"u","environment":"e","client_id":"c","secret":"older","cached_at":"100"},
		"family":{"home_account_id":"u","environment":"e","client_id":"d","family_id":"1","secret":"family"},
		"other":{"home_account_id":"v","environment":"e","client_id":"c","secret":"other"}},
	"AccessToken":{
		"a":{"target":"x Y","cached_at":"5","secret":"first"},
		"b":{"target":"X y","token_type":"bearer","cached_at":"5","secret":"last"},
		"c":{"target":"x Y","cached_at":"4","secret":"older"},
		"d":{"target":"x Y","resource":"r","secret":"resource"}},
	"IdToken":{"a":{"realm":"r","secret":"first"},"b":{"realm":"r","secret":"last"}},
	"Account":{"a":{"realm":"r","name":"first"},"b":{"realm":"r","name":"last"},"c":{"realm":"s","name":"s"}}}`
	r := decode(t, text)
	var refresh []string
	for _, token := range r.RefreshTokens {
		refresh = append(refresh, string(token.Secret))
	}
	if got := strings.Join(refresh, " "); got != "fresh family other" {
		t.Errorf("refresh tokens: %s", got)
	}
	if got := secrets(r); got != "last resource" {
		t.Errorf("access tokens: %s", got)
	}
	if len(r.IDTokens) != 1 || r.IDTokens[0].Secret != "last" || len(r.Accounts) != 2 || r.Accounts[0].Name != "last" {
		t.Errorf("ID tokens %v, accounts %v", r.IDTokens, r.Accounts)
	}
}

func TestDecodeRefuses(t *testing.T) {
	const s = "VERY-SECRET"
	for _, test := range []struct {
		name, text string
		want       error
	}{
		{"nothing", "", ErrMalformed},
		{"binary", "\x00\x01" + s, ErrMalformed},
		{"truncated", `{"AccessToken":{"a":{"secret":"` + s, ErrMalformed},
		{"something follows", `{} ` + s, ErrMalformed},
		{"an array", `["` + s + `"]`, ErrMalformed},
		{"null", "null", ErrMalformed},
		{"deep", strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100), ErrMalformed},
		{"a section that is a string", `{"AccessToken":"` + s + `"}`, ErrMalformed},
		{"a section that is an array", `{"Account":["` + s + `"]}`, ErrMalformed},
		{"a secret that is a number", `{"AccessToken":{"` + s + `":{"secret":5}}}`, ErrMalformed},
		{"a client that is an object", `{"RefreshToken":{"a":{"client_id":{"` + s + `":1}}}}`, ErrMalformed},
		{"a time that is none", `{"AccessToken":{"a":{"expires_on":"` + s + `"}}}`, ErrMalformed},
		{"a time with a fraction", `{"AccessToken":{"a":{"expires_on":1.5}}}`, ErrMalformed},
		{"a time that is too large", `{"AccessToken":{"a":{"expires_on":"9999999999999999999"}}}`, ErrMalformed},
		{"a time that is true", `{"AccessToken":{"a":{"cached_at":true}}}`, ErrMalformed},
		{"profiles that are no list", `{"Account":{"a":{"tenantProfiles":"` + s + `"}}}`, ErrMalformed},
		{"a format that is a string", `{"LatchkeyFormat":"1"}`, ErrMalformed},
		{"a format that is null", `{"LatchkeyFormat":null}`, ErrMalformed},
		{"format 0", `{"LatchkeyFormat":0}`, ErrMalformed},
		{"format 1.5", `{"LatchkeyFormat":1.5}`, ErrMalformed},
		{"a newer format", `{"LatchkeyFormat":2,"AccessToken":{}}`, ErrNewerFormat},
		{"a newer format with other sections", `{"AccessToken":["` + s + `"],"LatchkeyFormat":900}`, ErrNewerFormat},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := DecodeRecord([]byte(test.text))
			if r != nil || !errors.Is(err, test.want) {
				t.Fatalf("got %v and error %v, want %v", r, err, test.want)
			}
			if errors.Is(err, ErrMalformed) == errors.Is(err, ErrNewerFormat) {
				t.Error("the error is both")
			}
			if strings.Contains(err.Error(), s) || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has content: %v", err)
			}
			t.Log(err)
		})
	}
}

func TestDecodeAccepts(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"an empty object", ` {} `, ""},
		{"null for a section", `{"AccessToken":null}`, ""},
		{"null for members", `{"AccessToken":{"a":{"secret":"s","realm":null,"cached_at":null}}}`, "s/0"},
		{"times as numbers", `{"AccessToken":{"a":{"secret":"s","cached_at":5e2}}}`, "s/500"},
		{"times as strings", `{"AccessToken":{"a":{"secret":"s","cached_at":"500"}}}`, "s/500"},
		{"an empty time", `{"AccessToken":{"a":{"secret":"s","cached_at":""}}}`, "s/0"},
		{"a time before 1970", `{"AccessToken":{"a":{"secret":"s","cached_at":"-5"}}}`, "s/-5"},
		{"credential type in lower case", `{"AccessToken":{"a":{"credential_type":"accesstoken","secret":"s"}}}`, "s/0"},
		{"credential type with scheme", `{"AccessToken":{"a":{"credential_type":"AccessToken_With_AuthScheme","secret":"s"}}}`, "s/0"},
		{"a section twice", `{"AccessToken":{"a":{"secret":"s"}},"AccessToken":{"a":{"secret":"t","target":"x"}}}`, "s/0 t/0"},
		{"a member twice", `{"AccessToken":{"a":{"secret":"s","secret":"t"}}}`, "t/0"},
		{"escapes", `{"Acces\u0073Token":{"a":{"s\u0065cret":"\u0073"}}}`, "s/0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var list []string
			for _, token := range decode(t, test.text).AccessTokens {
				list = append(list, fmt.Sprintf("%s/%d", string(token.Secret), token.CachedAt))
			}
			if got := strings.Join(list, " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestDecodeDoesNotKeepTheText changes the data after it was decoded.
func TestDecodeDoesNotKeepTheText(t *testing.T) {
	data := fullRecord().Encode()
	r := decode(t, string(data))
	other, err := DecodeRecord(data)
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		data[i] = 'x'
	}
	if !bytes.Equal(r.Encode(), other.Encode()) {
		t.Error("the record shares memory with the data")
	}
}
