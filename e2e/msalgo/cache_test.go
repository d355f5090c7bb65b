package msalgo

import (
	"context"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/cache"
)

// A storage keeps MSAL's cache and can make it older, because MSAL has no clock that a test could set.
type storage struct{ data []byte }

func (s *storage) Replace(_ context.Context, c cache.Unmarshaler, _ cache.ReplaceHints) error {
	if s.data == nil {
		return nil
	}
	return c.Unmarshal(s.data)
}

func (s *storage) Export(_ context.Context, c cache.Marshaler, _ cache.ExportHints) (err error) {
	s.data, err = c.Marshal()
	return err
}

// age moves every time of the access tokens into the past. The names are those of MSAL's unified cache.
func (s *storage) age(t *testing.T, d time.Duration) {
	t.Helper()
	var all map[string]map[string]map[string]any
	if err := json.Unmarshal(s.data, &all); err != nil {
		t.Fatal(err)
	}
	if len(all["AccessToken"]) == 0 {
		t.Fatal("MSAL has stored no access token")
	}
	for _, token := range all["AccessToken"] {
		for _, name := range []string{"cached_at", "expires_on", "extended_expires_on", "refresh_on"} {
			text, _ := token[name].(string)
			if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
				token[name] = strconv.FormatInt(seconds-int64(d/time.Second), 10)
			}
		}
	}
	var err error
	if s.data, err = json.Marshal(all); err != nil {
		t.Fatal(err)
	}
}
