package latchkey

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/host"
	"github.com/latchkey-auth/latchkey/transport"
)

// claimTests are changes of a good ID token, and the check that must find each. The client signs in with maxAge 1000 s.
var claimTests = []struct {
	name   string
	change func(c members, now int64)
	check  string // empty: accepted
}{
	{"R15 good", func(members, int64) {}, ""},

	{"R15 no sub", func(c members, _ int64) { delete(c, "sub") }, "sub"},
	{"R15 empty sub", func(c members, _ int64) { c["sub"] = "" }, "sub"},
	{"R15 sub is no string", func(c members, _ int64) { c["sub"] = 7 }, "sub"},

	{"R15 no iss", func(c members, _ int64) { delete(c, "iss") }, "iss"},
	{"R15 another iss", func(c members, _ int64) { c["iss"] = "https://evil.example" }, "iss"},
	{"R15 iss with a slash more", func(c members, _ int64) { c["iss"] = wireIssuer + "/" }, "iss"},
	{"R15 iss in capitals", func(c members, _ int64) { c["iss"] = strings.ToUpper(wireIssuer) }, "iss"},

	{"R15 no aud", func(c members, _ int64) { delete(c, "aud") }, "aud"},
	{"R15 another aud", func(c members, _ int64) { c["aud"] = "another" }, "aud"},
	{"R15 empty list of aud", func(c members, _ int64) { c["aud"] = []string{} }, "aud"},
	{"R15 aud in capitals", func(c members, _ int64) { c["aud"] = "APP" }, "aud"},
	{"R15 aud as a list", func(c members, _ int64) { c["aud"] = []string{wireClient} }, ""},
	{"R15 several aud without azp", func(c members, _ int64) { c["aud"] = []string{wireClient, "another"} }, "azp"},
	{"R15 several aud with our azp", func(c members, _ int64) { c["aud"], c["azp"] = []string{"another", wireClient}, wireClient }, ""},
	{"R15 several aud with another azp", func(c members, _ int64) { c["aud"], c["azp"] = []string{wireClient, "another"}, "another" }, "azp"},
	{"R15 one aud with another azp", func(c members, _ int64) { c["azp"] = "another" }, "azp"},
	{"R15 several aud, none is ours", func(c members, _ int64) { c["aud"], c["azp"] = []string{"x", "y"}, wireClient }, "aud"},

	{"R15 no exp", func(c members, _ int64) { delete(c, "exp") }, "exp"},
	{"R15 exp is a word", func(c members, _ int64) { c["exp"] = "tomorrow" }, "exp"},
	{"R15 ended", func(c members, now int64) { c["exp"] = now - clockLeeway }, "exp"},
	{"R15 ended within the leeway", func(c members, now int64) { c["exp"] = now - clockLeeway + 1 }, ""},
	{"R15 exp with a fraction", func(c members, now int64) { c["exp"] = float64(now) + 0.5 }, ""},
	{"R15 exp of the last number", func(c members, _ int64) { c["exp"] = int64(1<<63 - 1) }, "exp"},

	{"R15 no iat", func(c members, _ int64) { delete(c, "iat") }, "iat"},
	{"R15 iat is a word", func(c members, _ int64) { c["iat"] = "now" }, "iat"},
	{"R15 from the future", func(c members, now int64) { c["iat"] = now + clockLeeway + 1 }, "iat"},
	{"R15 from the future within the leeway", func(c members, now int64) { c["iat"] = now + clockLeeway }, ""},
	{"R15 iat of the first number", func(c members, _ int64) { c["iat"] = int64(-1 << 63) }, "iat"},

	{"R15 not good yet", func(c members, now int64) { c["nbf"] = now + clockLeeway + 1 }, "nbf"},
	{"R15 good by now", func(c members, now int64) { c["nbf"] = now }, ""},

	{"R15 no nonce", func(c members, _ int64) { delete(c, "nonce") }, "nonce"},
	{"R15 another nonce", func(c members, _ int64) { c["nonce"] = "another" }, "nonce"},
	{"R15 a longer nonce", func(c members, _ int64) { c["nonce"] = c["nonce"].(string) + "x" }, "nonce"},

	{"R15 no auth_time though max_age was sent", func(c members, _ int64) { delete(c, "auth_time") }, "auth_time"},
	{"R15 signed in too long ago", func(c members, now int64) { c["auth_time"] = now - 1000 - clockLeeway - 1 }, "auth_time"},
	{"R15 signed in just not too long ago", func(c members, now int64) { c["auth_time"] = now - 1000 }, ""},

	{"R15 at_hash", func(c members, _ int64) { c["at_hash"] = accessTokenHash("at-1", 256) }, ""},
	{"R15 at_hash of another token", func(c members, _ int64) { c["at_hash"] = accessTokenHash("at-2", 256) }, "at_hash"},
	{"R15 at_hash of another length", func(c members, _ int64) { c["at_hash"] = accessTokenHash("at-1", 512) }, "at_hash"},
	{"R15 at_hash is no string", func(c members, _ int64) { c["at_hash"] = 1 }, "at_hash"},
	{"R15 at_hash is null", func(c members, _ int64) { c["at_hash"] = nil }, "at_hash"},
}

