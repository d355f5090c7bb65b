package authoritytest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// call calls an API of the server with a token.
func call(srv *authoritytest.Server, u, token string) (*http.Response, error) {
	req, err := http.NewRequest(http.MethodGet, u, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	return srv.Client().Do(req)
}

// The API says who called it, and asks for more when it is told to.
func ExampleServer_Challenge() {
	srv := &authoritytest.Server{}
	if err := srv.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	user := srv.Directory.Users[0]
	resp, err := srv.Client().PostForm(srv.Authority("")+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"password"},
		"client_id":  {srv.Directory.App("native").ClientID},
		"username":   {user.Username},
		"password":   {string(user.Password)},
		"scope":      {srv.Directory.App("api").Scope("Tasks.Read")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		fmt.Println(err)
		return
	}

	if err := srv.Challenge(user.Username, "api", `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`); err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		resp, err := call(srv, srv.API("api")+"/tasks", answer.AccessToken)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer resp.Body.Close()
		var said struct{ Error, User string }
		if err := json.NewDecoder(resp.Body).Decode(&said); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(resp.StatusCode, said.Error+said.User)
	}
	// Output:
	// 401 insufficient_claims
	// 200 avery@contoso.test
}
