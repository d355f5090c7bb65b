package authoritytest

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestReadFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want []Fault
	}{
		"none":        {`[]`, []Fault{}},
		"one":         {` {"reuse": true}`, []Fault{{Reuse: true}}},
		"durations":   {`[{"delay": 1.5}, {"delay": "250ms"}]`, []Fault{{Delay: 1500 * time.Millisecond}, {Delay: 250 * time.Millisecond}}},
		"retry after": {`{"answer": {"status": 429, "retry_after": 3, "retry_after_date": true}}`, []Fault{{Answer: &FaultAnswer{Status: 429, RetryAfter: 3 * time.Second, RetryAfterDate: true}}}},
		"everything": {`[{"name": "second.refresh_1-x", "endpoint": "token", "shape": "entra", "client": "any name", "user": "anybody", "grant": "refresh_token", "scope": "openid",
			"skip": 1, "times": 2, "every": 3, "from": "2031-02-03T04:05:06Z", "until": "2031-02-03T05:05:06Z",
			"error": {"error": "invalid_grant", "error_description": "d", "error_codes": [50076, 1], "suberror": "basic_action", "claims": "{}", "status": 401}},
			{"change": {"set": {"expires_in": 12345678901234567890}, "remove": ["a"], "header": {"X-A": "b"}, "remove_header": ["Date"], "pad": 9, "truncate": 8, "drip_bytes": 7, "drip_interval": "6ms"}}]`,
			[]Fault{{
				Name: "second.refresh_1-x", Endpoint: "token", Shape: "entra", Client: "any name", User: "anybody", Grant: "refresh_token", Scope: "openid", Skip: 1, Times: 2, Every: 3,
				From: time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC), Until: time.Date(2031, 2, 3, 5, 5, 6, 0, time.UTC),
				Error: &FaultError{Code: "invalid_grant", Description: "d", Codes: []int{50076, 1}, Suberror: "basic_action", Claims: "{}", Status: 401},
			}, {Change: &FaultChange{Set: map[string]any{"expires_in": json.Number("12345678901234567890")}, Remove: []string{"a"}, Header: map[string]string{"X-A": "b"},
				RemoveHeader: []string{"Date"}, Pad: 9, Truncate: 8, DripBytes: 7, DripInterval: 6 * time.Millisecond}}}},
	} {
		got, err := ReadFaults(strings.NewReader(tt.text))
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %v\ngot  %+v\nwant %+v", name, err, got, tt.want)
			continue
		}
		text, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadFaults(strings.NewReader(string(text)))
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%s: it does not come back: %v\n%s", name, err, text)
		}
	}
}

func TestFaultJSONIsReadable(t *testing.T) {
	text, err := json.Marshal([]Fault{{Name: "a", Delay: 1500 * time.Millisecond}, {Answer: &FaultAnswer{Status: 429, RetryAfter: 3 * time.Second}}, {Connection: ConnectionReset, Times: 1}})
	want := `[{"name":"a","delay":"1.5s"},{"answer":{"status":429,"retry_after":"3s"}},{"times":1,"connection":"reset"}]`
	if err != nil || string(text) != want {
		t.Errorf("got  %s %v\nwant %s", text, err, want)
	}
}

func TestReadFaultsSaysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		``:                              `it ends too early`,
		`[`:                             `it ends too early`,
		`[{]`:                           `invalid character`,
		`[] []`:                         `something after the end`,
		`{"delay":1} x`:                 `after the end`,
		`"token"`:                       `want slice`,
		`[{"endpont":"token"}]`:         `unknown field "endpont"`,
		`{"error":{"code":"x"}}`:        `unknown field "code"`,
		`{"answer":{"code":"x"}}`:       `unknown field "code"`,
		`{"change":{"sets":1}}`:         `unknown field "sets"`,
		`{"token":{"claims":{}}}`:       `unknown field "claims"`,
		`{"skip":"1"}`:                  `skip: want int`,
		`{"answer":{"status":"429"}}`:   `status: want int`,
		`{"delay":"soon"}`:              `a duration must be a text such as "1.5s", or a number of seconds`,
		`{"delay":{}}`:                  `a duration must be`,
		`{"answer":{"retry_after":[]}}`: `a duration must be`,
		`{"from":"tomorrow"}`:           `cannot parse`,
		`[null]`:                        `faults[0]: it does nothing`,
		`{}`:                            `it does nothing; give one of error, answer, change, connection, delay, token, callback, reuse and keys`,
		`[{"delay":1},{"name":"b"}]`:    `faults[1] (b): it does nothing`,
		`{"connection":"refuse"}`:       `connection refuse needs until`,
		`{"reuse":true,"delay":1}`:      `it has delay and reuse; a rule does one thing, so make a rule of each`,
		"[" + strings.Repeat(" ", maxFaultsSize) + "]": `larger than 1 MB`,
	} {
		faults, err := ReadFaults(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "authoritytest: ") {
			t.Errorf("%.60s: got %v, %v, want %q", text, faults, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "plain") {
			t.Errorf("%.60s: the error has a name of the package's inside: %v", text, err)
		}
	}
}

