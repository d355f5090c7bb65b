package latchkey

import (
	"context"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/transport"
)

// In a page an ID token comes straight from the token endpoint over TLS and need not be
// checked again (OpenID Connect Core 3.1.3.7, point 6).
type signatureChecker struct{}

func (*signatureChecker) init(transport.Func, func() time.Time) {}

func (*signatureChecker) check(context.Context, *authority.Metadata, string, Claims) error {
	return nil
}

func keysUnreachable(error) bool { return false }
