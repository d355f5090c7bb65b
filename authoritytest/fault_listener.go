package authoritytest

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// A door is the listener of a server, which rules close and open again.
type door struct {
	mu       sync.Mutex // one change at a time
	addr     string     // where it was opened first
	listener net.Listener
	served   chan struct{} // closed when the listener's goroutine has ended
	timer    *time.Timer   // for the next change that the running clock makes
	closed   bool          // for good
}

// reopenAfter is how soon a listener that could not be opened again is tried once more:
// another program may have its port.
const reopenAfter = 50 * time.Millisecond

// listen serves what a listener accepts. It needs the lock.
func (s *Server) listen(listener net.Listener) {
	limit := maxConnections
	if s.MaxConnections > 0 {
		limit = s.MaxConnections
	}
	listener = limitListener(listener, limit)
	served := make(chan struct{})
	s.door.listener, s.door.served = listener, served
	go func() {
		defer close(served)
		var err error
		if s.TLS {
			err = s.http.ServeTLS(listener, "", "")
		} else {
			err = s.http.Serve(listener)
		}
		if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
			return // closed by the server, or by a rule
		}
		select {
		case s.broken <- err:
		default:
		}
	}()
}

// startFaults begins with the rules that the server has from the start. If they are not
// right, the server is closed again.
func (s *Server) startFaults() error {
	if _, err := s.addFaults(s.Faults); err != nil {
		s.Close()
		return fmt.Errorf("authoritytest: %w", err)
	}
	return nil
}

// updateListener closes or opens the listener, as the rules and the clock have it now.
func (s *Server) updateListener() {
	d := &s.door
	d.mu.Lock()
	var told []FaultStatus
	if !d.closed && d.addr != "" {
		told = s.moveDoor(d)
	}
	d.mu.Unlock()
	for _, f := range told {
		s.tellFault(f)
	}
}

// moveDoor returns the rules that have acted.
func (s *Server) moveDoor(d *door) []FaultStatus {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	now := s.Clock.Now()
	refused, next := s.faults.refusing(now)
	if !next.IsZero() {
		d.timer = time.AfterFunc(next.Sub(now), s.updateListener)
	}
	switch {
	case refused && d.listener != nil:
		// Requests that are under way are answered, and their connections closed after it.
		s.http.SetKeepAlivesEnabled(false)
		d.listener.Close()
		<-d.served
		d.listener = nil
		return s.faults.refuse(now)
	case !refused && d.listener == nil:
		listener, err := net.Listen("tcp", d.addr)
		if err != nil {
			d.timer = time.AfterFunc(reopenAfter, s.updateListener)
			return nil
		}
		s.http.SetKeepAlivesEnabled(true)
		s.listen(listener)
	}
	return nil
}

// shut reports whether a rule keeps the listener closed.
func (d *door) shut() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.listener == nil && !d.closed
}

// shutForGood leaves the listener to http.Server.Close, and returns what tells that its
// goroutine has ended.
func (d *door) shutForGood() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	if d.timer != nil {
		d.timer.Stop()
	}
	return d.served
}

// refusing reports whether a rule wants the listener closed, and when that may change by
// itself; the zero time is never.
func (fs *faultSet) refusing(now time.Time) (refused bool, next time.Time) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, r := range fs.rules {
		if r.fault.moment() != momentListener {
			continue
		}
		refused = refused || r.fault.active(now)
		for _, t := range []time.Time{r.fault.From, r.fault.Until} {
			if t.After(now) && (next.IsZero() || t.Before(next)) {
				next = t
			}
		}
	}
	return refused, next
}

// refuse counts that the listener was closed for the first rule that wants it.
func (fs *faultSet) refuse(now time.Time) []FaultStatus {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, r := range fs.rules {
		if r.fault.moment() == momentListener && r.fault.active(now) {
			r.matched++
			r.applied++
			return []FaultStatus{*r.status()}
		}
	}
	return nil
}
