//go:build js

package jsvalue

import (
	"syscall/js"
)

// Get returns a member of an object: undefined if there is none, if v is no object, or if
// a getter throws.
func Get(v js.Value, name string) (member js.Value) {
	defer func() {
		if recover() != nil {
			member = js.Undefined()
		}
	}()
	if !IsObject(v) {
		return js.Undefined()
	}
	return reflect.Call("get", v, name)
}

// reflect is the page's Reflect. In WebAssembly an exception ends the program, if it comes by
// any other way than a call: js.Value.Get, Set and Index must not meet a page's own objects.
var reflect = js.Global().Get("Reflect")

// IsObject reports whether v has members.
func IsObject(v js.Value) bool {
	return v.Type() == js.TypeObject || v.Type() == js.TypeFunction
}

// JSON returns what JSON.stringify makes of a value; of objects, only the members that names
// lists, which is an array of the page. The error is a [*TypeError] if a string is no text,
// and a [*Thrown] if the value, such as a getter of it, throws.
func JSON(v, names js.Value) (string, error) {
	text, err := Call(js.Global().Get("JSON"), "stringify", v, names)
	if err != nil || text.Type() != js.TypeString {
		return "null", err
	}
	json := text.String()
	if loneSurrogate(json) {
		return "null", &TypeError{"every string", "text, without half characters"}
	}
	return json, nil
}

// loneSurrogate reports whether JSON that the page wrote has a surrogate: it escapes those
// that stand alone, and nothing else above the control characters.
func loneSurrogate(json string) bool {
	for i := 0; i+2 < len(json); i++ {
		if json[i] == '\\' {
			if i++; json[i] == 'u' && json[i+1]|0x20 == 'd' {
				return true
			}
		}
	}
	return false
}

// A TypeError says that a member of an object that the page gave is not what it must be.
type TypeError struct {
	// Name is the member's.
	Name string
	// Want is what it must be, such as "a string".
	Want string
}

// Error names the member and what it must be.
func (e *TypeError) Error() string { return e.Name + " must be " + e.Want }

// Text returns a member that is a string; "" if it is undefined or null.
func Text(v js.Value, name string) (string, error) {
	member := Get(v, name)
	if Nothing(member) {
		return "", nil
	}
	text, ok := String(member)
	if !ok {
		return "", &TypeError{name, "a string of whole characters"}
	}
	return text, nil
}

// String returns v if it is a string without lone surrogates, which no other encoding
// than JavaScript's can say.
func String(v js.Value) (text string, ok bool) {
	if v.Type() != js.TypeString {
		return "", false
	}
	defer func() {
		if recover() != nil {
			text, ok = "", false
		}
	}()
	js.Global().Call("encodeURIComponent", v) // throws on a lone surrogate
	return v.String(), true
}

// Number returns a member that is a finite number, or other if it is undefined or null.
func Number(v js.Value, name string, other float64) (float64, error) {
	member := Get(v, name)
	if Nothing(member) {
		return other, nil
	}
	if member.Type() != js.TypeNumber || member.Float()-member.Float() != 0 {
		return 0, &TypeError{name, "a number"}
	}
	return member.Float(), nil
}

// Flag reports whether a member is true, or something that JavaScript takes for it.
func Flag(v js.Value, name string) bool { return Get(v, name).Truthy() }

// Nothing reports whether v is undefined or null.
func Nothing(v js.Value) bool { return v.IsUndefined() || v.IsNull() }

// A Thrown is an exception of the page, or the reason of a rejected promise. Its message
// is not shown: some browsers put URLs and values in it.
type Thrown struct {
	// Name is the exception's, such as "QuotaExceededError"; empty if it has none.
	Name string
}

// Error names the exception.
func (e *Thrown) Error() string {
	if e.Name == "" {
		return "the page threw an exception"
	}
	return "the page threw " + e.Name
}

// Call calls a method and returns what it throws as a [*Thrown].
func Call(v js.Value, method string, args ...any) (result js.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			result, err = js.Undefined(), caught(p)
		}
	}()
	return v.Call(method, args...), nil
}

// New calls a constructor of the page by its name, as [Call] calls a method.
func New(class string, args ...any) (object js.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			object, err = js.Undefined(), caught(p)
		}
	}()
	return Get(js.Global(), class).New(args...), nil
}

// Set sets a member, as [Call] calls a method.
func Set(v js.Value, name string, member any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = caught(p)
		}
	}()
	reflect.Call("set", v, name, member)
	return nil
}

func caught(p any) error {
	if e, ok := p.(js.Error); ok {
		return thrown(e.Value)
	}
	return &Thrown{}
}

func thrown(reason js.Value) error {
	name, ok := String(Get(reason, "name"))
	if !ok || len(name) > 40 {
		return &Thrown{}
	}
	for i := 0; i < len(name); i++ {
		if c := name[i] | 0x20; c < 'a' || c > 'z' {
			return &Thrown{}
		}
	}
	return &Thrown{name}
}
