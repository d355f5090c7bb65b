package clientkey

import (
	"context"
	"crypto/rand"
	"strconv"
	"sync"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/internal/flight"
)

// maxShelf is for how many audiences assertions are kept: an application of many tenants
// has one for each.
const maxShelf = 1024

// A signed is an assertion and when it is good for, in Unix seconds.
type signed struct {
	jwt         string
	from, until int64
}

// fresh reports whether the assertion will be good when it arrives: not in the last
// fifth of its life, because it travels and clocks differ, and not after the clock was
// set back.
func (s signed) fresh(now int64) bool {
	return s.from <= now && now < s.until-(s.until-s.from)/5
}

// A shelf keeps assertions that may be used again, and has each made once.
type shelf struct {
	flights flight.Group[signed]

	mu   sync.Mutex
	kept map[latchkey.AssertionRequest]signed
}

// assertion is the function behind the credential. The signer runs on its own: it may be
// far away, and a caller can leave before it answers.
func (p *prover) assertion(ctx context.Context, r latchkey.AssertionRequest) (string, error) {
	if r.ClientID == "" || r.Audience == "" {
		return "", &Error{Field: "AssertionRequest", Problem: "names no client or no audience: an assertion for anybody is refused"}
	}
	key := rand.Text() // a flight of one
	if r.Reusable {
		if s, ok := p.shelf.get(r, p.clock().Unix()); ok {
			return s.jwt, nil
		}
		key = strconv.Itoa(len(r.ClientID)) + " " + r.ClientID + " " + strconv.FormatBool(r.LegacyThumbprint) + " " + r.Audience
	}
	s, _, err := p.shelf.flights.Do(ctx, key, func(context.Context) (signed, error) {
		if !r.Reusable {
			return p.sign(r)
		}
		// Somebody may have come back with one since the look above.
		if s, ok := p.shelf.get(r, p.clock().Unix()); ok {
			return s, nil
		}
		s, err := p.sign(r)
		if err == nil {
			p.shelf.put(r, s)
		}
		return s, err
	})
	return s.jwt, err
}

func (h *shelf) get(r latchkey.AssertionRequest, now int64) (signed, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.kept[r]
	return s, ok && s.fresh(now)
}

// put keeps an assertion, instead of the one that ends first if there are too many.
func (h *shelf) put(r latchkey.AssertionRequest, s signed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.kept == nil {
		h.kept = map[latchkey.AssertionRequest]signed{}
	}
	if _, ok := h.kept[r]; !ok && len(h.kept) >= maxShelf {
		var oldest latchkey.AssertionRequest
		first := int64(1<<63 - 1)
		for asked, kept := range h.kept {
			if kept.until < first {
				oldest, first = asked, kept.until
			}
		}
		delete(h.kept, oldest)
	}
	h.kept[r] = s
}
