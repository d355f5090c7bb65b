package latchkey

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
	"github.com/latchkey-auth/latchkey/transport"
)

var sentAt = time.Unix(1_800_000_000, 0)

func parseBody(body string, optional bool) (*tokenAnswer, error) {
	q := &tokenRequest{grant: grantCode}
	q.form.Set("scope", "asked for")
	return parseTokenAnswer(&transport.Response{Status: 200, Body: body}, q, sentAt, optional)
}

func TestR12_AccessToken(t *testing.T) {
	tests := []struct {
		name, body string
		optional   bool
		check      string // empty: accepted
	}{
		{"R12 complete", `{"access_token":"a","token_type":"Bearer"}`, false, ""},
		{"R12 bearer in capitals", `{"access_token":"a","token_type":"BEARER"}`, false, ""},
		{"R12 another type", `{"access_token":"a","token_type":"mac"}`, false, "token_type"},
		{"R12 a bound token that nobody asked for", `{"access_token":"a","token_type":"DPoP"}`, false, "token_type"},
		{"R12 no type", `{"access_token":"a"}`, false, "token_type"},
		{"R12 type is no string", `{"access_token":"a","token_type":["Bearer"]}`, false, "token_type"},
		{"R12 no access token", `{"token_type":"Bearer"}`, false, "access_token"},
		{"R12 empty access token", `{"access_token":"","token_type":"Bearer"}`, false, "access_token"},
		{"R12 access token is no string", `{"access_token":1,"token_type":"Bearer"}`, false, "access_token"},
		{"R23 a line break in the access token", `{"access_token":"a\r\nX-Evil: 1","token_type":"Bearer"}`, false, "access_token"},
		{"R23 an escape in the access token", `{"access_token":"a\u001b[31m","token_type":"Bearer"}`, false, "access_token"},
		{"R12 ID token only", `{"id_token":"i"}`, false, "access_token"},
		{"R12 ID token only, and the profile allows it", `{"id_token":"i"}`, true, ""},
		{"R12 neither, though the profile allows one", `{"token_type":"Bearer"}`, true, "access_token"},
		{"R12 nothing", `{}`, false, "access_token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseBody(tt.body, tt.optional)
			if tt.check != "" {
				wantCheck(t, err, tt.check)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestR12_Lifetime(t *testing.T) {
	tests := []struct {
		json string
		want int64 // -1: absent
	}{
		{`3600`, 3600}, {`"3600"`, 3600}, {`3600.0`, 3600}, {`3599.9`, 3599}, {`"3599.9"`, 3599}, {`3.6e3`, 3600}, {`"3.6e3"`, 3600},
		{`0`, 0}, {`"0"`, 0}, {`-1`, 0}, {`"-1"`, 0}, {`-1.5`, 0},
		{`9223372036854775807`, maxLifetime}, {`1e30`, maxLifetime}, {`"1e30"`, maxLifetime}, {`999999999999999999999`, maxLifetime},
		{`null`, -1}, {`true`, -1}, {`""`, -1}, {`"soon"`, -1}, {`"NaN"`, -1}, {`"3600 s"`, -1}, {`[]`, -1}, {`{}`, -1},
	}
	for _, tt := range tests {
		v, err := jsonscan.Parse(tt.json)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := lifetime(v)
		if !ok {
			got = -1
		}
		if got != tt.want {
			t.Errorf("%s: %d, want %d", tt.json, got, tt.want)
		}
	}
	if _, ok := lifetime(jsonscan.Value{}); ok {
		t.Error("an absent lifetime was read")
	}
}

func TestR12_Times(t *testing.T) {
	const token = `{"access_token":"a","token_type":"Bearer",`
	now := sentAt.Unix()
	tests := []struct {
		name, members              string
		expires, extended, refresh int64
	}{
		{"R12 absent", `"x":1}`, 0, 0, 0},
		{"R12 from when the request was sent", `"expires_in":3600}`, now + 3600, 0, 0},
		{"R12 expires_on is not ours", `"expires_on":"1900000000"}`, 0, 0, 0},
		{"R12 with ext_expires_in", `"expires_in":3600,"ext_expires_in":"7200"}`, now + 3600, now + 7200, 0},
		{"R12 ext_expires_in is shorter", `"expires_in":3600,"ext_expires_in":3600}`, now + 3600, 0, 0},
		{"R12 ext_expires_in alone", `"ext_expires_in":3600}`, 0, 0, 0},
		{"R12 with refresh_in", `"expires_in":3600,"refresh_in":1800}`, now + 3600, 0, now + 1800},
		{"R12 refresh_in is longer", `"expires_in":3600,"refresh_in":3600}`, now + 3600, 0, 0},
		{"R12 refresh_in of 0 would renew for ever", `"expires_in":3600,"refresh_in":0}`, now + 3600, 0, 0},
		{"R12 huge", `"expires_in":1e300,"ext_expires_in":1e300}`, now + maxLifetime, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := parseBody(token+tt.members, false)
			if err != nil {
				t.Fatal(err)
			}
			if a.sentAt != now || a.expiresOn != tt.expires || a.extendedExpiresOn != tt.extended || a.refreshOn != tt.refresh {
				t.Errorf("expires %d, extended %d, refresh %d", a.expiresOn-now, a.extendedExpiresOn-now, a.refreshOn-now)
			}
		})
	}
}

func TestR12_Scope(t *testing.T) {
	for body, want := range map[string]string{
		`{"access_token":"a","token_type":"Bearer"}`:                   "asked for",
		`{"access_token":"a","token_type":"Bearer","scope":"granted"}`: "granted",
		`{"access_token":"a","token_type":"Bearer","scope":""}`:        "asked for",
	} {
		if a, err := parseBody(body, false); err != nil || a.scope != want {
			t.Errorf("%s: scope %q, %v; want %q", body, a.scope, err, want)
		}
	}
}

// A token whose end is not known is returned, is not found again, and takes the place of the one before.
func TestR12_NoExpiry(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	c := w.public()
	r := w.signIn(c.client, "a")
	w.token = func(q asked) answer { return w.grant(q).without("expires_in").answer() }
	renewed, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Scopes: []string{"a"}, ClaimsChallenge: `{"access_token":{}}`})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, renewed, "at-2", FromAuthority, reasonChallenge)
	if !renewed.ExpiresOn.IsZero() {
		t.Errorf("expires on %v", renewed.ExpiresOn)
	}
	expect(t, w.silent(c.client, r.Account, "a"), "at-3", FromAuthority, reasonNoToken)
}

