package main

import (
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

func TestSSHHost(t *testing.T) {
	tests := []struct{ connection, want string }{
		{"192.0.2.7 50000 203.0.113.5 22", "203.0.113.5"},
		{"192.0.2.7 50000 203.0.113.5 2222", "-p 2222 203.0.113.5"},
		{"2001:db8::1 50000 2001:db8::2 22", "2001:db8::2"},
		{"fe80::1%eth0 50000 fe80::2%eth0 22", "THIS-COMPUTER"},
		{"", "THIS-COMPUTER"},
		{"192.0.2.7 50000 203.0.113.5", "THIS-COMPUTER"},
		{"a b $(reboot) 22", "THIS-COMPUTER"},
		{"a b 203.0.113.5 22;reboot", "THIS-COMPUTER"},
		{"a b 203.0.113.5 99999", "THIS-COMPUTER"},
		{"a b \x1b[2J 22", "THIS-COMPUTER"},
	}
	for _, tt := range tests {
		if got := sshHost(tt.connection); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.connection, got, tt.want)
		}
	}
}

func TestRedirectPort(t *testing.T) {
	tests := []struct{ page, want string }{
		{"https://a.test/?redirect_uri=http%3A%2F%2F127.0.0.1%3A8400%2Fcb", "8400"},
		{"https://a.test/?redirect_uri=http%3A%2F%2F127.0.0.1", "PORT"},
		{"https://a.test/?redirect_uri=%3A", "PORT"},
		{"https://a.test/", "PORT"},
		{":", "PORT"},
	}
	for _, tt := range tests {
		if got := redirectPort(tt.page); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.page, got, tt.want)
		}
	}
}

// A reader is a person who reads an address on standard error and signs in there.
type reader struct {
	syncBuilder
	once   sync.Once
	signIn func(page string)
}

var pageAddress = regexp.MustCompile(`(?m)^ +(?:2\. open there +)?(http://\S+[?&]state=\S+)$`)

func (r *reader) Write(p []byte) (int, error) {
	n, err := r.syncBuilder.Write(p)
	if m := pageAddress.FindStringSubmatch(r.String()); m != nil {
		r.once.Do(func() { go r.signIn(m[1]) })
	}
	return n, err
}

// byAddress runs latchkey token where no browser can be opened.
func byAddress(t *testing.T, srv *authoritytest.Server, args ...string) session {
	t.Helper()
	for _, name := range []string{"BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "SSH_TTY", secretVariable} {
		t.Setenv(name, "")
	}
	var out syncBuilder
	errs := &reader{signIn: func(page string) {
		if err := follow(t.Context(), srv, page, demoUser); err != nil {
			t.Error(err)
		}
	}}
	args = append([]string{"token", "--wait", "20s", "--authority", srv.Authority(""), "--profile", "entra",
		"--client-id", srv.Directory.App("native").ClientID, "--scope", srv.Directory.App("api").Scope("Tasks.Read")}, args...)
	status := run(t.Context(), commands(), args, stdio{strings.NewReader(""), &out, errs})
	return session{status, out.String(), errs.String()}
}

func TestTokenPrintsTheAddress(t *testing.T) {
	t.Setenv("SSH_CONNECTION", "")
	s := byAddress(t, startServer(t))
	if s.status != 0 || strings.Count(s.out, ".") != 2 || strings.Contains(s.err, "by SSH") {
		t.Errorf("status %d, %s", s.status, s.err)
	}
}

// Over SSH the port is the same each time, so that it can be forwarded once; if it is taken
// there is another one.
func TestTokenOverSSH(t *testing.T) {
	t.Setenv("SSH_CONNECTION", "192.0.2.7 50000 203.0.113.5 22")
	held, err := net.Listen("tcp", "127.0.0.1:45455")
	if err == nil {
		defer held.Close()
	}
	s := byAddress(t, startServer(t))
	if s.status != 0 || !strings.Contains(s.err, "You are here by SSH") || strings.Contains(s.err, "45455") {
		t.Errorf("status %d, %s", s.status, s.err)
	}
}

func TestTokenFixedPort(t *testing.T) {
	t.Setenv("SSH_CONNECTION", "")
	held, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	port := held.Addr().String()[len("127.0.0.1:"):]
	began := time.Now()
	s := byAddress(t, startServer(t), "--port", port)
	if s.status != 1 || s.out != "" || !strings.Contains(s.err, "latchkey: --port: ") || time.Since(began) > 10*time.Second {
		t.Errorf("status %d, %s", s.status, s.err)
	}
}
