package jsengine

import (
	"strconv"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// An object is a JSON object that is being written. The page parses it, which crosses the
// border between Go and JavaScript once.
type object []byte

func (o *object) raw(name, json string) {
	if len(*o) == 0 {
		*o = append(*o, '{')
	} else {
		*o = append(*o, ',')
	}
	*o = jsonscan.AppendString(*o, name)
	*o = append(*o, ':')
	*o = append(*o, json...)
}

func (o *object) text(name, value string) { o.raw(name, jsonscan.Quote(value)) }

// optional leaves out a text that is empty, so that it is undefined.
func (o *object) optional(name, value string) {
	if value != "" {
		o.text(name, value)
	}
}

func (o *object) number(name string, value int64) { o.raw(name, strconv.FormatInt(value, 10)) }
func (o *object) flag(name string, value bool)    { o.raw(name, strconv.FormatBool(value)) }

func (o object) String() string {
	if len(o) == 0 {
		return "{}"
	}
	return string(o) + "}"
}

func (f *failure) json() string {
	var o object
	o.text("class", f.class)
	o.text("errorCode", f.code)
	o.text("errorMessage", f.message)
	o.text("subError", f.suberror)
	o.text("correlationId", f.correlationID)
	if f.class == classInteractionRequired {
		o.text("claims", f.claims)
		o.text("timestamp", f.timestamp)
		o.text("traceId", f.traceID)
	}
	if f.errorNo != 0 {
		o.text("errorNo", strconv.FormatInt(f.errorNo, 10))
	}
	if f.status != 0 {
		o.number("status", int64(f.status))
	}
	return o.String()
}
