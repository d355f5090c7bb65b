package cache

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const hidden = "eyJzZWNyZXQ"

// shownBy are the ways in which programs print values without being asked twice.
var shownBy = []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X"}

func assertHidden(t *testing.T, what, text string) {
	t.Helper()
	bytes := strings.TrimPrefix(strings.Trim(fmt.Sprintf("%#v", []byte(hidden)), "}"), "[]byte{")
	for _, form := range []string{hidden, fmt.Sprintf("%x", hidden), fmt.Sprintf("%X", hidden), strings.Trim(fmt.Sprint([]byte(hidden)), "[]"), bytes} {
		if strings.Contains(text, form) {
			t.Errorf("%s shows the secret: %s", what, text)
		}
	}
}

func TestSecretPrintsRedacted(t *testing.T) {
	for verb, want := range map[string]string{
		"%v": "[redacted]", "%+v": "[redacted]", "%s": "[redacted]", "%q": `"[redacted]"`, "%#v": `"[redacted]"`,
	} {
		if got := fmt.Sprintf(verb, Secret(hidden)); got != want {
			t.Errorf("%s gives %s, want %s", verb, got, want)
		}
	}
	if got := Secret("").String(); got != "" {
		t.Errorf("the empty secret prints as %q", got)
	}
	got, err := json.Marshal([]Secret{hidden, ""})
	if err != nil || string(got) != `["[redacted]",""]` {
		t.Errorf("encoding/json gives %s and error %v", got, err)
	}
}

func TestNothingShowsASecret(t *testing.T) {
	at := &AccessToken{Secret: hidden, Target: "read"}
	rt := &RefreshToken{Secret: hidden}
	id := &IDToken{Secret: hidden}
	text := `{"Unknown":"` + hidden + `","RefreshToken":{"x":{"credential_type":"Other","secret":"` + hidden +
		`"},"y":{"secret":"` + hidden + `","other":"` + hidden + `"}}}`
	decoded, err := DecodeRecord([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	record := &Record{AccessTokens: []*AccessToken{at}, RefreshTokens: []*RefreshToken{rt}, IDTokens: []*IDToken{id}}
	entry := Entry{Data: []byte(hidden), Version: "1"}
	memory := NewMemory()
	if _, err := memory.Save(context.Background(), Partition{}, Entry{Data: []byte(hidden)}); err != nil {
		t.Fatal(err)
	}
	holder := struct {
		Entry  Entry
		Token  AccessToken
		Record *Record
		Tokens []*RefreshToken
		record *Record
		memory *Memory
	}{entry, *at, record, record.RefreshTokens, decoded, memory}
	for _, v := range []any{
		at, *at, rt, *rt, id, *id, record, decoded, decoded.RefreshTokens[0], *decoded.RefreshTokens[0],
		record.AccessTokens, entry, &entry, memory, holder, &holder,
	} {
		for _, verb := range shownBy {
			assertHidden(t, fmt.Sprintf("%s of %T", verb, v), fmt.Sprintf(verb, v))
		}
	}
	for _, v := range []any{at, rt, id, record, decoded} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		assertHidden(t, fmt.Sprintf("encoding/json of %T", v), string(b))
	}
}