func TestR12_ExpiryCountsFromSending(t *testing.T) {
	w := newWire(t)
	w.token = func(q asked) answer {
		m := w.grant(q)
		w.advance(30 * time.Second) // the answer takes that long
		return m.answer()
	}
	sent := w.now()
	r := w.signIn(w.public().client, "a")
	if want := sent.Add(time.Hour); !r.ExpiresOn.Equal(want) {
		t.Errorf("expires on %v, want %v", r.ExpiresOn, want)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	header := func(contentType string) transport.Header {
		if contentType == "" {
			return nil
		}
		return transport.Header{{Name: "content-type", Value: contentType}}
	}
	tests := []struct {
		name   string
		status int
		kind   string
		body   string
		code   string
		text   string // part of the error's text
	}{
		{"200 with HTML", 200, "text/html; charset=utf-8", "<h1>secret</h1>", "", "text/html"},
		{"200 truncated", 200, "application/json", `{"access_token":"secret`, "", "cut off after 23 bytes"},
		{"200 with a list", 200, "application/json", `["secret"]`, "", "not a JSON object"},
		{"200 empty", 200, "application/json", "", "", "empty"},
		{"200 without a type", 200, "", "secret", "", "not JSON"},
		{"200 with an error", 200, "application/json", `{"error":"invalid_grant","access_token":"secret","token_type":"Bearer"}`, "invalid_grant", "invalid_grant"},
		{"201", 201, "application/json", `{"access_token":"secret","token_type":"Bearer"}`, "", "HTTP status 201"},
		{"302", 302, "text/html", "", "", "does not redirect"},
		{"400 without a code", 400, "application/json", `{"message":"secret"}`, "", "HTTP status 400"},
		{"400 with a code", 400, "application/json", `{"error":"invalid_client"}`, "invalid_client", "credential"},
		{"500 empty", 500, "", "", "", "out of order"},
		{"503 with a page", 503, "text/html", "secret", "", "out of order"},
		{"hostile type", 500, "te\x1b[2Jxt/\r\nhtml", "secret", "", `te\x1b[2Jxt`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &transport.Response{Status: tt.status, Header: header(tt.kind), Body: tt.body}
			_, err := parseTokenAnswer(r, &tokenRequest{grant: grantCode}, sentAt, false)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %T %v, want an *Error", err, err)
			}
			if e.Code != tt.code || e.Status != tt.status || e.Endpoint != "token" || e.Grant != grantCode {
				t.Errorf("%+v", e)
			}
			if text := err.Error(); !strings.Contains(text, tt.text) || strings.Contains(text, "secret") || strings.ContainsAny(text, "\x1b\r\n") {
				t.Errorf("text %q, want %q in it", text, tt.text)
			}
			if transient := tt.status >= 500; e.transient() != transient {
				t.Errorf("transient: %v", e.transient())
			}
		})
	}
}

