package nodeprovider

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"sync"

	"github.com/latchkey-auth/latchkey/transport"
)

// A wire is a client's way to the provider. It notes what the token endpoint was asked and said.
type wire struct {
	// change may change an answer before the client has it; nil leaves all as they are.
	change func(path string, answer *transport.Response)

	mu        sync.Mutex
	exchanges []exchange
}

// An exchange is a request to the token endpoint and its answer.
type exchange struct {
	form   url.Values
	header transport.Header
	answer map[string]any
}

// text is a member of the answer.
func (e exchange) text(name string) string {
	s, _ := e.answer[name].(string)
	return s
}

func (w *wire) send(ctx context.Context, m *transport.Request) (*transport.Response, error) {
	answer, err := direct(ctx, m)
	if err != nil {
		return nil, err
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(m.URL, issuer), "?")
	if path == "/token" {
		e := exchange{header: m.Header}
		e.form, _ = url.ParseQuery(m.Body)
		_ = json.Unmarshal([]byte(answer.Body), &e.answer)
		w.mu.Lock()
		w.exchanges = append(w.exchanges, e)
		w.mu.Unlock()
	}
	if w.change != nil {
		w.change(path, answer)
	}
	return answer, nil
}

// count says how many requests the token endpoint got.
func (w *wire) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.exchanges)
}

// last is the latest exchange; the zero one if there was none.
func (w *wire) last() exchange {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.exchanges) == 0 {
		return exchange{}
	}
	return w.exchanges[len(w.exchanges)-1]
}
