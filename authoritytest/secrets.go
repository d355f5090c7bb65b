package authoritytest

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
)

// A Secret is a password or a client secret. Printed with package fmt or logged with
// slog it is "[redacted]"; string(s) is the secret itself. It marshals to JSON in
// full, because a directory file holds it.
type Secret string

const redacted = "[redacted]"

// Format prints "[redacted]", whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// String returns "[redacted]".
func (s Secret) String() string { return redacted }

// LogValue returns "[redacted]".
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// maxSecrets bounds what a server that runs for weeks remembers of its secrets.
const maxSecrets = 1 << 18

// secretList is every secret that a server has issued or knows.
type secretList struct {
	mu   sync.Mutex
	list []string
}

func (l *secretList) add(secrets ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range secrets {
		if s == "" {
			continue
		}
		if len(l.list) >= maxSecrets {
			l.list = slices.Delete(l.list, 0, maxSecrets/4)
		}
		l.list = append(l.list, s)
	}
}

func (l *secretList) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.list)
}

// Secrets returns every secret that the server has issued or knows: authorization
// codes, device codes, access, refresh and ID tokens, session cookies, client secrets,
// passwords, the control token. A test searches logs and error texts for them. It is
// the one place of the package that hands out what was issued.
func (s *Server) Secrets() []string { return s.secrets.all() }
