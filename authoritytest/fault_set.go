package authoritytest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A faultSet is the rules of a server, with their counters.
type faultSet struct {
	some atomic.Bool // whether there are rules at all
	held atomic.Int64

	mu    sync.Mutex
	rules []*faultRule
	made  int // names that the server gave
}

// A faultRule is a rule, as it is matched.
type faultRule struct {
	fault            Fault
	client           string // its client's id
	matched, applied int
}

// A faultMoment is when a rule can act.
type faultMoment int

const (
	momentRequest faultMoment = iota
	momentToken
	momentCallback
	momentListener // not by a request at all
)

func (f *Fault) moment() faultMoment {
	switch {
	case f.Token != nil:
		return momentToken
	case f.Callback != "":
		return momentCallback
	case f.Connection == ConnectionRefuse:
		return momentListener
	}
	return momentRequest
}

// A faultEvent is what rules are matched against.
type faultEvent struct {
	moment                 faultMoment
	endpoint, shape        string
	client, user, grant    string
	scopes                 []string
	now                    time.Time
	refresh                bool      // a refresh token that the server knows is redeemed
	token                  tokenKind // at momentToken
	hasCode, hasState, iss bool      // at momentCallback: what the response has
}

// take counts the event and returns the rule that acts on it, or nil.
func (fs *faultSet) take(e *faultEvent) *FaultStatus {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var winner *faultRule
	for _, r := range fs.rules {
		if !r.fits(e) {
			continue
		}
		r.matched++
		if winner == nil && r.due() {
			winner = r
		}
	}
	if winner == nil {
		return nil
	}
	winner.applied++
	return winner.status()
}

func (r *faultRule) status() *FaultStatus {
	return &FaultStatus{Fault: r.fault, Matched: r.matched, Applied: r.applied}
}

// due reports whether the rule acts on what it has just counted.
func (r *faultRule) due() bool {
	f, n := &r.fault, r.matched-r.fault.Skip
	return n > 0 && n%max(1, f.Every) == 0 && (f.Times == 0 || r.applied < f.Times)
}

func (r *faultRule) fits(e *faultEvent) bool {
	f := &r.fault
	return f.moment() == e.moment && f.active(e.now) && r.possible(e) &&
		(f.Endpoint == "" || f.Endpoint == e.endpoint) &&
		(f.Shape == "" || f.Shape == e.shape) &&
		(r.client == "" || strings.EqualFold(r.client, e.client)) &&
		(f.User == "" || sameName(f.User, e.user)) &&
		(f.Grant == "" || longGrant(f.Grant) == longGrant(e.grant)) &&
		(f.Scope == "" || slices.Contains(e.scopes, f.Scope))
}

// active reports whether the clock is in the rule's window.
func (f *Fault) active(now time.Time) bool {
	return !now.Before(f.From) && (f.Until.IsZero() || now.Before(f.Until))
}

// possible reports whether the effect can be had at all.
func (r *faultRule) possible(e *faultEvent) bool {
	f := &r.fault
	switch {
	case f.Error != nil:
		return e.endpoint != EndpointJWKS && e.endpoint != EndpointNone
	case f.Reuse:
		return e.refresh
	case f.Keys != "":
		return f.Keys == KeysRotate || f.Keys == KeysRotateKeep || e.endpoint == EndpointJWKS
	case f.Token != nil:
		return e.token == tokenKind(f.Token.Kind) || e.token == kindID && f.Token.Kind == ""
	}
	switch f.Callback {
	case CallbackMissingIss:
		return e.iss
	case CallbackWrongState, CallbackMissingState, CallbackRepeatedState:
		return e.hasState
	case CallbackReplayedCode, CallbackForeignCode, CallbackUnknownCode:
		return e.hasCode
	}
	return true
}

// longGrant returns the grant_type that a short name stands for.
func longGrant(name string) string {
	switch name {
	case grantDeviceShort:
		return grantDevice
	case grantBehalfShort:
		return grantJWTBearer
	}
	return name
}

