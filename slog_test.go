//go:build !js

package latchkey

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
)

func TestSlogTrace(t *testing.T) {
	ctx := context.Background()
	var out bytes.Buffer
	w := newWire(t)
	c := w.public(func(cfg *Config) {
		cfg.Trace = SlogTrace(slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	})
	w.token = func(q asked) answer { return w.grant(q).with("refresh_token", "secret-rt").answer() }
	r := w.signIn(c.client, "a")
	w.silent(c.client, r.Account, "a")
	if _, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a")); err != nil {
		t.Fatal(err)
	}
	w.token = func(asked) answer {
		return answer{status: 400, body: members{"error": hostile, "error_description": hostile}.String()}
	}
	if _, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a")); err == nil {
		t.Fatal("granted")
	}
	levels := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		text, _ := m["msg"].(string)
		levels[text], _ = m["level"].(string)
		for name, v := range m {
			if text, ok := v.(string); ok && (text == "" || harmless(text) != "") {
				t.Errorf("%s is %q", name, text)
			}
		}
	}
	for text, want := range map[string]string{"asking the user": "INFO", "the user has answered": "INFO", "token from the cache": "DEBUG",
		"no token in the cache": "DEBUG", "request sent": "DEBUG", "token renewed": "INFO", "token not renewed": "WARN"} {
		if levels[text] != want {
			t.Errorf("%q is logged at %q, want %q", text, levels[text], want)
		}
	}
	if strings.Contains(out.String(), "secret-rt") || strings.Contains(out.String(), r.AccessToken()) {
		t.Errorf("a secret is logged: %s", out.String())
	}

	out.Reset()
	c = w.public(func(cfg *Config) { cfg.Trace = SlogTrace(slog.New(slog.NewTextHandler(&out, nil))) })
	w.token = nil
	w.silent(c.client, w.signIn(c.client, "a").Account, "a")
	if text := out.String(); strings.Contains(text, "DEBUG") || strings.Count(text, "\n") != 2 {
		t.Errorf("at level info:\n%s", text)
	}
	if trace := SlogTrace(nil); trace.CacheHit == nil || trace.RenewalFailed == nil {
		t.Error("SlogTrace(nil) has no hooks")
	}
}
