// Package jsonscan reads and writes JSON (RFC 8259) without reflection.
//
//	v, err := jsonscan.Parse(body)
//	...
//	code, isString := v.Get("error").Text()
//	seconds, isWhole := v.Get("expires_in").Int()
//
// [Parse] checks a whole text once; a [Value] is a view on a piece of it and costs nothing until it is asked. So absent,
// null, a number and a number in a string stay distinct, which matters because authorities mix them, and unknown members
// can be kept as they are ([Value.Raw]). Programs that may import encoding/json do not need this package; in a page that
// would cost 244 KB.
//
// It accepts what encoding/json accepts and decodes it to the same values, except that nesting is limited to 64 levels.
// Names are case-sensitive, and the last of several members with one name wins. The caller limits the size of the text,
// which lives as long as any Value or undecoded string that was taken from it.
package jsonscan

// A Kind is what a [Value] is.
type Kind uint8

// The kinds of JSON values; Absent is a member that is not there, an invalid lookup, or the zero Value.
const (
	Absent Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// String returns the kind as RFC 8259 calls it, or "absent".
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case Bool:
		return "boolean"
	case Number:
		return "number"
	case String:
		return "string"
	case Array:
		return "array"
	case Object:
		return "object"
	}
	return "absent"
}

// A Value is a view on one value of a parsed text. The zero Value is absent. It is immutable, safe for concurrent use,
// and comparable with == only by its text. It prints as its kind, because its text may hold a secret.
type Value struct {
	raw string // one valid JSON value without space around it, or ""
}

// Kind returns what v is.
func (v Value) Kind() Kind {
	if v.raw == "" {
		return Absent
	}
	switch v.raw[0] {
	case 'n':
		return Null
	case 't', 'f':
		return Bool
	case '"':
		return String
	case '[':
		return Array
	case '{':
		return Object
	}
	return Number
}

// Exists reports whether v is not absent. A null exists.
func (v Value) Exists() bool { return v.raw != "" }

// Raw returns the JSON text of v as it was received, without the space around it; "" if v is absent.
func (v Value) Raw() string { return v.raw }

// String returns the name of v's kind. See [Value.Text] for the content of a string and [Value.Raw] for the JSON text.
func (v Value) String() string { return "jsonscan[" + v.Kind().String() + "]" }

// GoString is the same as String.
func (v Value) GoString() string { return v.String() }
