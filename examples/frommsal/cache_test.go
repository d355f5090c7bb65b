package frommsal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/transport"
)

func takeOver(ctx context.Context, store cache.Store, data []byte) (*cache.MSALReport, error) {
	// snippet msal-import
	report, err := cache.ImportMSAL(ctx, store, cache.MSALImport{
		Data:         data, // what is in MSAL's file, or what its serialize gave
		Environments: authority.Environments(),
	})
	// end
	return report, err
}

func giveBack(ctx context.Context, store cache.Store, old []byte) ([]byte, error) {
	// snippet msal-export
	data, _, err := cache.ExportMSAL(ctx, store, cache.MSALExport{
		ClientIDs:    []string{clientID},
		Base:         old, // what is in MSAL's file now; the result replaces it
		Environments: authority.Environments(),
		For:          cache.MSALNode, // whose keys to write; each library reads them all
	})
	// end
	return data, err
}

// msalFile is a cache of MSAL Go, of a user of Microsoft's public cloud.
func msalFile(now time.Time) []byte {
	const tenant = "3c0b6f52-6a4f-4f0e-9c7e-8d2f5b1a7e90"
	common := `"home_account_id":"uid.` + tenant + `","environment":"login.microsoftonline.com","client_id":"` + clientID + `"`
	return fmt.Appendf(nil, `{"AccessToken":{"a":{%s,"credential_type":"AccessToken","realm":"%s","secret":"the-token",
"target":"User.Read","token_type":"Bearer","cached_at":"%d","expires_on":"%d"}},
"RefreshToken":{"r":{%s,"credential_type":"RefreshToken","secret":"the-refresh-token"}},
"Account":{"u":{%s,"realm":"%s","local_account_id":"uid","username":"avery@contoso.test","authority_type":"MSSTS"}}}`,
		common, tenant, now.Unix(), now.Add(time.Hour).Unix(), common, common, tenant)
}

// Who signed in to a program with MSAL is signed in here, and nothing is sent.
func TestTakeOver(t *testing.T) {
	store, data := cache.NewMemory(), msalFile(time.Now())
	report, err := takeOver(t.Context(), store, data)
	if err != nil || len(report.Taken) != 1 || report.Taken[0].Username != user || len(report.Skipped) != 0 {
		t.Fatalf("%v: %+v", err, report)
	}
	app, err := latchkey.NewPublic(latchkey.Config{
		Authority: "https://login.microsoftonline.com/organizations", ClientID: clientID, Cache: store,
		Transport: func(context.Context, *transport.Request) (*transport.Response, error) {
			return nil, errors.New("something is sent")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := app.AcquireTokenSilent(t.Context(), latchkey.SilentRequest{Scopes: []string{"User.Read"}})
	if err != nil || token.AccessToken() != "the-token" || token.Account.Username != user {
		t.Errorf("%v, %v", token, err)
	}
	back, err := giveBack(t.Context(), store, data)
	if err != nil || strings.Count(string(back), "the-token") != 1 || strings.Count(string(back), "the-refresh-token") != 1 {
		t.Errorf("%v: %d bytes", err, len(back))
	}
}
