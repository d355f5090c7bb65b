package authoritytest

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// A delivery is what a rule does to an answer on its way to the client.
type delivery struct {
	end          deliveryEnd
	header       map[string]string
	removed      []string
	pad          int // spaces after the body
	truncate     int // 0 = nothing is cut off
	dripBytes    int
	dripInterval time.Duration
}

// A deliveryEnd says how the connection ends if the answer is not sent.
type deliveryEnd int

const (
	endSent deliveryEnd = iota
	endReset
	endClosed
	endHung
	endAborted // of the request alone, where a connection has several
)

// spoiltReply is an answer that is never sent.
func spoiltReply(end deliveryEnd) *reply {
	return &reply{header: http.Header{}, spoilt: &delivery{end: end}}
}

// maxHeld is how many requests a server keeps waiting at a time; those beyond it are not
// answered.
const maxHeld = 1 << 10

// hold waits. It reports false if the client left or the server closed meanwhile, or if
// too many are waiting.
func (s *Server) hold(ctx context.Context, d time.Duration) bool {
	if s.faults.held.Add(1) > maxHeld {
		s.faults.held.Add(-1)
		return false
	}
	defer s.faults.held.Add(-1)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.released:
	}
	return false
}

// deliver sends an answer as a rule has it. A panic with http.ErrAbortHandler is net/http's
// way to send nothing: it closes the connection, or with HTTP/2 resets the stream.
func (s *Server) deliver(w http.ResponseWriter, r *http.Request, rep *reply) {
	withoutDeadlines(w)
	switch rep.spoilt.end {
	case endReset:
		closeConnection(r, true)
	case endClosed:
		closeConnection(r, false)
	case endHung:
		s.hold(r.Context(), maxFaultWait)
		panic(http.ErrAbortHandler)
	case endAborted:
		panic(http.ErrAbortHandler)
	case endSent:
		s.sendSpoilt(w, r, rep)
	}
}

// A connectionKey is the key of the connection in the context of its requests.
type connectionKey struct{}

func withConnection(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, conn)
}

// closeConnection closes the connection that a request came on, with a reset if that is
// wanted, and ends the handler. It does not use http.Hijacker, which HTTP/2 does not have.
func closeConnection(r *http.Request, reset bool) {
	if conn, ok := r.Context().Value(connectionKey{}).(net.Conn); ok {
		raw := conn
		for inner, ok := raw.(interface{ NetConn() net.Conn }); ok; inner, ok = raw.(interface{ NetConn() net.Conn }) {
			raw = inner.NetConn() // without TLS's farewell
		}
		if tcp, ok := raw.(*net.TCPConn); ok && reset {
			_ = tcp.SetLinger(0) // an error means that it is closed already
		}
		_ = raw.Close()
	}
	panic(http.ErrAbortHandler)
}

// withoutDeadlines lets a request last: what it waits for is bounded already.
func withoutDeadlines(w http.ResponseWriter) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // a connection without deadlines has none to lift
	_ = control.SetWriteDeadline(time.Time{})
}

func (s *Server) sendSpoilt(w http.ResponseWriter, r *http.Request, rep *reply) {
	d, h := rep.spoilt, w.Header()
	for name, values := range rep.header {
		h[name] = values
	}
	for name, value := range d.header {
		h.Set(name, value)
	}
	for _, name := range d.removed {
		h[http.CanonicalHeaderKey(name)] = nil // net/http then adds none of its own
	}
	total := len(rep.body) + d.pad
	if rep.status != http.StatusNoContent && rep.status != http.StatusNotModified {
		h.Set("Content-Length", strconv.Itoa(total))
	}
	w.WriteHeader(rep.status)
	if r.Method == http.MethodHead || total == 0 {
		return
	}
	if d.truncate > 0 {
		// A body that is shorter than announced makes net/http close the connection, or end
		// the stream: both are an unexpected end for the client.
		total = min(total-1, d.truncate)
	}
	s.drip(w, r, io.LimitReader(io.MultiReader(bytes.NewReader(rep.body), spaces{}), int64(total)), d)
}

// drip sends a body, in pieces if the rule says so.
func (s *Server) drip(w http.ResponseWriter, r *http.Request, body io.Reader, d *delivery) {
	if d.dripBytes == 0 {
		_, _ = io.Copy(w, body) // an error means that the client has gone
		return
	}
	control := http.NewResponseController(w)
	for {
		if _, err := io.CopyN(w, body, int64(d.dripBytes)); err != nil {
			return // the end of the body, or of the connection
		}
		if control.Flush() != nil || !s.hold(r.Context(), d.dripInterval) {
			return
		}
	}
}

// spaces is an endless text of spaces.
type spaces struct{}

// Read fills p with spaces.
func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
