//go:build !js

package jsonscan

// maxListed bounds a list: answers and claims have fewer members, and more may be an attempt to fill the memory.
const maxListed = 64

// Members is an object that is asked for many of its members: its Get does not read the whole text each time. The zero
// Members is absent. In a page it is the [Value] itself.
type Members struct {
	Value
	list *[]member // their names decoded; nil: ask the Value. Behind a pointer, because fmt prints unexported fields
}

// Members returns v with a list of its members, if it is an object of at most 64.
func (v Value) Members() Members {
	if v.Kind() != Object {
		return Members{Value: v}
	}
	list := make([]member, 0, 16)
	for m, at := firstMember(v.raw); at > 0; m, at = nextMember(v.raw, at) {
		if len(list) == maxListed {
			return Members{Value: v}
		}
		list = append(list, member{unquote(m.name), m.value})
	}
	return Members{v, &list}
}

// Get is [Value.Get].
func (m Members) Get(name string) Value {
	if m.list == nil {
		return m.Value.Get(name)
	}
	list := *m.list
	for i := len(list) - 1; i >= 0; i-- { // the last of several wins
		if list[i].name == name {
			return list[i].value
		}
	}
	return Value{}
}
