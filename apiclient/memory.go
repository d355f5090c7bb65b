package apiclient

import (
	"sync"
	"time"
)

// A memory knows what tokens were refused for, so that the same challenge starts no second renewal within a minute
// (rule R42). It goes by the tokens' hashes: two requests with one token are of one user, whatever the source does.
type memory struct {
	mu     sync.Mutex
	tokens map[string][]meeting
}

// A meeting is a challenge that a token was refused with, or was got in answer to.
type meeting struct {
	challenge string
	at        time.Time
	err       error // why there is no answer to it
}

const (
	// memorySpan is how long a meeting counts.
	memorySpan = time.Minute

	// maxMeetings bounds the renewals that a resource can cause within memorySpan by making up new challenges.
	maxMeetings = 10

	// maxRemembered bounds the tokens in the memory.
	maxRemembered = 4096
)

func (m meeting) counts(now time.Time) bool {
	age := now.Sub(m.at)
	return age >= 0 && age < memorySpan
}

// meeting returns the token's last meeting with the challenge, if there was one.
func (m *memory) meeting(now time.Time, challenge, token string) (met meeting, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, met := range m.tokens[token] {
		if met.challenge == challenge && met.counts(now) {
			return met, true
		}
	}
	return meeting{}, false
}

// has reports whether the token has met the challenge.
func (m *memory) has(now time.Time, challenge, token string) bool {
	_, ok := m.meeting(now, challenge, token)
	return ok
}

// full reports whether the tokens were renewed too often.
func (m *memory) full(now time.Time, tokens ...string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.join(now, tokens)) >= maxMeetings
}

// join returns what the tokens have met, each challenge once. The caller holds the lock.
func (m *memory) join(now time.Time, tokens []string) []meeting {
	var all []meeting
	known := map[string]bool{}
	for _, token := range tokens {
		for _, met := range m.tokens[token] {
			if met.counts(now) && !known[met.challenge] {
				known[met.challenge] = true
				all = append(all, met)
			}
		}
	}
	return all
}

// add lets all of the tokens, each of which came after the other, have met what any has, and met.
func (m *memory) add(now time.Time, met meeting, tokens ...string) {
	met.at = now
	m.mu.Lock()
	defer m.mu.Unlock()
	all := append([]meeting{met}, m.join(now, tokens)...)
	if m.tokens == nil {
		m.tokens = map[string][]meeting{}
	}
	m.makeRoom(now, len(tokens))
	for _, token := range tokens {
		m.tokens[token] = all
	}
}

// makeRoom forgets what does not count any more and then, if that is not enough, anything, until the memory is half
// empty: it must not look at all of it each time.
func (m *memory) makeRoom(now time.Time, n int) {
	if len(m.tokens)+n <= maxRemembered {
		return
	}
	for token, all := range m.tokens {
		if !all[0].counts(now) { // the youngest comes first
			delete(m.tokens, token)
		}
	}
	for token := range m.tokens {
		if len(m.tokens) <= maxRemembered/2 {
			return
		}
		delete(m.tokens, token)
	}
}