func TestFaultValidation(t *testing.T) {
	s := NewServer(t)
	now := s.Clock.Now()
	bad := &FaultError{Code: "x"}
	for want, f := range map[string]Fault{
		`endpoint "tokens" is unknown; use one of token, authorize,`: {Endpoint: "tokens", Reuse: true},
		`endpoint control meets no fault`:                            {Endpoint: EndpointControl, Delay: 1},
		`shape "azure" is unknown; use one of entra, oidc`:           {Shape: "azure", Delay: 1},
		`grant "code" is unknown; use one of authorization_code`:     {Grant: "code", Delay: 1},
		`grant belongs to the endpoint token, not to jwks`:           {Endpoint: EndpointJWKS, Grant: "password", Delay: 1},
		`client "nobody" is not in the directory; use the name`:      {Client: "nobody", Delay: 1},
		`user "nobody" is not in the directory; use the username`:    {User: "nobody", Delay: 1},
		`requests to the endpoint discovery name no client`:          {Endpoint: EndpointDiscovery, User: avery, Delay: 1},
		`scope must be one scope`:                                    {Scope: "a b", Delay: 1},
		`skip, times and every must not be negative`:                 {Times: -1, Delay: 1},
		`from must be before until`:                                  {From: now, Until: now, Delay: 1},
		`name must be up to 64 letters`:                              {Name: "a b", Delay: 1},
		`it has error and delay and reuse; a rule does one thing`:    {Error: bad, Delay: 1, Reuse: true},

		`the endpoint jwks has no OAuth errors; use answer`:       {Endpoint: EndpointJWKS, Error: bad},
		`error must be an OAuth error code such as invalid_grant`: {Error: &FaultError{Code: `a"b`}},
		`error_description is longer`:                             {Error: &FaultError{Code: "x", Description: strings.Repeat("x", 3000)}},
		`status of an error must be 400 to 599; use answer`:       {Error: &FaultError{Code: "x", Status: 200}},
		`suberror and claims are not part of the shape oidc`:      {Shape: ShapeOIDC, Error: &FaultError{Code: "x", Claims: "{}"}},
		`suberror and claims are not part of the shape b2c`:       {Shape: ShapeB2C, Error: &FaultError{Code: "x", Suberror: "y"}},
		`error_codes are not part of the shape oidc`:              {Shape: ShapeOIDC, Error: &FaultError{Code: "x", Codes: []int{1}}},
		`claims must be a JSON object as text`:                    {Error: &FaultError{Code: "x", Claims: "null"}},
		`status must be 200 to 599`:                               {Answer: &FaultAnswer{}},
		`an answer has one body; give one of json, html and text`: {Answer: &FaultAnswer{Status: 200, Text: "a", HTML: "b"}},
		`an answer with status 204 has no body`:                   {Answer: &FaultAnswer{Status: 204, Text: "a"}},
		`retry_after must not be negative`:                        {Answer: &FaultAnswer{Status: 429, RetryAfter: -1}},
		`retry_after_date needs retry_after`:                      {Answer: &FaultAnswer{Status: 429, RetryAfterDate: true}},
		`header: "a b" is no header name`:                         {Answer: &FaultAnswer{Status: 200, Header: map[string]string{"a b": ""}}},
		`header: Content-Length is the server's; use truncate`:    {Answer: &FaultAnswer{Status: 200, Header: map[string]string{"content-length": "1"}}},
		`header: the value of A has a line break`:                 {Answer: &FaultAnswer{Status: 200, Header: map[string]string{"A": "b\r\nC: d"}}},
		`it cannot be written as JSON`:                            {Answer: &FaultAnswer{Status: 200, JSON: func() {}}},
		`change changes nothing; give set, remove`:                {Change: &FaultChange{}},
		`the endpoint signin answers with pages`:                  {Endpoint: EndpointSignIn, Change: &FaultChange{Remove: []string{"x"}}},
		`pad, truncate and drip_bytes must not be negative`:       {Change: &FaultChange{Pad: maxFaultBody + 1}},
		`drip_bytes and drip_interval need each other`:            {Change: &FaultChange{DripBytes: 1}},
		`drip_interval must be between 0 and 10m`:                 {Change: &FaultChange{DripBytes: 1, DripInterval: time.Hour}},
		`remove_header: Connection is the server's`:               {Change: &FaultChange{RemoveHeader: []string{"connection"}}},
		`delay must be between 0 and 10m`:                         {Delay: time.Hour},
		`connection "closed" is unknown; use one of reset, hang`:  {Connection: "closed"},
		`connection refuse is over before there is a request`:     {Connection: ConnectionRefuse, Times: 1},
		`kind "refresh" is unknown; use one of id, access`:        {Token: &FaultToken{Kind: "refresh", Defect: DefectExpired}},
		`defect "old" is unknown; use one of alg_none, array_aud`: {Token: &FaultToken{Defect: "old"}},
		`the endpoint authorize issues no tokens`:                 {Endpoint: EndpointAuthorize, Token: &FaultToken{Defect: DefectExpired}},
		`token changes nothing; give defect, set or remove`:       {Token: &FaultToken{}},
		`callback "wrong" is unknown; use one of wrong_iss`:       {Callback: "wrong"},
		`callbacks come from the endpoint authorize`:              {Endpoint: EndpointSignIn, Callback: CallbackWrongIss},
		`the shape entra sends no iss that could be missing`:      {Shape: ShapeEntra, Callback: CallbackMissingIss},
		`reuse is about refresh tokens`:                           {Grant: "password", Reuse: true},
		`keys "rotated" is unknown; use one of rotate`:            {Keys: "rotated"},
		`keys empty is about the endpoint jwks; leave endpoint`:   {Endpoint: EndpointToken, Keys: KeysEmpty},
	} {
		if err := s.AddFault(f); err == nil || !strings.Contains(err.Error(), "faults[0]") || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
	if n := len(s.FaultStatus()); n != 0 {
		t.Errorf("%d rules were added", n)
	}
	lonely := DefaultDirectory()
	lonely.Apps, lonely.Consents = lonely.Apps[:1], nil
	lonely.Apps[0].Permissions = nil
	other := &Server{Directory: lonely, Faults: []Fault{{Callback: CallbackForeignCode}}}
	if err := other.Start(); err == nil || !strings.Contains(err.Error(), "foreign_code needs another app") {
		t.Errorf("got %v", err)
	}
}

// Every endpoint of a route can be named in a rule.
func TestFaultEndpointsAreAllThereAre(t *testing.T) {
	known := map[string]bool{EndpointControl: true}
	for _, name := range faultEndpoints {
		known[name] = true
	}
	for path, r := range fixedRoutes {
		if !known[r.endpoint.name] {
			t.Errorf("%s: faultEndpoints lacks %s", path, r.endpoint.name)
		}
	}
	for path, e := range tenantRoutes {
		if !known[e.name] {
			t.Errorf("%s: faultEndpoints lacks %s", path, e.name)
		}
	}
}

func FuzzReadFaults(f *testing.F) {
	for _, text := range []string{
		`[{"endpoint":"token","grant":"refresh_token","skip":1,"times":1,"error":{"error":"invalid_grant","error_codes":[50173],"claims":"{}"}}]`,
		`{"answer":{"status":429,"retry_after":"3s","json":{"a":[1e999,null]}}}`,
		`[{"token":{"defect":"expired","set":{"exp":1}}},{"callback":"wrong_iss"},{"keys":"rotate"}]`,
		`{"change":{"set":{"a":1},"pad":1,"drip_bytes":1,"drip_interval":0.001}}`,
		`{"connection":"refuse","until":"2031-02-03T04:05:06+01:00"}`, `[null]`, `{"delay":-0}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		faults, err := ReadFaults(strings.NewReader(text))
		if err != nil {
			return
		}
		out, err := json.Marshal(faults)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := ReadFaults(strings.NewReader(string(out)))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, out)
		}
		if twice, err := json.Marshal(again); err != nil || string(twice) != string(out) {
			t.Fatalf("it changes: %v\n%s\n%s", err, out, twice)
		}
	})
}
