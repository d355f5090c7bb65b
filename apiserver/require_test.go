package apiserver_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/apiserver"
)

// R43: scopes are met by scp and scope only, app roles by the roles of apps only.
func TestR43_Requirement(t *testing.T) {
	w := newWire()
	entra, plain := verifier(t, w.entra(tenant)), verifier(t, w.config())
	both := apiserver.Requirement{Scopes: []string{"Tasks.Read"}, AppRoles: []string{"Tasks.Read.All"}}
	scope := apiserver.Requirement{Scopes: []string{"Tasks.Read"}}
	role := apiserver.Requirement{AppRoles: []string{"Tasks.Read.All"}}
	ofPlainApp := object{"scope": nil, "sub": clientID, "roles": []string{"Tasks.Read.All"}}
	tests := []struct {
		name    string
		v       *apiserver.Verifier
		claims  object
		require apiserver.Requirement
		check   string
	}{
		{"scope", entra, nil, scope, ""},
		{"scope, either", entra, nil, both, ""},
		{"two scopes", entra, nil, apiserver.Requirement{Scopes: []string{"Tasks.Write", "Tasks.Read"}}, ""},
		{"one of two scopes", entra, nil, apiserver.Requirement{Scopes: []string{"Tasks.Read", "Tasks.Purge"}}, "scope"},
		{"a scope's beginning", entra, object{"scp": "Tasks.Read.All"}, scope, "scope"},
		{"a scope's end", entra, object{"scp": "My.Tasks.Read"}, scope, "scope"},
		{"the scope in capitals", entra, object{"scp": "TASKS.READ"}, scope, "scope"},
		{"the scope after a tab", entra, object{"scp": "a\tTasks.Read"}, scope, "scope"},
		{"the scope after two spaces", entra, object{"scp": "a  Tasks.Read "}, scope, ""},
		{"the scope in a list", entra, object{"scp": []any{1, "Tasks.Read"}}, scope, ""},
		{"the scope within a list's string", entra, object{"scp": []string{"a Tasks.Read"}}, scope, "scope"},
		{"the scope in an object", entra, object{"scp": object{"Tasks.Read": "Tasks.Read"}}, scope, "scope"},
		{"the scope as role", entra, object{"scp": "x", "roles": []string{"Tasks.Read"}}, scope, "scope"},
		{"no scope", entra, object{"scp": ""}, scope, "scope"},
		{"app role", entra, ofApp(), role, ""},
		{"app role, either", entra, ofApp(), both, ""},
		{"app role, without idtyp", entra, merged(ofApp(), object{"idtyp": nil}), role, ""},
		{"app role as one string", entra, merged(ofApp(), object{"roles": "Tasks.Read.All"}), role, ""},
		{"an app's other role", entra, merged(ofApp(), object{"roles": []string{"Tasks.Read"}}), role, "roles"},
		{"an app without roles", entra, merged(ofApp(), object{"roles": nil}), role, "roles"},
		{"an app without roles, either", entra, merged(ofApp(), object{"roles": nil}), both, "roles"},
		{"an app's role for a scope", entra, merged(ofApp(), object{"roles": []string{"Tasks.Read"}}), scope, "scope"},
		{"an app's role within a string", entra, merged(ofApp(), object{"roles": "x Tasks.Read.All"}), role, "roles"},
		{"a user's role", entra, object{"roles": []string{"Tasks.Read.All"}}, role, "roles"},
		{"a user's role, either", entra, object{"scp": "x", "roles": []string{"Tasks.Read.All"}}, both, "scope"},
		{"idtyp app beside a scope", entra, merged(ofApp(), object{"scp": "x"}), role, "roles"},
		{"idtyp app beside an empty scope", entra, merged(ofApp(), object{"scp": ""}), role, "roles"},
		{"idtyp app beside a broken scope", entra, merged(ofApp(), object{"scp": 1}), role, "roles"},
		{"idtyp app beside scope", entra, merged(ofApp(), object{"scope": "x"}), role, "roles"},
		{"idtyp user, oid = sub", entra, object{"idtyp": "user", "sub": userID, "roles": []string{"Tasks.Read.All"}}, role, "roles"},
		{"any token", entra, nil, apiserver.Requirement{AnyToken: true}, ""},
		{"any token, of an app without roles", entra, merged(ofApp(), object{"roles": nil}), apiserver.Requirement{AnyToken: true}, ""},

		{"plain: scope", plain, nil, scope, ""},
		{"plain: another scope", plain, object{"scope": "Tasks.Read.All"}, scope, "scope"},
		{"plain: a role for a scope", plain, object{"scope": "x", "roles": []string{"Tasks.Read"}}, scope, "scope"},
		{"plain: app role", plain, ofPlainApp, role, ""},
		{"plain: app role, another subject", plain, merged(ofPlainApp, object{"sub": "user"}), role, "roles"},
		{"plain: app role beside a scope", plain, merged(ofPlainApp, object{"scope": "x"}), role, "roles"},
		{"plain: idtyp means nothing", plain, merged(ofPlainApp, object{"sub": "user", "idtyp": "app"}), role, "roles"},
		{"plain: oid means nothing", plain, merged(ofPlainApp, object{"sub": "user", "oid": "user"}), role, "roles"},
		{"plain: an app's scope", plain, object{"sub": clientID}, scope, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header, claims := plainJWT, entraClaims()
			if tt.v == plain {
				header, claims = atJWT, oidcClaims()
			}
			got, err := tt.v.Authorize(request("Bearer "+rsaKey().sign(header, claims.with(tt.claims))), tt.require)
			switch {
			case tt.check == "" && err != nil:
				t.Error(err)
			case tt.check != "" && got != nil:
				t.Error("admitted")
			case tt.check != "":
				refused(t, err, 403, tt.check)
			}
		})
	}
}

