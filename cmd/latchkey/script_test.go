package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts run the built command. Beside testscript's own commands they have:
//
//	status N program arg...   runs a program, which must end with status N
//	json FILE PATH REGEXP     FILE (or stdout) is JSON, and what stands at PATH matches in whole:
//	                          members and indices with dots between them; a string without its
//	                          quotes, a number of elements with # at the end
//	server [tls]              starts an authority in this process; sets AUTHORITY, OIDC, NATIVE_ID,
//	                          DAEMON_ID, DAEMON_SECRET, API_ID, API_URI, CA_FILE, and CONTROL and
//	                          CONTROL_TOKEN for the command browser, which is BROWSER
//	msal FILE                 writes a cache of MSAL, where avery is signed in to the client native, and the client
//	                          daemon has a token of its own; and windows/msal_token_cache.bin, which DPAPI protects
//	api                       starts an API of that authority; sets API_URL
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", os.Getenv("GORACE"))
			env.Setenv("TEMPFOLDER", filepath.Join(env.WorkDir, ".tmp")) // of testscript, on every system
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": scriptStatus,
			"json":   scriptJSON,
			"server": scriptServer,
			"api":    scriptAPI,
			"msal":   scriptMSAL,
		},
	})
}

func scriptStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N program arg...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("status %d, want %d", got, want)
	}
}

func scriptJSON(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: json FILE PATH REGEXP")
	}
	var v any
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &v); err != nil {
		ts.Fatalf("%s is not JSON: %v", args[0], err)
	}
	got, err := lookUp(v, args[1])
	ts.Check(err)
	if !regexp.MustCompile("^(?:" + args[2] + ")$").MatchString(got) {
		ts.Fatalf("%s is %q, want %q", args[1], got, args[2])
	}
}

// lookUp returns what stands at a path of a JSON value, as text.
func lookUp(v any, path string) (string, error) {
	for _, name := range strings.Split(path, ".") {
		switch inner := v.(type) {
		case map[string]any:
			member, ok := inner[name]
			if name == "#" {
				member, ok = float64(len(inner)), true
			}
			if !ok {
				return "", errors.New("there is no member " + name)
			}
			v = member
		case []any:
			i, err := strconv.Atoi(name)
			switch {
			case name == "#":
				v = float64(len(inner))
			case err != nil || i >= len(inner):
				return "", errors.New("there is no element " + name)
			default:
				v = inner[i]
			}
		default:
			return "", errors.New("there is nothing below " + name)
		}
	}
	if s, ok := v.(string); ok {
		return s, nil
	}
	text, err := json.Marshal(v)
	return string(text), err
}

func scriptServer(ts *testscript.TestScript, neg bool, args []string) {
	made, err := newDemoServer()
	ts.Check(err)
	srv := made.Server
	srv.TLS = len(args) == 1 && args[0] == "tls"
	ts.Check(srv.Start())
	ts.Defer(srv.Close)
	ts.Check(writeKey(ts.MkAbs("key.pem"), made.key))
	servers.Store(ts.Getenv("WORK"), srv)
	native, daemon, api := srv.Directory.App("native"), srv.Directory.App("daemon"), srv.Directory.App("api")
	ts.Setenv("CONTROL", srv.ControlURL())
	ts.Setenv("CONTROL_TOKEN", srv.ControlToken())
	ts.Setenv("BROWSER", "browser")
	ts.Setenv("LATCHKEY_WAIT", "30s") // nobody waits for a browser that is broken
	ts.Setenv("AUTHORITY", srv.Authority(""))
	ts.Setenv("OIDC", srv.OIDCIssuer())
	ts.Setenv("NATIVE_ID", native.ClientID)
	ts.Setenv("DAEMON_ID", daemon.ClientID)
	ts.Setenv("DAEMON_SECRET", string(daemon.Secrets[0]))
	ts.Setenv("API_ID", api.ClientID)
	ts.Setenv("API_URI", api.IDURI)
	ts.Check(os.WriteFile(ts.MkAbs("secret.txt"), []byte(string(daemon.Secrets[0])+"\n"), 0o600))
	if srv.TLS {
		path, err := srv.CAFile(filepath.Dir(ts.MkAbs("x")))
		ts.Check(err)
		ts.Setenv("CA_FILE", path)
	}
}
