package loopback

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// A place is where the redirect is received.
type place struct {
	host      string // as in the redirect URI, an IPv6 address without its brackets
	addresses []string
	port      int
	path      string // as in the redirect URI: may be empty
}

// place checks where the caller wants the redirect.
func (b *Browser) place(profileHost string) (*place, error) {
	p := &place{host: b.Host, port: b.Port, path: b.Path}
	if p.host == "" {
		p.host = profileHost
	}
	p.host = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(p.host, "["), "]"))
	address, err := netip.ParseAddr(p.host)
	switch {
	case p.host == "localhost":
		p.addresses = []string{"127.0.0.1", "::1"}
	case err == nil && address.IsLoopback() && !address.Is4In6() && address.Zone() == "":
		p.host = address.String()
		p.addresses = []string{p.host}
	default:
		return nil, &Error{Field: "Host", Problem: `is not this computer: leave it empty, or give "localhost", "127.0.0.1" or "::1"`}
	}
	if p.port < 0 || p.port > 65535 {
		return nil, &Error{Field: "Port", Problem: "is not between 1 and 65535; 0 takes one that is free"}
	}
	if !plainPath(p.path) {
		return nil, &Error{Field: "Path", Problem: `must be like "/callback": letters, digits, and -._~ between slashes`}
	}
	return p, nil
}

// plainPath reports whether a path means the same to every browser and server.
func plainPath(path string) bool {
	if path == "" || path == "/" {
		return true
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		switch {
		case i == 0 && s == "", i > 0 && i == len(segments)-1 && s == "":
			// before the first slash, after the last one
		case i == 0, s == "", s == ".", s == "..", strings.ContainsFunc(s, reserved):
			return false
		}
	}
	return true
}

// reserved reports whether r may mean something in a URL (RFC 3986 section 2.3).
func reserved(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._~", r)
}

// authority is the host and port of the redirect URI.
func (p *place) authority() string { return net.JoinHostPort(p.host, strconv.Itoa(p.port)) }

func (p *place) redirectURI() string { return "http://" + p.authority() + p.path }

// isHost reports whether a Host header names the place. A web page whose own name was
// made to point here (DNS rebinding) has another one.
func (p *place) isHost(host string) bool {
	host = strings.ToLower(host)
	return host == p.authority() || p.port == 80 && host+":80" == p.authority()
}

// isPath reports whether the escaped path of a request is the redirect URI's.
func (p *place) isPath(path string) bool {
	return path == p.path || p.path == "" && path == "/"
}

// A holder listens on a TCP address.
type holder func(ctx context.Context, network, address string) (net.Listener, error)

func listenTCP(ctx context.Context, network, address string) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, network, address)
}

// at listens on a port of an address of this computer.
func (h holder) at(ctx context.Context, address string, port int) (net.Listener, error) {
	network := "tcp4"
	if strings.Contains(address, ":") {
		network = "tcp6"
	}
	return h(ctx, network, net.JoinHostPort(address, strconv.Itoa(port)))
}

// Listeners hold one port, on one or two addresses.
type listeners []net.Listener

func (l listeners) close() {
	for _, one := range l {
		one.Close()
	}
}

// maxTries is how often a free port is looked for: one that is free on the first address
// is hardly ever taken on the second.
const maxTries = 20

// hold takes the place's port, and a free one if it has none, on all its addresses.
func (p *place) hold(ctx context.Context, listen holder) (listeners, error) {
	if p.port != 0 {
		held, _, err := p.try(ctx, listen)
		if err != nil {
			return nil, &Error{Field: "Port", Problem: "port " + strconv.Itoa(p.port) + " is not to be had: end the program that has it, or set another port", Err: err}
		}
		return held, nil
	}
	var err error
	for range maxTries {
		var held listeners
		var port int
		if held, port, err = p.try(ctx, listen); err == nil {
			p.port = port
			return held, nil
		}
	}
	return nil, &Error{Problem: "no loopback port is to be had: does a sandbox or a firewall forbid to listen?", Err: err}
}

// try listens on each address that this computer has. An address without a single port
// to be had is one that it lacks, such as ::1 where IPv6 is off.
func (p *place) try(ctx context.Context, listen holder) (held listeners, port int, err error) {
	port = p.port
	var failed error
	for _, address := range p.addresses {
		l, err := listen.at(ctx, address, port)
		if err == nil {
			held = append(held, l)
			port = l.Addr().(*net.TCPAddr).Port
			continue
		}
		failed = err
		if l, err := listen.at(ctx, address, 0); err == nil {
			l.Close()
			held.close()
			return nil, 0, failed
		}
	}
	if len(held) == 0 {
		return nil, 0, failed
	}
	return held, port, nil
}