// Who calls, as handlers are told.
func TestR43_AppOnly(t *testing.T) {
	w := newWire()
	entra, plain := verifier(t, w.entra(tenant)), verifier(t, w.config())
	for _, tt := range []struct {
		name   string
		v      *apiserver.Verifier
		claims object
		want   bool
	}{
		{"a user", entra, nil, false},
		{"a user, oid = sub", entra, object{"sub": userID, "idtyp": "user"}, false},
		{"an app", entra, ofApp(), true},
		{"an app without idtyp", entra, merged(ofApp(), object{"idtyp": nil}), true},
		{"an app with scp", entra, merged(ofApp(), object{"scp": "x"}), false},
		{"an app of version 1", entra, merged(versionOne(), ofApp()), true},
		{"a plain user", plain, nil, false},
		{"a plain app", plain, object{"sub": clientID}, true},
	} {
		header, claims := plainJWT, entraClaims()
		if tt.v == plain {
			header, claims = atJWT, oidcClaims()
		}
		got, err := tt.v.Verify(t.Context(), rsaKey().sign(header, claims.with(tt.claims)))
		if err != nil || got.AppOnly != tt.want || got.ClientID != clientID {
			t.Errorf("%s: AppOnly is %v, want %v: %v", tt.name, got != nil && got.AppOnly, tt.want, err)
		}
	}
}

// The scope parameter is for users' tokens: an app cannot ask for scopes.
func TestR43_ScopeParameter(t *testing.T) {
	w := newWire()
	v := verifier(t, w.entra(tenant))
	either := apiserver.Requirement{Scopes: []string{"Tasks.Purge"}, AppRoles: []string{"Tasks.Purge.All"}}
	for name, claims := range map[string]object{"user": nil, "app": ofApp()} {
		got := httptest.NewRecorder()
		v.Handler(either, never(t)).ServeHTTP(got, request("Bearer "+rsaKey().sign(plainJWT, entraClaims().with(claims))))
		challenge := got.Header().Get("WWW-Authenticate")
		if has := strings.Contains(challenge, `, scope="Tasks.Purge"`); got.Code != 403 || has != (name == "user") {
			t.Errorf("%s: %d %s", name, got.Code, challenge)
		}
	}
}

func TestStepUp(t *testing.T) {
	w := newWire()
	v := verifier(t, w.config())
	ago := func(d time.Duration) int64 { return begin.Add(-d).Unix() }
	type stepUp = apiserver.StepUp
	tests := []struct {
		name   string
		claims object
		need   stepUp
		check  string
	}{
		{"nothing", nil, stepUp{}, ""},
		{"the method", object{"acr": "mfa"}, stepUp{ACRValues: []string{"phr", "mfa"}}, ""},
		{"another method", object{"acr": "pwd"}, stepUp{ACRValues: []string{"phr", "mfa"}}, "acr"},
		{"no method", nil, stepUp{ACRValues: []string{"mfa"}}, "acr"},
		{"a list of methods", object{"acr": []string{"mfa"}}, stepUp{ACRValues: []string{"mfa"}}, "acr"},
		{"recent", object{"auth_time": ago(time.Minute)}, stepUp{MaxAge: 5 * time.Minute}, ""},
		{"within the leeway", object{"auth_time": ago(6 * time.Minute)}, stepUp{MaxAge: 5 * time.Minute}, ""},
		{"old", object{"auth_time": ago(6*time.Minute + time.Second)}, stepUp{MaxAge: 5 * time.Minute}, "auth_time"},
		{"in the future", object{"auth_time": ago(-time.Hour)}, stepUp{MaxAge: 5 * time.Minute}, "auth_time"},
		{"in the far future", object{"auth_time": int64(1) << 62}, stepUp{MaxAge: 5 * time.Minute}, "auth_time"},
		{"unknown", nil, stepUp{MaxAge: 5 * time.Minute}, "auth_time"},
		{"as text", object{"auth_time": "now"}, stepUp{MaxAge: 5 * time.Minute}, "auth_time"},
		{"the method, but old", object{"acr": "mfa", "auth_time": 1}, stepUp{ACRValues: []string{"mfa"}, MaxAge: time.Minute}, "auth_time"},
		{"the context", object{"acrs": []string{"c2", "c1"}}, stepUp{AuthContext: "c1"}, ""},
		{"the context alone", object{"acrs": "c1"}, stepUp{AuthContext: "c1"}, ""},
		{"another context", object{"acrs": []string{"c2", "c11"}}, stepUp{AuthContext: "c1"}, "acrs"},
		{"no context", nil, stepUp{AuthContext: "c1"}, "acrs"},
	}
	for _, tt := range tests {
		for _, require := range []apiserver.Requirement{{AnyToken: true, StepUp: tt.need}, {Scopes: []string{"Tasks.Read"}, StepUp: tt.need}} {
			_, err := v.Authorize(request("Bearer "+rsaKey().sign(atJWT, oidcClaims().with(tt.claims))), require)
			switch {
			case tt.check == "" && err != nil:
				t.Errorf("%s: %v", tt.name, err)
			case tt.check != "":
				refused(t, err, 401, tt.check)
			}
		}
	}
	// What the token may do is decided first: to sign in again would not help.
	_, err := v.Authorize(request("Bearer "+rsaKey().sign(atJWT, oidcClaims())),
		apiserver.Requirement{Scopes: []string{"Tasks.Purge"}, StepUp: stepUp{ACRValues: []string{"mfa"}}})
	refused(t, err, 403, "scope")
}

