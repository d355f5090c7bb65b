package azurecredential_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/azurecredential"
	"github.com/latchkey-auth/latchkey/transport"
)

const nbfClaims = `{"access_token":{"nbf":{"essential":true,"value":"1763600000"}}}`

func revoke(revoked string) func(token string) string {
	return func(token string) string {
		if token == revoked {
			return insufficient(nbfClaims)
		}
		return ""
	}
}

// A service revokes the token. Its challenge goes to the authority, and only to ours, and the
// SDK sends the request again with the new token, which everybody gets from then on.
func TestR25_CAEChallenge(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		name       string
		credential *azurecredential.Credential
		scopes     []string
	}{{"user", w.forUser(), w.scopes}, {"service", w.forService(), w.appScopes}} {
		t.Run(test.name, func(t *testing.T) {
			w.asked()
			s := newService(t)
			p := s.pipeline(test.credential, test.scopes)
			if status, err := s.call(t.Context(), p); status != 200 || err != nil {
				t.Fatalf("status %d, %v", status, err)
			}
			revoked := s.seen()[0]
			s.demands(revoke(revoked))
			if status, err := s.call(t.Context(), p); status != 200 || err != nil {
				t.Fatalf("status %d, %v", status, err)
			}
			seen := s.seen()
			if len(seen) != 2 || seen[0] != revoked || seen[1] == revoked || !claimsOf(t, seen[1]).cae() {
				t.Errorf("%d requests, want a second one with another token", len(seen))
			}
			want := []string{
				`{"access_token":{"xms_cc":{"values":["CP1"]}}}`,
				`{"access_token":{"xms_cc":{"values":["CP1"]},"nbf":{"essential":true,"value":"1763600000"}}}`,
			}
			if asked := w.asked(); !slices.Equal(asked, want) {
				t.Errorf("claims %q", asked)
			}
			// Another client of the SDK with the same credential.
			if status, err := s.call(t.Context(), s.pipeline(test.credential, test.scopes)); status != 200 || err != nil {
				t.Errorf("status %d, %v", status, err)
			}
			if again := s.seen(); len(again) != 1 || again[0] != seen[1] || len(w.asked()) != 0 {
				t.Errorf("later: %d requests, or another token", len(again))
			}
		})
	}
}

// The service demands a claim, and the token that comes has it.
func TestDemandedClaimComes(t *testing.T) {
	w := newWorld(t)
	s := newService(t)
	s.demands(func(token string) string {
		if claimsOf(t, token)["given_name"] == nil {
			return insufficient(`{"access_token":{"given_name":{"essential":true}}}`)
		}
		return ""
	})
	if status, err := s.call(t.Context(), s.pipeline(w.forUser(), w.scopes)); status != 200 || err != nil || len(s.seen()) != 2 {
		t.Errorf("status %d, %v", status, err)
	}
}

// refuse answers token requests with an OAuth error.
func refuse(members map[string]string) func(*transport.Request) *transport.Response {
	body, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}
	return func(*transport.Request) *transport.Response {
		return &transport.Response{Status: 400, Header: transport.Header{{Name: "Content-Type", Value: "application/json"}}, Body: string(body)}
	}
}

// Only the user can meet the challenge: the program learns what to ask for, asks, and calls again.
func TestChallengeNeedsTheUser(t *testing.T) {
	w := newWorld(t)
	s := newService(t)
	p := s.pipeline(w.forUser(), w.scopes)
	if _, err := s.call(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	revoked := s.seen()[0]
	s.demands(revoke(revoked))
	w.meddle(refuse(map[string]string{"error": "interaction_required", "error_description": "more", "claims": `{"access_token":{"polids":{"essential":true,"values":["1"]}}}`}))
	_, err := s.call(t.Context(), p)
	var need *azurecredential.TokenError
	var refused *latchkey.Error
	if !errors.Is(err, latchkey.ErrInteractionRequired) || !errors.As(err, &need) || !errors.As(err, &refused) {
		t.Fatalf("got %v", err)
	}
	want := `{"access_token":{"nbf":{"essential":true,"value":"1763600000"},"polids":{"essential":true,"values":["1"]}}}`
	if need.Claims != want || !slices.Equal(need.Scopes, w.scopes) || need.Tenant != "" {
		t.Errorf("got %+v", need)
	}
	w.leaks(err.Error())
	if n := len(s.seen()); n != 1 {
		t.Errorf("%d requests", n)
	}

	w.meddle(nil)
	avery := w.srv.Directory.Users[0]
	if _, err := w.app.AcquireTokenByUsernamePassword(t.Context(), avery.Username, string(avery.Password), latchkey.UsernamePasswordRequest{Scopes: need.Scopes}); err != nil {
		t.Fatal(err)
	}
	if status, err := s.call(t.Context(), p); status != 200 || err != nil {
		t.Errorf("after the sign-in: status %d, %v", status, err)
	}
}

// Nobody is signed in: no request is sent, and azcore does not try again, whoever asks.
func TestInteractionRequiredIsNotRetried(t *testing.T) {
	w := newWorld(t)
	if err := w.app.RemoveAccount(t.Context(), w.user); err != nil {
		t.Fatal(err)
	}
	s := newService(t)
	own := &ownPolicy{credential: w.forUser(), scopes: w.scopes}
	for name, p := range map[string]runtime.Pipeline{
		"the SDK's policy": s.pipeline(w.forUser(), w.scopes),
		"a program's own":  runtime.NewPipeline("tasks", "v1.0.0", runtime.PipelineOptions{PerRetry: []policy.Policy{own}}, s.options()),
	} {
		_, err := s.call(t.Context(), p)
		var need *azurecredential.TokenError
		if !errors.Is(err, latchkey.ErrInteractionRequired) || !errors.As(err, &need) || !slices.Equal(need.Scopes, w.scopes) {
			t.Errorf("%s: %v", name, err)
		}
	}
	credential := azurecredential.ForUser(w.app, latchkey.SilentRequest{Account: w.user, Tenant: fabrikam})
	_, err := credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: w.scopes})
	var need *azurecredential.TokenError
	if !errors.As(err, &need) || need.Tenant != fabrikam {
		t.Errorf("in another tenant: %v", err)
	}
	if own.calls != 1 || len(s.seen()) != 0 {
		t.Errorf("asked %d times", own.calls)
	}
}

// An ownPolicy gets tokens without the SDK's.
type ownPolicy struct {
	credential *azurecredential.Credential
	scopes     []string
	calls      int
}

func (p *ownPolicy) Do(r *policy.Request) (*http.Response, error) {
	p.calls++
	token, err := p.credential.GetToken(r.Raw().Context(), policy.TokenRequestOptions{Scopes: p.scopes})
	if err != nil {
		return nil, err
	}
	r.Raw().Header.Set("Authorization", "Bearer "+token.Token)
	return r.Next()
}
