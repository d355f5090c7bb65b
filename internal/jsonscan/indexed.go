package jsonscan

// maxIndexed bounds an index: answers and claims have fewer members, and more may be an attempt to fill the memory.
const maxIndexed = 64

// An index has the members of an object in their order.
type index struct{ members []indexed }

type indexed struct{ name, raw string }

// Indexed returns v in a form whose Get does not read the whole object each time, for an object that is asked for many of
// its members. Of a value that is no object, and of an object of more than 64 members, it is v itself.
func (v Value) Indexed() Value {
	if v.Kind() != Object || v.index != nil {
		return v
	}
	x := &index{make([]indexed, 0, 16)}
	for m, at := firstMember(v.raw); at > 0; m, at = nextMember(v.raw, at) {
		if len(x.members) == maxIndexed {
			return v
		}
		x.members = append(x.members, indexed{unquote(m.name), m.value.raw})
	}
	v.index = x
	return v
}

func (x *index) get(name string) Value {
	for i := len(x.members) - 1; i >= 0; i-- { // the last of several wins
		if x.members[i].name == name {
			return Value{raw: x.members[i].raw}
		}
	}
	return Value{}
}