// A handler sends a challenge of its own.
func TestChallenge(t *testing.T) {
	w := newWire()
	c := w.config()
	c.Realm = "tasks"
	v := verifier(t, c)
	claims := `{"access_token":{"nbf":{"essential":true,"value":"1763600000"}}}`
	tests := []struct {
		name string
		send func(http.ResponseWriter, *http.Request) error
		want string
	}{
		{"context", func(w http.ResponseWriter, r *http.Request) error {
			return apiserver.Challenge(w, r, apiserver.StepUp{AuthContext: "c1"})
		}, `error="insufficient_claims", error_description="More claims are needed", authorization_uri="", claims="eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19"`},
		{"method", func(w http.ResponseWriter, r *http.Request) error {
			return apiserver.Challenge(w, r, apiserver.StepUp{ACRValues: []string{"mfa"}})
		}, `error="insufficient_user_authentication", error_description="Another sign-in method is needed", acr_values="mfa"`},
		{"age", func(w http.ResponseWriter, r *http.Request) error {
			return apiserver.Challenge(w, r, apiserver.StepUp{MaxAge: time.Second})
		}, `error="insufficient_user_authentication", error_description="A more recent sign-in is needed", max_age="1"`},
		{"claims", func(w http.ResponseWriter, r *http.Request) error {
			return apiserver.ChallengeClaims(w, r, claims)
		}, `error="insufficient_claims", error_description="More claims are needed", authorization_uri="", claims="` + base64.StdEncoding.EncodeToString([]byte(claims)) + `"`},
	}
	for _, tt := range tests {
		got := httptest.NewRecorder()
		h := v.Handler(readTasks, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := tt.send(w, r); err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		}))
		h.ServeHTTP(got, request("Bearer "+rsaKey().sign(atJWT, oidcClaims())))
		if want := `Bearer realm="tasks", ` + tt.want; got.Code != 401 || got.Header().Get("WWW-Authenticate") != want {
			t.Errorf("%s: %d %s\nwant %s", tt.name, got.Code, got.Header().Get("WWW-Authenticate"), want)
		}
		got = httptest.NewRecorder()
		if err := tt.send(got, request()); err != nil || !strings.HasPrefix(got.Header().Get("WWW-Authenticate"), `Bearer realm="api", `) {
			t.Errorf("%s: outside: %v %v", tt.name, err, got.Header())
		}
	}
}

func TestChallengeRefuses(t *testing.T) {
	for name, send := range map[string]func(http.ResponseWriter, *http.Request) error{
		"nothing": func(w http.ResponseWriter, r *http.Request) error {
			return apiserver.Challenge(w, r, apiserver.StepUp{})
		},
		"no value": func(w http.ResponseWriter, r *http.Request) error {
			return apiserver.Challenge(w, r, apiserver.StepUp{ACRValues: []string{"a\r\nX: y"}})
		},
		"no JSON": func(w http.ResponseWriter, r *http.Request) error {
			return apiserver.ChallengeClaims(w, r, "c1")
		},
		"no object": func(w http.ResponseWriter, r *http.Request) error {
			return apiserver.ChallengeClaims(w, r, `["c1"]`)
		},
		"no claims": func(w http.ResponseWriter, r *http.Request) error {
			return apiserver.ChallengeClaims(w, r, "")
		},
		"too many claims": func(w http.ResponseWriter, r *http.Request) error {
			return apiserver.ChallengeClaims(w, r, `{"a":"`+strings.Repeat("a", 4<<10)+`"}`)
		},
	} {
		got := httptest.NewRecorder()
		argument := (*apiserver.ArgumentError)(nil)
		if err := send(got, request()); !errors.As(err, &argument) || len(got.Header()) > 0 || got.Body.Len() > 0 {
			t.Errorf("%s: %v, wrote %v %q", name, err, got.Header(), got.Body)
		}
	}
}
