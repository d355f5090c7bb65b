//go:build js

package browser

import (
	"syscall/js"

	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// A message is what the redirect page says.
type message struct {
	payload string // the fragment or query that it was opened with
	closed  bool   // it is being closed and has nothing to hand over
}

// A listener hears the redirect page of one interaction. Only pages of this origin can post
// to a BroadcastChannel, and only the redirect page is told its name.
type listener struct {
	channel  js.Value
	receive  js.Func
	messages chan message // at most one: an id is good for one answer
}

func listen(id string) (*listener, error) {
	channel, err := jsvalue.New("BroadcastChannel", id)
	if err != nil {
		return nil, ErrUnavailable
	}
	l := &listener{channel: channel, messages: make(chan message, 1)}
	l.receive = jsvalue.Func(func(args []js.Value) any {
		m, ok := readMessage(jsvalue.Get(jsvalue.Arg(args, 0), "data"))
		if ok {
			select {
			case l.messages <- m:
			default:
			}
		}
		return nil
	})
	return l, jsvalue.Set(channel, "onmessage", l.receive)
}

func (l *listener) close() {
	_ = jsvalue.Set(l.channel, "onmessage", js.Null())
	_, _ = jsvalue.Call(l.channel, "close")
	l.receive.Release()
}

// readMessage refuses what is not of the redirect page's protocol.
func readMessage(data js.Value) (m message, ok bool) {
	v, err := jsvalue.Number(data, "v", 0)
	if err != nil || v != 1 {
		return m, false
	}
	if closed := jsvalue.Get(data, "closed"); closed.Type() == js.TypeBoolean && closed.Bool() {
		return message{closed: true}, true
	}
	m.payload, ok = jsvalue.String(jsvalue.Get(data, "payload"))
	return m, ok && len(m.payload) <= maxPayload
}

// maxPayload is the most bytes of an answer that are read (rule R37).
const maxPayload = 64 << 10
