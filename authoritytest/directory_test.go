package authoritytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDefaultDirectory(t *testing.T) {
	d := DefaultDirectory()
	if err := d.check(); err != nil {
		t.Fatal(err)
	}
	if len(d.Tenants) != 1 || len(d.Users) != 2 {
		t.Errorf("%d tenants, %d users; want 1, 2", len(d.Tenants), len(d.Users))
	}
	for _, name := range []string{"native", "spa", "web", "daemon", "api", "graph"} {
		if a := d.App(name); a.Name != name || d.App(a.ClientID).Name != name {
			t.Errorf("app %s is missing", name)
		}
	}
	if d.App("nobody").ClientID != "" || d.User("nobody").Username != "" {
		t.Error("found what is not there")
	}
	if d.User(" AVERY@contoso.test").Username != avery {
		t.Error("usernames must be compared case-insensitively")
	}
	other := DefaultDirectory()
	if d.User(avery).Password == other.User(avery).Password || d.App("web").Secrets[0] == other.App("web").Secrets[0] {
		t.Error("passwords and secrets must be made at run time")
	}
}

func TestReadDirectoryRoundTrip(t *testing.T) {
	want := DefaultDirectory()
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadDirectory(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("a directory must survive JSON")
	}
}

func TestReadDirectoryErrors(t *testing.T) {
	const tenant = `"tenants":[{"id":"3c0b6f52-6a4f-4f0e-9c7e-8d2f5b1a7e90","domain":"contoso.test"}]`
	app := func(fields string) string {
		return `{` + tenant + `,"apps":[{"name":"a","client_id":"0f6a2c1e-5b7d-4c39-8e1a-2d4f6b8c9a01","tenant":"contoso.test",` + fields + `}]}`
	}
	user := func(fields string) string {
		return `{` + tenant + `,"users":[{"tenant":"contoso.test","object_id":"5e1f7b6d-0a2c-4b8e-9d6f-7c9e1a3b4f56",` + fields + `}]}`
	}
	for _, tt := range []struct{ name, text, want string }{
		{"empty", ``, "ends too early"},
		{"cut", `{"tenants":[`, "ends too early"},
		{"not an object", `[]`, "want struct"},
		{"unknown field", `{"tenant":[]}`, `unknown field "tenant"`},
		{"unknown inner field", app(`"kind":"public","redirect_uri":"http://localhost"`), `unknown field "redirect_uri"`},
		{"wrong type", `{"users":[{"password":5}]}`, "users.password: want string"},
		{"second value", `{` + tenant + `} {}`, "after its closing brace"},
		{"no tenant", `{}`, "tenants: there is none"},
		{"tenant id", `{"tenants":[{"id":"contoso","domain":"contoso.test"}]}`, "id must be a GUID"},
		{"tenant domain", `{"tenants":[{"id":"3c0b6f52-6a4f-4f0e-9c7e-8d2f5b1a7e90","domain":"a/b"}]}`, "domain must be a domain"},
		{"reserved domain", `{"tenants":[{"id":"3c0b6f52-6a4f-4f0e-9c7e-8d2f5b1a7e90","domain":"Common"}]}`, "domain must be a domain"},
		{"user's tenant", `{` + tenant + `,"users":[{"tenant":"fabrikam.test","object_id":"5e1f7b6d-0a2c-4b8e-9d6f-7c9e1a3b4f56","username":"u"}]}`, `no tenant "fabrikam.test"`},
		{"username", user(`"username":" "`), "username is missing"},
		{"guest", user(`"username":"u","guest_of":[{"tenant":"x.test","object_id":"y"}]`), `no tenant "x.test"`},
		{"kind", app(`"kind":"mobile"`), "kind must be"},
		{"secret of a public app", app(`"kind":"public","secrets":["x"]`), "cannot keep secrets"},
		{"empty secret", app(`"kind":"confidential","secrets":[""]`), "a secret is empty"},
		{"relative redirect", app(`"kind":"public","redirect_uris":["/x"]`), "must be absolute"},
		{"wildcard redirect", app(`"kind":"public","redirect_uris":["https://*.contoso.test"]`), "without spaces and wildcards"},
		{"fragment redirect", app(`"kind":"public","redirect_uris":["https://contoso.test/#a"]`), "no fragment"},
		{"http redirect", app(`"kind":"public","redirect_uris":["http://contoso.test/"]`), "must be https"},
		{"script redirect", app(`"kind":"public","redirect_uris":["javascript:alert(1)"]`), "must be http or https"},
		{"custom scheme of a page", app(`"kind":"spa","redirect_uris":["myapp:x"]`), "must be http or https"},
		{"api without uri", app(`"kind":"api"`), "needs an id_uri"},
		{"api uri", app(`"kind":"api","id_uri":"tasks"`), "id_uri must be an absolute URI"},
		{"scope name", app(`"kind":"api","id_uri":"api://t","scopes":[{"name":"a b"}]`), "cannot be the name of a scope"},
		{"permission", app(`"kind":"public","permissions":["api://t/read"]`), `no API has the scope "api://t/read"`},
		{"role", app(`"kind":"public","granted_roles":["api://t/read"]`), `no API has the role "api://t/read"`},
		{"auth method", app(`"kind":"confidential","auth_method":"none"`), "auth_method must be"},
		{"algorithm", app(`"kind":"confidential","signing_alg":"HS256"`), "signing_alg must be"},
		{"consent's client", `{` + tenant + `,"consents":[{"client":"x","scopes":[]}]}`, `no app "x"`},
		{"consent's user", strings.TrimSuffix(app(`"kind":"public"`), "}") + `,"consents":[{"client":"a","user":"u","scopes":["openid"]}]}`, `no user "u"`},
		{"consent's scope", strings.TrimSuffix(app(`"kind":"public"`), "}") + `,"consents":[{"client":"a","scopes":["x"]}]}`, `no API has the scope "x"`},
		{"same tenant twice", `{"tenants":[{"id":"3c0b6f52-6a4f-4f0e-9c7e-8d2f5b1a7e90","domain":"a.test"},{"id":"3C0B6F52-6a4f-4f0e-9c7e-8d2f5b1a7e90","domain":"A.test"}]}`, "is taken"},
		{"large", `{"tenants":[{"id":"` + strings.Repeat("x", maxDirectory) + `"}]}`, "larger than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadDirectory(strings.NewReader(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %.300v, want something with %q", err, tt.want)
			}
		})
	}
}

