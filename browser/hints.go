//go:build js

package browser

import (
	"syscall/js"

	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// Hints tell the other tabs of a client that something in the storage has changed. They
// carry nothing else, and any script of this origin can send one: whoever hears one reads
// the storage again (rule R47).
type Hints struct {
	clientID string
	channel  js.Value
	receive  js.Func
}

// Listen begins to listen. heard is called in the page's event loop: it must not block.
func Listen(clientID string, heard func()) (*Hints, error) {
	channel, err := jsvalue.New("BroadcastChannel", "latchkey.hints.1")
	if err != nil {
		return nil, ErrUnavailable
	}
	h := &Hints{clientID: clientID, channel: channel}
	h.receive = jsvalue.Func(func(args []js.Value) any {
		data := jsvalue.Get(jsvalue.Arg(args, 0), "data")
		if client, err := jsvalue.Text(data, "client"); err == nil && client == clientID {
			heard()
		}
		return nil
	})
	return h, jsvalue.Set(channel, "onmessage", h.receive)
}

// Send gives the other tabs a hint. It does not block.
func (h *Hints) Send() {
	_, _ = jsvalue.Call(h.channel, "postMessage", map[string]any{"client": h.clientID})
}

// Close ends the listening.
func (h *Hints) Close() {
	_ = jsvalue.Set(h.channel, "onmessage", js.Null())
	_, _ = jsvalue.Call(h.channel, "close")
	h.receive.Release()
}
