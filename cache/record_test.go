package cache

import "testing"

func TestR27_ExpiresWithTheLastToken(t *testing.T) {
	tokens := []*AccessToken{{ExpiresOn: 100}, {ExpiresOn: 50, ExtendedExpiresOn: 200}, {ExpiresOn: 150, ExtendedExpiresOn: 10}}
	unknown, err := DecodeRecord([]byte(`{"Future":1}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		r    *Record
		want int64
	}{
		{"empty", new(Record), 0},
		{"access tokens", &Record{AccessTokens: tokens}, 200},
		{"a refresh token too", &Record{AccessTokens: tokens, RefreshTokens: []*RefreshToken{{}}}, 0},
		{"an ID token too", &Record{AccessTokens: tokens, IDTokens: []*IDToken{{}}}, 0},
		{"an account too", &Record{AccessTokens: tokens, Accounts: []*Account{{}}}, 0},
		{"something unknown", unknown, 0},
	} {
		if got := test.r.Expires(KindUser); got != test.want {
			t.Errorf("%s: Expires is %d, want %d", test.name, got, test.want)
		}
	}
	session := &Record{AccessTokens: tokens, IDTokens: []*IDToken{{}}, Accounts: []*Account{{}}}
	if got := session.Expires(KindOnBehalfOf); got != 200 {
		t.Errorf("an on-behalf-of session: Expires is %d", got)
	}
	session.RefreshTokens = []*RefreshToken{{}}
	if got := session.Expires(KindOnBehalfOf); got != 0 {
		t.Errorf("a long-running process: Expires is %d", got)
	}
}
