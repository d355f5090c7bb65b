package apiserver_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"strings"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// daemonToken asks for a token of the app called daemon.
func daemonToken(srv *authoritytest.Server, scope string) string {
	daemon := srv.Directory.App("daemon")
	resp, err := srv.Client().PostForm(srv.Authority("")+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "scope": {scope},
		"client_id": {daemon.ClientID}, "client_secret": {string(daemon.Secrets[0])},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		log.Fatal(err)
	}
	return answer.Token
}

// get calls an API, and returns the status and the body, or the challenge.
func get(api, token string) string {
	r, err := http.NewRequest("GET", api, nil)
	if err != nil {
		log.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		log.Fatal(err)
	}
	return strings.TrimSpace(fmt.Sprint(resp.StatusCode, " ", string(body), resp.Header.Get("WWW-Authenticate")))
}
