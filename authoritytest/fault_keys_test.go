package authoritytest

import (
	"strings"
	"testing"
	"time"
)

func TestFaultKeysRotate(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		before := a.signIn()
		old := headerOf(t, before["id_token"])["kid"].(string)
		a.inject(Fault{Name: "drop", Endpoint: EndpointToken, Grant: "authorization_code", Times: 1, Keys: KeysRotate})
		after := a.signIn()
		kid := headerOf(t, after["id_token"])["kid"].(string)
		keys := a.published()
		if kid == old || keys[kid] == nil || keys[old] != nil || !a.verifiable(after["id_token"]) || a.verifiable(before["id_token"]) {
			t.Errorf("was %s, is %s, published are %d", old, kid, len(keys))
		}
		if a.userinfoStatus(after["access_token"]) != 200 || a.last().Fault != "" {
			t.Error("the server does not know its own token")
		}
		other := NewServer(t)
		if _, there := entra(t, other).published()[old]; !there {
			t.Error("another server's keys rotated too")
		}

		a.inject(Fault{Name: "keep", Endpoint: EndpointDiscovery, Keys: KeysRotateKeep})
		kids := map[string]bool{old: true, kid: true}
		for range maxSpareKeys + 2 {
			a.get(a.s.Issuer("") + discoverySuffix)
			kids[headerOf(t, a.signIn()["id_token"])["kid"].(string)] = true
		}
		if len(kids) != maxSpareKeys+4 {
			t.Errorf("%d kids after %d rotations", len(kids), maxSpareKeys+3)
		}
		if !a.verifiable(after["id_token"]) || a.userinfoStatus(after["access_token"]) != 200 {
			t.Error("an older key is not published any more")
		}
		for range maxKept {
			a.get(a.s.Issuer("") + discoverySuffix)
		}
		if n := len(a.published()); n > maxKept+2 {
			t.Errorf("%d keys are published", n)
		}
		a.s.ClearFaults()
		a.inject(Fault{Endpoint: EndpointToken, Times: 1, Keys: KeysRotate})
		if token := a.signIn()["id_token"]; len(a.published()) != 2 || !a.verifiable(token) {
			t.Errorf("%d keys are published after the last rotation", len(a.published()))
		}
	})
}

func TestFaultKeySets(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		token := a.signIn()["id_token"]
		for how, want := range map[FaultKeys]struct {
			keys   int
			usable bool
		}{KeysEmpty: {0, false}, KeysMany: {manyKeys, true}, KeysStale: {2, false}} {
			a.inject(Fault{Name: string(how), Keys: how})
			if keys, usable := a.published(), a.verifiable(token); len(keys) != want.keys || usable != want.usable {
				t.Errorf("%s: %d keys, usable %t", how, len(keys), usable)
			}
			a.s.ClearFaults()
		}
		a.inject(Fault{Name: "g", Times: 1, Keys: KeysGarbage})
		resp, err := a.s.Client().Get(a.endpoint("jwks_uri"))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 200 || resp.ContentLength != int64(len(`{"keys": [{"kty": `)) {
			t.Errorf("status %d, %d bytes", resp.StatusCode, resp.ContentLength)
		}
		if !a.verifiable(token) || a.met() != "g 1/2" {
			t.Error(a.met())
		}
	})
}

func TestFaultKeysStaleAfterRotation(t *testing.T) {
	a := oidc(t, NewServer(t))
	before := a.signIn()["id_token"]
	a.inject(Fault{Endpoint: EndpointToken, Times: 1, Keys: KeysRotate}, Fault{Keys: KeysStale})
	after := a.signIn()["id_token"]
	if !a.verifiable(before) || a.verifiable(after) {
		t.Error("the old keys must be published, and the new ones not")
	}
}

func TestVerifyKnowsNoForeignRotation(t *testing.T) {
	s := NewServer(t)
	key := *s.keys.signing(algRS256)
	key.id += rotationMark + "1"
	token, err := key.sign("JWT", map[string]any{"sub": "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, ok := verify(token); ok {
		t.Error("a kid that nobody made is known")
	}
	token, err = unpublishedKeys()[algES256].sign("JWT", map[string]any{"sub": "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, ok := verify(token); ok {
		t.Error("the unpublished key is known")
	}
}

func TestFaultReuse(t *testing.T) {
	for name, interval := range map[string]time.Duration{"no interval": 0, "interval": time.Hour} {
		t.Run(name, func(t *testing.T) {
			a := oidc(t, start(t, &Server{RefreshReuseInterval: interval}))
			a.inject(Fault{Name: "reuse", Skip: 1, Times: 1, Reuse: true})
			tokens := a.signIn()
			refresh := func() (int, map[string]any) {
				return a.token(a.app("web"), "grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string))
			}
			if status, body := refresh(); status != 200 {
				t.Fatalf("status %d", status)
			} else {
				tokens = body
			}
			status, body := refresh()
			wantError(t, status, body, 400, "invalid_grant")
			if text, _ := body["error_description"].(string); !strings.Contains(text, "used before") {
				t.Errorf("got %s", text)
			}
			status, body = refresh()
			wantError(t, status, body, 400, "invalid_grant")
			if a.userinfoStatus(tokens["access_token"]) != 401 {
				t.Error("the grant is not revoked")
			}
			a.token(a.app("web"), "grant_type", "refresh_token", "refresh_token", "of nobody")
			a.token(a.app("native"), "grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string))
			if a.met() != "reuse 1/3" {
				t.Error(a.met())
			}
		})
	}
}
