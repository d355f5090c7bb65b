package rediscache

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey-auth/latchkey/internal/printable"
)

var (
	// ErrKey means that a record is sealed with a key that is not in the [Keyring], or that
	// the Keyring is none. The record stays as it is, and opens once the key is back.
	ErrKey = errors.New("rediscache: the key of the record is not in the key ring")

	// ErrUnsafe means that the connection would show tokens' records to others, or that the
	// client spreads keys in a way that loses locks. Nothing was sent.
	ErrUnsafe = errors.New("rediscache: the client is not safe to use")

	// ErrUnreachable means that Redis did not answer, or answered that it cannot serve now.
	// Whether a save was done is unknown; saving again is safe. Trying later can help.
	ErrUnreachable = errors.New("rediscache: Redis cannot be reached")

	// ErrAccess means that Redis refused the user name, the password or the command.
	ErrAccess = errors.New("rediscache: Redis refuses access")

	// ErrFull means that Redis has no memory left for a save.
	ErrFull = errors.New("rediscache: Redis is full")

	// ErrNewerFormat means that a newer version of this module wrote the record. It was left
	// as it is.
	ErrNewerFormat = errors.New("rediscache: the record has a newer format")
)

// An Error is what is wrong with Redis, a record or an option, and what to do about it. It
// matches one of the errors of this package or cache.ErrDamaged where that applies, and the
// client's error. It never holds what a record holds.
type Error struct {
	Problem string // what is wrong
	Remedy  string // what to do; "" if Err says it all
	Err     error  // the reason; may be nil
	kind    error  // the sentinel; may be nil
}

func (e *Error) Error() string {
	text := "rediscache: " + printable.Escape(e.Problem)
	if e.Err != nil {
		text += ": " + printable.Escape(e.Err.Error())
	}
	if e.Remedy != "" {
		text += ": " + printable.Escape(e.Remedy)
	}
	return text
}

// Unwrap returns the sentinel and the reason.
func (e *Error) Unwrap() []error {
	var all []error
	for _, err := range []error{e.kind, e.Err} {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}

const (
	remedyLater = "it is tried again by the next call"
	remedyACL   = "give the user what docs/operations.md lists, on the keys of the deployment"
)

// explain says what to do about the errors of the client and the server.
func explain(err error) error {
	e := &Error{Err: err}
	for _, class := range []func(*Error, error) bool{explainAnswer, explainTLS, explainNetwork} {
		if class(e, err) {
			return e
		}
	}
	e.Problem = "Redis refuses a command"
	return e
}

// explainAnswer is for what the server says.
func explainAnswer(e *Error, err error) bool {
	text := err.Error()
	switch {
	case redis.IsAuthError(err) || strings.HasPrefix(text, "ERR invalid password") || strings.HasPrefix(text, "ERR AUTH"):
		e.kind, e.Problem, e.Remedy = ErrAccess, "Redis refuses the user name or the password", "check Username and Password of the client, and that the user is on"
	case redis.IsPermissionError(err) || strings.Contains(text, "NOPERM") || strings.Contains(text, "can't run this command"):
		e.kind, e.Problem, e.Remedy = ErrAccess, "the user of Redis may not do this", remedyACL
	case redis.IsOOMError(err):
		e.kind, e.Problem, e.Remedy = ErrFull, "Redis has no memory left", "raise maxmemory, or look what else is in this Redis"
	case redis.IsReadOnlyError(err):
		e.kind, e.Problem, e.Remedy = ErrUnreachable, "the server is a replica", "after a failover the next call finds the primary; else give the client the primary's address, or those of the sentinels"
	case redis.IsLoadingError(err), redis.IsMasterDownError(err), redis.IsTryAgainError(err):
		e.kind, e.Problem, e.Remedy = ErrUnreachable, "Redis is starting or failing over", remedyLater
	case redis.IsClusterDownError(err):
		e.kind, e.Problem, e.Remedy = ErrUnreachable, "a part of the cluster has no primary", remedyLater
	case redis.IsNoReplicasError(err):
		e.kind, e.Problem, e.Remedy = ErrUnreachable, "Redis has fewer replicas than min-replicas-to-write", "bring the replicas back"
	case redis.IsMaxClientsError(err):
		e.kind, e.Problem, e.Remedy = ErrUnreachable, "Redis has as many clients as it takes", "raise maxclients, or lower PoolSize of the clients"
	case isMoved(err):
		e.Problem, e.Remedy = "the server is part of a cluster", "make the client by redis.NewClusterClient"
	case strings.Contains(text, "cluster support disabled"):
		e.Problem, e.Remedy = "the server is no part of a cluster", "make the client by redis.NewClient"
	case strings.HasPrefix(text, "WRONGTYPE"):
		e.Problem, e.Remedy = "another program uses the keys of this deployment", "choose another Options.Deployment, or another database"
	case strings.HasPrefix(text, "ERR unknown command"):
		e.Err = nil // it quotes arguments
		e.Problem, e.Remedy = "the server lacks a command", "Redis 6.2 or Valkey 7.2 or later is needed, with no command renamed"
	default:
		return false
	}
	return true
}

func isMoved(err error) bool {
	_, moved := redis.IsMovedError(err)
	_, ask := redis.IsAskError(err)
	return moved || ask
}

func explainTLS(e *Error, err error) bool {
	var header tls.RecordHeaderError
	var alert tls.AlertError
	var certificate *tls.CertificateVerificationError
	var name x509.HostnameError
	e.kind = ErrUnreachable
	switch {
	case errors.As(err, &header):
		e.Problem, e.Remedy = "the server speaks no TLS at this port", "name its TLS port (tls-port); where the network is safe, leave TLSConfig out and set Options.AllowPlaintext"
	case errors.As(err, &name):
		e.Problem, e.Remedy = "the server's certificate is for another name", "set ServerName in TLSConfig to the name in the certificate"
	case errors.As(err, &certificate):
		e.Problem, e.Remedy = "the server's certificate is not trusted", "put the authority that issued it into RootCAs of TLSConfig"
	case errors.As(err, &alert):
		e.Problem, e.Remedy = "the server refuses the TLS connection", "check the client's certificate in TLSConfig (tls-auth-clients), and the TLS versions"
	default:
		e.kind = nil
		return false
	}
	return true
}

func explainNetwork(e *Error, err error) bool {
	var lookup *net.DNSError
	var timeout net.Error
	e.kind = ErrUnreachable
	switch {
	case errors.As(err, &lookup):
		e.Problem, e.Remedy = "the name of the server is unknown", "check the address of the client"
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Problem, e.Remedy = "nothing listens at the address of Redis", "start it, or check the address of the client; "+remedyLater
	case errors.Is(err, redis.ErrPoolTimeout):
		e.Problem, e.Remedy = "all connections are busy", "raise PoolSize of the client, or look why Redis is slow"
	case errors.Is(err, redis.ErrClosed):
		e.Problem, e.Remedy = "the client is closed", "close it after the last use of the store"
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.ErrUnexpectedEOF):
		e.Problem, e.Remedy = "the server closed the connection", "if it wants TLS, set TLSConfig of the client; else "+remedyLater
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		e.Problem, e.Remedy = "Redis did not answer in time", "look whether it is overloaded or cut off, and, if the client uses TLS, that this is the server's tls-port; "+remedyLater
	case errors.As(err, new(*net.OpError)), strings.Contains(err.Error(), "sentinel"), strings.Contains(err.Error(), "cluster"):
		e.Problem, e.Remedy = "Redis cannot be reached", "check the addresses of the client, and the name of the primary if there are sentinels"
	default:
		e.kind = nil
		return false
	}
	return true
}