// accessTokenHash is the at_hash of OpenID Connect Core 3.1.3.6.
func accessTokenHash(token string, bits int) string {
	sum, err := host.Digest(bits, token)
	if err != nil {
		panic(err)
	}
	return b64.Encode(sum[:len(sum)/2])
}

func TestR15_Claims(t *testing.T) {
	ctx := context.Background()
	for _, tt := range claimTests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t)
			c := w.public()
			w.token = func(q asked) answer {
				now := w.seconds.Load()
				claims := w.claims(q).with("auth_time", now-10)
				tt.change(claims, now)
				return w.grant(q).with("id_token", jwt(claims)).answer()
			}
			flow := w.begin(c.client, AuthCodeRequest{Scopes: []string{"a"}, MaxAge: 1000 * time.Second})
			if got := authorizeFields(t, flow).Get("max_age"); got != "1000" {
				t.Errorf("max_age %q was sent", got)
			}
			r, err := c.AcquireTokenByCode(ctx, flow, "code=c&state="+flow.State())
			if tt.check == "" {
				if err != nil {
					t.Fatal(err)
				}
				expect(t, r, "at-1", FromAuthority, reasonSignIn)
				return
			}
			wantCheck(t, err, tt.check)
			if all, err := c.Accounts(ctx); err != nil || len(all) != 0 {
				t.Errorf("accounts %v, %v: something was kept", all, err)
			}
		})
	}
}