func TestMissingSecretsAreMade(t *testing.T) {
	d, err := ReadDirectory(strings.NewReader(`{
		"tenants":[{"id":"3c0b6f52-6a4f-4f0e-9c7e-8d2f5b1a7e90","domain":"contoso.test"}],
		"users":[{"tenant":"contoso.test","object_id":"5e1f7b6d-0a2c-4b8e-9d6f-7c9e1a3b4f56","username":"casey"}],
		"apps":[{"name":"a","client_id":"0f6a2c1e-5b7d-4c39-8e1a-2d4f6b8c9a01","tenant":"contoso.test","kind":"confidential"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if d.User("casey").Password == "" || len(d.App("a").Secrets) != 1 {
		t.Error("a user without password and a confidential app without secret must get one")
	}
}

func TestStartRefusesInconsistentDirectory(t *testing.T) {
	s := &Server{Directory: Directory{Tenants: []Tenant{{ID: "x"}}}}
	if err := s.Start(); err == nil || !strings.Contains(err.Error(), "must be a GUID") {
		t.Errorf("got %v", err)
	}
	s.Close()
}

func TestSecretPrintsRedacted(t *testing.T) {
	const text = "a-very-secret-text"
	app := App{Name: "a", Secrets: []Secret{text}}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", Secret(text), "app", app)
	out := log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		out += fmt.Sprintf(verb, Secret(text)) + fmt.Sprintf(verb, app) + fmt.Sprintf(verb, &app)
	}
	if strings.Contains(out, text) || strings.Contains(out, fmt.Sprintf("%x", text)) {
		t.Errorf("a secret was printed: %s", out)
	}
}

func FuzzReadDirectory(f *testing.F) {
	text, err := json.Marshal(DefaultDirectory())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	demanding := DefaultDirectory()
	demanding.Requirements = []Requirement{{Name: "verify", User: avery, App: "web", Resource: "graph", Context: "c1", Demand: DemandMFA, Frequency: time.Hour}}
	demanding.Apps[2].SecretExpiry, demanding.Apps[2].Assigned = []time.Time{time.Unix(1, 0)}, []string{blake}
	if text, err = json.Marshal(demanding); err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(`{"tenants":[{"id":"3c0b6f52-6a4f-4f0e-9c7e-8d2f5b1a7e90","domain":"contoso.test"}],"apps":[{"kind":"api"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ReadDirectory(strings.NewReader(text))
		if err != nil {
			return
		}
		if _, err := newState(d); err != nil {
			t.Errorf("read, but not usable: %v", err)
		}
	})
}
