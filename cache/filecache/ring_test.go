package filecache

import (
	"sync"

	"github.com/zalando/go-keyring"
)

// A fakeRing is a keyring in memory.
type fakeRing struct {
	mu    sync.Mutex
	items map[string]string
	why   string        // why it is unavailable
	err   error         // what it says instead of an answer
	hangs chan struct{} // if not nil, it does not answer before this is closed
}

func newFakeRing() *fakeRing { return &fakeRing{items: map[string]string{}} }

func (r *fakeRing) unavailable() string { return r.why }

func (r *fakeRing) get(account string) (string, error) {
	if r.hangs != nil {
		<-r.hangs
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	text, ok := r.items[account]
	if r.err == nil && !ok {
		return "", keyring.ErrNotFound
	}
	return text, r.err
}

func (r *fakeRing) set(account, secret string) error {
	if r.hangs != nil {
		<-r.hangs
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.items[account] = secret
	}
	return r.err
}
