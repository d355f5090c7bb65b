package authoritytest

import (
	"strings"
	"testing"
	"time"
)

func TestRequestsMatching(t *testing.T) {
	at := time.Unix(1000, 0)
	list := Requests{
		{Seq: 1, Endpoint: EndpointDiscovery, Status: 200},
		{Seq: 2, Time: at, Endpoint: EndpointToken, ClientID: "a", GrantType: "refresh_token", Status: 200},
		{Seq: 3, Endpoint: EndpointToken, ClientID: "a", GrantType: "refresh_token", Status: 400, Error: "invalid_grant"},
		{Seq: 4, Endpoint: EndpointToken, ClientID: "b", GrantType: "refresh_token", Status: 200},
	}
	for name, tt := range map[string]struct {
		want Request
		seqs []int
	}{
		"all":              {Request{}, []int{1, 2, 3, 4}},
		"one field":        {Request{Endpoint: EndpointToken}, []int{2, 3, 4}},
		"several":          {Request{Endpoint: EndpointToken, ClientID: "a", GrantType: "refresh_token"}, []int{2, 3}},
		"a time":           {Request{Time: at}, []int{2}},
		"an error":         {Request{Error: "invalid_grant"}, []int{3}},
		"nothing has both": {Request{Endpoint: EndpointDiscovery, ClientID: "a"}, nil},
		"no part of it":    {Request{GrantType: "refresh"}, nil},
	} {
		var seqs []int
		for _, r := range list.Matching(tt.want) {
			seqs = append(seqs, r.Seq)
		}
		if len(seqs) != len(tt.seqs) {
			t.Errorf("%s: got %v, want %v", name, seqs, tt.seqs)
			continue
		}
		for i := range seqs {
			if seqs[i] != tt.seqs[i] {
				t.Errorf("%s: got %v, want %v", name, seqs, tt.seqs)
			}
		}
	}
}

func TestR23_RequestsPrintWithoutControls(t *testing.T) {
	list := Requests{
		{Seq: 7, Method: "POST", Path: "/x", Shape: ShapeOIDC, ClientID: "a", GrantType: "refresh_token", User: "avery@contoso.test", Scope: "openid profile", Status: 400, Error: "invalid_grant"},
		{Seq: 8, Method: "GET\r\n", Path: "/\x1b[31m\u202e", ClientID: "\xff", Status: 200},
	}
	const want = `7 POST /x shape=oidc client=a grant=refresh_token user=avery@contoso.test scope="openid profile" -> 400 invalid_grant` + "\n" +
		`8 "GET\r\n" "/\x1b[31m\u202e" client="\xff" -> 200`
	if got := list.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if strings.Count(list.String(), "\n") != 1 {
		t.Error("a request has more than its line")
	}
}
