package authoritytest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// clientCredentials asks for a token as the app daemon.
func clientCredentials(srv *authoritytest.Server) (*http.Response, error) {
	daemon, api := srv.Directory.App("daemon"), srv.Directory.App("api")
	resp, err := srv.Client().PostForm(srv.Authority("")+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {daemon.ClientID},
		"client_secret": {string(daemon.Secrets[0])}, "scope": {api.Scope(".default")},
	})
	if err == nil {
		resp.Body.Close()
	}
	return resp, err
}

// Twice the token endpoint says that it is too busy, and for how long.
func ExampleServer_AddFault() {
	srv := &authoritytest.Server{}
	if err := srv.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	err := srv.AddFault(authoritytest.Fault{Name: "busy", Endpoint: "token", Times: 2, Answer: &authoritytest.FaultAnswer{Status: 429, RetryAfter: 3 * time.Second}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		resp, err := clientCredentials(srv)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("status %d, retry after %q\n", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	for _, r := range srv.Requests() {
		fmt.Printf("%s %d %q\n", r.Endpoint, r.Status, r.Fault)
	}
	// Output:
	// status 429, retry after "3"
	// status 429, retry after "3"
	// status 200, retry after ""
	// token 429 "busy"
	// token 429 "busy"
	// token 200 ""
}

// The second refresh of an app is refused: its user must sign in again.
func ExampleFault_secondRefresh() {
	srv := &authoritytest.Server{Faults: []authoritytest.Fault{
		{Client: "native", Grant: "refresh_token", Skip: 1, Times: 1, Error: &authoritytest.FaultError{Code: "invalid_grant", Suberror: "bad_token"}},
	}}
	if err := srv.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	app, avery := srv.Directory.App("native"), srv.Directory.User("avery@contoso.test")
	refreshToken := ""
	redeem := func(form url.Values) {
		form.Set("client_id", app.ClientID)
		form.Set("scope", "openid offline_access")
		resp, err := srv.Client().PostForm(srv.Authority("")+"/oauth2/v2.0/token", form)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer resp.Body.Close()
		var body struct {
			RefreshToken string `json:"refresh_token"`
			Error        string
			Suberror     string
		}
		if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
			fmt.Println(err)
		}
		refreshToken = body.RefreshToken
		fmt.Println(strings.TrimSpace(resp.Status + " " + body.Error + " " + body.Suberror))
	}
	redeem(url.Values{"grant_type": {"password"}, "username": {avery.Username}, "password": {string(avery.Password)}})
	redeem(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}})
	redeem(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}})
	// Output:
	// 200 OK
	// 200 OK
	// 400 Bad Request invalid_grant bad_token
}

// The next ID token is signed with a key that nobody can find.
func ExampleFaultToken() {
	srv := &authoritytest.Server{}
	if err := srv.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	err := srv.AddFault(authoritytest.Fault{Times: 1, Token: &authoritytest.FaultToken{Defect: authoritytest.DefectUnpublishedKey}})
	fmt.Println(err)
	// Output: <nil>
}

// A fault script can be read from a file.
func ExampleReadFaults() {
	faults, err := authoritytest.ReadFaults(strings.NewReader(`[
		{"name": "busy", "endpoint": "token", "times": 2, "answer": {"status": 429, "retry_after": 3}},
		{"name": "wrong key", "times": 1, "token": {"defect": "unpublished_key"}}
	]`))
	fmt.Println(len(faults), err)
	// Output: 0 authoritytest: faults[1] (wrong key): name must be up to 64 letters, digits, '.', '_' and '-'
}