func TestErrorFields(t *testing.T) {
	long := strings.Repeat("x", 20_000)
	r := &transport.Response{Status: 400, Body: `{"error":"invalid_grant","error_description":"d","suberror":"consent_required",` +
		`"error_codes":[65001,"7",70000.0,1e30],"timestamp":"t","trace_id":"tr","correlation_id":"co","error_uri":"u","claims":"{}"}`}
	_, err := parseAnswer(r, "token", grantRefresh, sentAt)
	e := err.(*Error)
	if e.Code != "invalid_grant" || e.Description != "d" || e.Suberror != "consent_required" || e.Timestamp != "t" ||
		e.TraceID != "tr" || e.CorrelationID != "co" || e.URI != "u" || e.Claims != "{}" || e.Status != 400 || e.Grant != grantRefresh {
		t.Errorf("%+v", e)
	}
	if len(e.Numbers) != 2 || e.Numbers[0] != 65001 || e.Numbers[1] != 70000 {
		t.Errorf("numbers %v", e.Numbers)
	}
	r.Body = `{"error":"` + long + `","error_description":"` + long + `","suberror":"` + long + `","claims":"` + long + `","error_codes":[` +
		strings.Repeat("1,", 1000) + `1]}`
	_, err = parseAnswer(r, "token", grantRefresh, sentAt)
	e = err.(*Error)
	if len(e.Code) > 128 || len(e.Description) > 4096 || len(e.Suberror) > 128 || e.Claims != "" || len(e.Numbers) > 16 || len(e.Error()) > 4096 {
		t.Errorf("lengths %d, %d, %d, %d, %d, %d", len(e.Code), len(e.Description), len(e.Suberror), len(e.Claims), len(e.Numbers), len(e.Error()))
	}
}

func TestR28_RetryAfter(t *testing.T) {
	const date = "Fri, 15 Jan 2027 08:00:00 GMT" // sentAt
	tests := []struct {
		name, after, date string
		want              time.Duration
	}{
		{"absent", "", "", 0},
		{"R28 seconds", "3", "", 3 * time.Second},
		{"R28 seconds and blanks", " 3 ", "", 3 * time.Second},
		{"R28 zero", "0", "", 0},
		{"R28 negative", "-3", "", 0},
		{"R28 more than an hour", "86400", "", time.Hour},
		{"R28 a fraction", "1.5", "", 0},
		{"R28 too large for a number", "99999999999999999999", "", 0},
		{"R28 a word", "soon", "", 0},
		{"R28 a date", "Fri, 15 Jan 2027 08:02:00 GMT", "", 2 * time.Minute},
		{"R28 a date that has passed", "Fri, 15 Jan 2027 07:59:00 GMT", "", 0},
		{"R28 a date by the authority's own clock", "Fri, 15 Jan 2027 09:02:00 GMT", "Fri, 15 Jan 2027 09:00:00 GMT", 2 * time.Minute},
		{"R28 a date beside a broken one", "Fri, 15 Jan 2027 08:02:00 GMT", "yesterday", 2 * time.Minute},
		{"R28 a date next year", "Sat, 15 Jan 2028 08:00:00 GMT", date, time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := transport.Header{{Name: "retry-after", Value: tt.after}, {Name: "date", Value: tt.date}}
			if got := retryAfter(&transport.Response{Header: h}, sentAt); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func FuzzParseTokenAnswer(f *testing.F) {
	for _, body := range []string{
		`{"access_token":"a","token_type":"Bearer","expires_in":3600,"refresh_in":"5","ext_expires_in":1e9,"scope":"a b"}`,
		`{"error":"invalid_grant","error_codes":[1,2],"claims":"{}"}`, `{"expires_in":-1e400}`, `{"access_token":"\ud800"}`, `[]`, ``, `{`,
	} {
		f.Add(200, body, "3", true)
		f.Add(503, body, "Fri, 15 Jan 2027 08:02:00 GMT", false)
	}
	f.Fuzz(func(t *testing.T, status int, body, after string, optional bool) {
		r := &transport.Response{Status: status, Body: body, Header: transport.Header{{Name: "Retry-After", Value: after}}}
		a, err := parseTokenAnswer(r, &tokenRequest{grant: grantRefresh}, sentAt, optional)
		if err != nil {
			var refused *Error
			if errors.As(err, &refused) && (refused.RetryAfter < 0 || refused.RetryAfter > time.Hour) {
				t.Errorf("wait for %v", refused.RetryAfter)
			}
			if text := err.Error(); len(text) > 16_000 || strings.ContainsAny(text, "\r\n\x1b\x00") {
				t.Errorf("text of %d bytes, or with a control character", len(text))
			}
			return
		}
		now := sentAt.Unix()
		switch {
		case status != 200:
			t.Errorf("status %d was accepted", status)
		case a.accessToken == "" && (a.idToken == "" || !optional):
			t.Error("an answer without an access token was accepted")
		case a.expiresOn != 0 && (a.expiresOn < now || a.expiresOn > now+maxLifetime):
			t.Errorf("expires on %d", a.expiresOn)
		case a.extendedExpiresOn != 0 && a.extendedExpiresOn <= a.expiresOn, a.refreshOn != 0 && a.refreshOn >= a.expiresOn:
			t.Errorf("expires on %d, extended %d, refresh %d", a.expiresOn, a.extendedExpiresOn, a.refreshOn)
		}
	})
}
