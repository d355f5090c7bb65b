package loopback

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
)

var errTaken = errors.New("address already in use")

// R37: localhost is held on both address families, or on another port.
func TestR37_BothFamilies(t *testing.T) {
	lacks := func(prefix string) holder {
		return func(ctx context.Context, network, address string) (net.Listener, error) {
			if strings.HasPrefix(address, prefix) {
				return nil, errors.New("cannot assign requested address")
			}
			return listenTCP(ctx, "tcp4", strings.Replace(address, "[::1]", "127.0.0.1", 1))
		}
	}
	// squat is a machine on which somebody has the first ports on the second address. Both
	// addresses are one here, where not every computer has the second.
	squat := func(ports int) holder {
		var first string
		return func(ctx context.Context, network, address string) (net.Listener, error) {
			_, port, _ := net.SplitHostPort(address)
			switch {
			case network == "tcp4":
				l, err := listenTCP(ctx, "tcp4", address)
				if err == nil {
					_, first, _ = net.SplitHostPort(l.Addr().String())
				}
				return l, err
			case port != "0" && port != first:
				t.Errorf("asked for port %s, and has %s", port, first)
			case port != "0" && ports > 0:
				ports--
				return nil, errTaken
			}
			return fakeListener{port: port}, nil
		}
	}
	tests := []struct {
		name string
		hold holder
		want int // listeners; 0: an error
	}{
		{"no IPv6", lacks("[::1]"), 1},
		{"no IPv4", lacks("127.0.0.1"), 1},
		{"nothing", lacks(""), 0},
		{"nobody there", squat(0), 2},
		{"somebody on the other family", squat(3), 2},
		{"somebody everywhere", squat(1000), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := (&Browser{}).place("localhost")
			if err != nil {
				t.Fatal(err)
			}
			held, err := p.hold(t.Context(), tt.hold)
			defer held.close()
			if len(held) != tt.want || (err != nil) != (tt.want == 0) {
				t.Fatalf("held %d, %v", len(held), err)
			}
			if err == nil && p.port != held[0].Addr().(*net.TCPAddr).Port {
				t.Errorf("port %d", p.port)
			}
		})
	}
	t.Run("this machine", func(t *testing.T) {
		s := start(t, real(), Browser{Host: "localhost"})
		port := strings.TrimPrefix(s.host(), "localhost:")
		for _, address := range []string{"127.0.0.1", "::1"} {
			probe, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
			if err != nil {
				continue // it has no such address
			}
			probe.Close()
			if l, err := net.Listen("tcp", net.JoinHostPort(address, port)); err == nil {
				l.Close()
				t.Errorf("%s:%s was to be had", address, port)
			}
			conn, err := net.Dial("tcp", net.JoinHostPort(address, port))
			if err != nil {
				t.Fatal(err)
			}
			conn.Close()
		}
		s.finish()
	})
}

type fakeListener struct {
	net.Listener
	port string
}

func (fakeListener) Close() error { return nil }

func (l fakeListener) Addr() net.Addr {
	port, _ := strconv.Atoi(l.port)
	return &net.TCPAddr{Port: port}
}

// R37: the listener can be reached from this computer only.
func TestR37_LoopbackOnly(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "::1", "[::1]", "localhost", "LocalHost"} {
		hold := func(ctx context.Context, network, address string) (net.Listener, error) {
			name, _, err := net.SplitHostPort(address)
			if ip := net.ParseIP(name); err != nil || ip == nil || !ip.IsLoopback() {
				t.Errorf("%s: listens on %q", host, address)
			}
			return listenTCP(ctx, network, address)
		}
		m := real()
		m.hold = hold
		start(t, m, Browser{Host: host}).finish()
	}
}

func TestFixedPort(t *testing.T) {
	other, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := other.Addr().(*net.TCPAddr).Port
	for _, host := range []string{"127.0.0.1", "localhost"} {
		b := Browser{Port: port, Host: host, Open: func(context.Context, string) error { t.Error("opened"); return nil }}
		_, err = b.Authorize(t.Context(), "", func(context.Context, string, []string) (string, error) { return pageURL, nil })
		if wantField(t, err, "Port"); !strings.Contains(err.Error(), "port "+strconv.Itoa(port)) {
			t.Errorf("got %v", err)
		}
	}
	t.Run("begin joins who has it", func(t *testing.T) {
		joined := errors.New("joined")
		_, err = Browser{Port: port}.Authorize(t.Context(), "127.0.0.1", func(_ context.Context, uri string, _ []string) (string, error) {
			if uri != "http://127.0.0.1:"+strconv.Itoa(port) {
				t.Errorf("redirect URI %q", uri)
			}
			return "", joined
		})
		if err != joined {
			t.Errorf("got %v", err)
		}
	})
	other.Close()
	for range 3 { // it is free again when Authorize returns
		s := start(t, real(), Browser{Port: port})
		if s.redirectURI != "http://127.0.0.1:"+strconv.Itoa(port) {
			t.Errorf("redirect URI %q", s.redirectURI)
		}
		s.finish()
	}
}

// R37: Host must be ours; browsers leave out the port 80.
func TestR37_Host(t *testing.T) {
	p := &place{host: "localhost", port: 80}
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "localhost:80": true, "localhost:81": false, "localhost.": false, "": false,
		"localhost.evil.example": false, "evil.example": false, "127.0.0.1": false,
	} {
		if p.isHost(host) != want {
			t.Errorf("%q: got %t", host, !want)
		}
	}
	p = &place{host: "::1", port: 8400}
	if !p.isHost("[::1]:8400") || p.isHost("[::1]") || p.isHost("::1:8400") {
		t.Error("IPv6")
	}
}
