//go:build linux

package redisserver

import (
	"net"
	"sync"
	"time"
)

// A Proxy stands before a server, and can be slow or cut connections.
type Proxy struct {
	Addr string // where it listens

	listener net.Listener
	backend  string
	mu       sync.Mutex
	delay    time.Duration
	down     bool
	conns    map[net.Conn]bool
}

// StartProxy starts a proxy before an address. It ends with the test.
func StartProxy(t T, backend string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("%v", err)
	}
	p := &Proxy{Addr: l.Addr().String(), listener: l, backend: backend, conns: map[net.Conn]bool{}}
	t.Cleanup(func() { _ = l.Close(); p.Cut() })
	go p.accept()
	return p
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.backend)
		if err != nil || !p.add(client, server) {
			_ = client.Close()
			if err == nil {
				_ = server.Close()
			}
			continue
		}
		go p.copy(server, client)
		go p.copy(client, server)
	}
}

func (p *Proxy) add(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.conns[c] = true
	}
	return !p.down
}

func (p *Proxy) copy(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		p.mu.Lock()
		delay := p.delay
		p.mu.Unlock()
		<-time.After(delay)
		if _, failed := to.Write(b[:n]); failed != nil || err != nil {
			return
		}
	}
}

// Slow delays what goes through, in each direction.
func (p *Proxy) Slow(delay time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = delay
}

// Cut ends all connections, and lets no new one live until Mend.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = true
	for c := range p.conns {
		_ = c.Close()
	}
	clear(p.conns)
}

// Mend lets connections live again.
func (p *Proxy) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}