func TestR15_EntraClaims(t *testing.T) {
	tests := []struct {
		name, tenant string
		change       func(c members)
		check        string
	}{
		{"R15 good", homeID, func(members) {}, ""},
		{"R15 no tid", homeID, func(c members) { delete(c, "tid") }, "iss"},
		{"R15 tid is a domain", homeID, func(c members) { c["tid"] = "contoso.example" }, "iss"},
		{"R15 tid of another tenant than iss", "common", func(c members) { c["tid"] = guestID }, "iss"},
		{"R15 another tenant than the configured one", homeID, func(c members) { c["tid"], c["iss"] = guestID, wireCloud+guestID+"/v2.0" }, "iss"},
		{"R15 any tenant under common", "common", func(c members) {
			c["tid"], c["iss"], c["oid"] = guestID, wireCloud+guestID+"/v2.0", "guest"
		}, ""},
		{"R15 version 1", homeID, func(c members) { c["iss"] = "https://sts.windows.net/" + homeID + "/" }, "iss"},
		{"R15 another host", "common", func(c members) { c["iss"] = "https://evil.example/" + homeID + "/v2.0" }, "iss"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newEntraWire(t, tt.tenant)
			w.token = func(q asked) answer {
				claims := w.claims(q)
				tt.change(claims)
				return w.grant(q).with("id_token", jwt(claims)).answer()
			}
			_, err := w.trySignIn(w.public().client, "a")
			if tt.check != "" {
				wantCheck(t, err, tt.check)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestR15_AccessTokenHashFollowsTheAlgorithm(t *testing.T) {
	for alg, bits := range map[string]int{"RS256": 256, "ES256": 256, "PS384": 384, "RS512": 512, "EdDSA": 256} {
		claims, err := idTokenClaims(jwt(members{"at_hash": accessTokenHash("token", bits)}))
		if err != nil {
			t.Fatal(err)
		}
		idToken := b64.EncodeString(members{"alg": alg}.String()) + ".e30.c2ln"
		if err := checkAccessTokenHash(claims, idToken, "token"); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
		wantCheck(t, checkAccessTokenHash(claims, idToken, "another"), "at_hash")
	}
}

func TestR15_Malformed(t *testing.T) {
	payload := func(text string) string { return "e30." + b64.EncodeString(text) + ".c2ln" }
	for _, token := range []string{
		"x", "a.b", "a.b.c.d", "..", "e30.é.c2ln", "e30." + b64.EncodeString(`{"sub":"s"}`) + "==.c2ln",
		payload(""), payload("[]"), payload("null"), payload(`"sub"`), payload(`{"sub":`), payload("\xff"),
	} {
		w := newWire(t)
		w.token = func(q asked) answer { return w.grant(q).with("id_token", token).answer() }
		_, err := w.trySignIn(w.public().client, "a")
		wantCheck(t, err, "ID token")
		if err != nil && len(token) > 3 && strings.Contains(err.Error(), token) {
			t.Errorf("the error shows the token: %v", err)
		}
	}
}

// R28: the authority's Date only says in the error that a clock is off.
func TestR28_ClockHint(t *testing.T) {
	const theirs = "Fri, 15 Jan 2027 08:00:00 GMT" // 1_800_000_000
	tests := []struct {
		name  string
		off   time.Duration // of our clock
		date  string
		check string // empty: accepted
		text  string
	}{
		{"R28 two hours ahead", 2 * time.Hour, theirs, "exp", "120 minutes ahead of"},
		{"R28 ten minutes behind", -10 * time.Minute, theirs, "iat", "10 minutes behind"},
		{"R28 no date", 2 * time.Hour, "", "exp", ""},
		{"R28 a date that is none", 2 * time.Hour, "yesterday", "exp", ""},
		{"R28 the date decides nothing", 0, "Thu, 01 Jan 1970 00:00:00 GMT", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t)
			w.token = func(q asked) answer {
				claims := w.claims(q).with("iat", 1_800_000_000).with("exp", 1_800_003_600)
				a := w.grant(q).with("id_token", jwt(claims)).answer()
				a.header = transport.Header{{Name: "Date", Value: tt.date}}
				return a
			}
			w.advance(tt.off)
			_, err := w.trySignIn(w.public().client, "a")
			if tt.check == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantCheck(t, err, tt.check)
			if err != nil && (tt.text != "" && !strings.Contains(err.Error(), tt.text) || tt.text == "" && strings.Contains(err.Error(), "clock is")) {
				t.Errorf("error %q, want %q in it", err, tt.text)
			}
		})
	}
}

func TestClaims(t *testing.T) {
	c, err := idTokenClaims(jwt(members{"text": "t", "list": []any{"a", 1, "b"}, "time": 1_800_000_000, "half": 1.5, "word": "x", "late": 1e300}))
	if err != nil {
		t.Fatal(err)
	}
	if c.Text("text") != "t" || c.Text("list") != "" || c.Text("absent") != "" {
		t.Error("Text")
	}
	if got := strings.Join(c.Texts("list"), " "); got != "a b" || len(c.Texts("text")) != 1 || c.Texts("time") != nil || c.Texts("absent") != nil {
		t.Errorf("Texts: %q", got)
	}
	if c.Time("time").Unix() != 1_800_000_000 || c.Time("half").Unix() != 1 || !c.Time("word").IsZero() || !c.Time("late").IsZero() {
		t.Error("Time")
	}
	if !strings.Contains(c.JSON(), `"text":"t"`) || (Claims{}).JSON() != "" || (Claims{}).Text("x") != "" || (Claims{}).Texts("x") != nil {
		t.Error("JSON, or the zero Claims")
	}
}

// Whatever comes in place of an ID token is a refused answer, never a crash.
func FuzzIDToken(f *testing.F) {
	for _, claims := range []members{{}, {"sub": "s", "iss": wireIssuer, "aud": wireClient, "iat": 1_800_000_000, "exp": 1_800_003_600, "nonce": "n"}, {"aud": []any{1, nil}}} {
		f.Add(jwt(claims))
	}
	f.Add("..")
	f.Add("e30.bnVsbA.c2ln")
	w := newWire(f)
	_, m, err := w.public().resolve(context.Background(), "")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, token string) {
		claims, err := idTokenClaims(token)
		if err == nil {
			err = checkIDTokenClaims(claims, m, wireClient, idTokenExpectation{nonce: "n"}, 1_800_000_000)
		}
		if err == nil {
			err = checkAccessTokenHash(claims, token, "token")
		}
		var refused *ValidationError
		switch {
		case err != nil && !errors.As(err, &refused):
			t.Errorf("error %T", err)
		case err == nil && (claims.Text("sub") == "" || claims.Text("iss") != wireIssuer || claims.Text("nonce") != "n"):
			t.Errorf("accepted %s", claims.JSON())
		}
	})
}