// AddFault adds rules behind those that are there, all or none of them. It may be called
// at any time once the server is started. The error says what to fix.
func (s *Server) AddFault(faults ...Fault) error {
	if _, err := s.addFaults(faults); err != nil {
		return fmt.Errorf("authoritytest: %w", err)
	}
	return nil
}

// InjectFault adds rules for the rest of a test, which fails if they are not right.
func (s *Server) InjectFault(t TB, faults ...Fault) {
	t.Helper()
	names, err := s.addFaults(faults)
	if err != nil {
		t.Fatalf("authoritytest: %v", err)
	}
	t.Cleanup(func() {
		for _, name := range names {
			s.RemoveFault(name)
		}
	})
}

// addFaults adds rules and returns their names.
func (s *Server) addFaults(faults []Fault) ([]string, error) {
	if s.state == nil {
		return nil, errors.New("start the server before AddFault, or set Faults")
	}
	if err := checkFaults(faults, s); err != nil {
		return nil, err
	}
	rules := make([]*faultRule, 0, len(faults))
	for i, f := range faults {
		own, err := copyFault(f)
		if err != nil {
			return nil, fmt.Errorf("%s: it cannot be written as JSON: %w", faultPlace(i, &f), err)
		}
		rules = append(rules, &faultRule{fault: own, client: s.clientID(f.Client)})
	}
	if err := s.faults.add(rules); err != nil {
		return nil, err
	}
	names := make([]string, 0, len(rules))
	for _, r := range rules {
		names = append(names, r.fault.Name)
	}
	s.updateListener()
	return names, nil
}

func (fs *faultSet) add(rules []*faultRule) error {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if len(fs.rules)+len(rules) > maxFaults {
		return fmt.Errorf("there are more than %d rules; remove some first", maxFaults)
	}
	names := map[string]bool{}
	for _, r := range fs.rules {
		names[r.fault.Name] = true
	}
	for _, r := range rules {
		if r.fault.Name != "" && names[r.fault.Name] {
			return fmt.Errorf("there is a rule with the name %s; remove it first", r.fault.Name)
		}
		names[r.fault.Name] = true
	}
	for _, r := range rules {
		for r.fault.Name == "" {
			fs.made++
			if name := "fault-" + strconv.Itoa(fs.made); !names[name] {
				r.fault.Name = name
			}
		}
	}
	fs.rules = append(fs.rules, rules...)
	fs.some.Store(true)
	return nil
}

// RemoveFault removes the rule with a name. It reports whether there was one.
func (s *Server) RemoveFault(name string) bool {
	found := s.faults.remove(func(r *faultRule) bool { return r.fault.Name == name })
	s.updateListener()
	return found
}

// ClearFaults removes all rules.
func (s *Server) ClearFaults() {
	s.faults.remove(func(*faultRule) bool { return true })
	s.updateListener()
}

func (fs *faultSet) remove(which func(*faultRule) bool) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	before := len(fs.rules)
	fs.rules = slices.DeleteFunc(fs.rules, which)
	fs.some.Store(len(fs.rules) > 0)
	return len(fs.rules) < before
}

// FaultStatus returns the rules in the order in which they are asked, with their counters
// of this moment.
func (s *Server) FaultStatus() []FaultStatus {
	list := s.faults.snapshot()
	for i := range list {
		list[i] = list[i].copy()
	}
	return list
}

func (fs *faultSet) snapshot() []FaultStatus {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	list := make([]FaultStatus, 0, len(fs.rules))
	for _, r := range fs.rules {
		list = append(list, *r.status())
	}
	return list
}

// copy returns a status that can be given away.
func (f FaultStatus) copy() FaultStatus {
	own, err := copyFault(f.Fault)
	if err != nil {
		panic(err) // it was made by copyFault
	}
	f.Fault = own
	return f
}
