package authoritytest

import (
	"net"
	"sync"
)

// maxConnections is how many connections a server holds at once, unless it is told.
const maxConnections = 1024

// A limitedListener accepts a connection only while fewer than its limit are open. The
// others wait in the system's queue.
type limitedListener struct {
	net.Listener
	slots  chan struct{} // one for each connection, and for the Accept that waits
	closed chan struct{}
	once   sync.Once
}

func limitListener(l net.Listener, limit int) *limitedListener {
	return &limitedListener{Listener: l, slots: make(chan struct{}, limit), closed: make(chan struct{})}
}

// Accept waits for a free place and for a connection.
func (l *limitedListener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &limitedConn{Conn: conn, release: sync.OnceFunc(func() { <-l.slots })}, nil
}

// Close ends every Accept.
func (l *limitedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// A limitedConn gives its place back when it is closed, once.
type limitedConn struct {
	net.Conn
	release func()
}

// Close closes the connection.
func (c *limitedConn) Close() error {
	defer c.release()
	return c.Conn.Close()
}

// NetConn returns the connection below, as that of a tls.Conn does.
func (c *limitedConn) NetConn() net.Conn { return c.Conn }
