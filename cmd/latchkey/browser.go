package main

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/internal/printable"
	"github.com/latchkey-auth/latchkey/loopback"
)

// agent returns the browser of this computer. over is the SSH session that the command
// runs in; nil if it runs in none.
func (q *tokenRequest) agent(port int, over *ssh) latchkey.UserAgent {
	b := loopback.Browser{Port: port, Prompt: q.stderr, Open: func(ctx context.Context, page string) error {
		if over != nil {
			return over.open(ctx, q, page)
		}
		fmt.Fprintf(q.stderr, "Sign in to client %s at %s, in the browser. Ctrl-C gives up.\n",
			printable.Escape(q.config.ClientID), printable.Escape(q.host))
		return loopback.Open(ctx, page)
	}}
	if q.explain != nil {
		return q.explain.agent(b)
	}
	return b
}

// sshPort is the loopback port over SSH, unless it is taken: it is the same each time, so
// that a forwarding can be set up once.
const sshPort = 45455

// An ssh is the SSH session that the command runs in.
type ssh struct {
	host string // this computer as the other one has reached it, for its command line
}

// sshSession returns the session, and whether there is one.
func sshSession() (*ssh, bool) {
	connection, tty := os.Getenv("SSH_CONNECTION"), os.Getenv("SSH_TTY")
	if connection == "" && tty == "" {
		return nil, false
	}
	return &ssh{sshHost(connection)}, true
}

// sshHost returns the arguments that name this computer to ssh, by SSH_CONNECTION: the
// addresses and ports of the other computer and of this one.
func sshHost(connection string) string {
	f := strings.Fields(connection)
	if len(f) != 4 {
		return "THIS-COMPUTER"
	}
	address, err := netip.ParseAddr(f[2])
	port, portErr := netip.ParseAddrPort("0.0.0.0:" + f[3])
	switch {
	case err != nil || portErr != nil || address.Zone() != "":
		return "THIS-COMPUTER"
	case port.Port() != 22:
		return fmt.Sprintf("-p %d %s", port.Port(), address)
	}
	return address.String()
}

// open tells the user how a browser of the other computer reaches this one. Nothing is
// opened here, where nobody may sit, unless BROWSER says how.
func (s *ssh) open(ctx context.Context, q *tokenRequest, page string) error {
	fmt.Fprintf(q.stderr, `You are here by SSH, and the browser is on your own computer. To sign in to client
%s at %s

  1. run there   ssh -N -L %[3]s:127.0.0.1:%[3]s %[4]s
  2. open there  %[5]s

--port takes another port, and --device needs none. Ctrl-C gives up.
`, printable.Escape(q.config.ClientID), printable.Escape(q.host), redirectPort(page), s.host, page)
	if os.Getenv("BROWSER") != "" {
		_ = loopback.Open(ctx, page) // the user knows what to do without
	}
	return nil
}

// redirectPort returns the port of the redirect URI that an authorization URL names.
func redirectPort(page string) string {
	u, err := url.Parse(page)
	if err != nil {
		return "PORT"
	}
	redirect, err := url.Parse(u.Query().Get("redirect_uri"))
	if err != nil || redirect.Port() == "" {
		return "PORT"
	}
	return redirect.Port()
}
