package jsonscan

import "errors"

var errNotObject = errors.New("jsonscan: merge: a value is not an object")

// Merge returns the members of two objects as the text of one: a's in their order, then those that only b has. Objects
// of the same name are merged likewise; of anything else b's value wins, a null and an array included. An absent Value
// counts as an empty object; any other kind is an error.
//
// The text has no space in it, each name once per object, valid UTF-8, and numbers as they were written.
func Merge(a, b Value) (string, error) {
	if a.Exists() && a.Kind() != Object || b.Exists() && b.Kind() != Object {
		return "", errNotObject
	}
	return string(appendObject(make([]byte, 0, len(a.raw)+len(b.raw)+2), a, b)), nil
}

// appendMerged appends one value: b if it exists, else a, and the members of both if they are objects.
func appendMerged(out []byte, a, b Value) []byte {
	if !b.Exists() {
		a, b = Value{}, a
	}
	switch b.Kind() {
	case Object:
		return appendObject(out, a, b)
	case Array:
		return appendArray(out, b)
	case String:
		text, _ := b.Text()
		return AppendString(out, text)
	}
	return append(out, b.raw...)
}

func appendArray(out []byte, v Value) []byte {
	out = append(out, '[')
	first := true
	v.Items(func(item Value) bool {
		if !first {
			out = append(out, ',')
		}
		first = false
		out = appendMerged(out, Value{}, item)
		return true
	})
	return append(out, ']')
}

func appendObject(out []byte, a, b Value) []byte {
	type pair struct {
		name string
		a, b Value
	}
	var pairs []pair
	// By index and not by linear search, so that an object with 100 000 names costs no 10 billion comparisons.
	index := map[string]int{}
	find := func(name string) int {
		i, ok := index[name]
		if !ok {
			i = len(pairs)
			index[name] = i
			pairs = append(pairs, pair{name: name})
		}
		return i
	}
	a.Each(func(name string, v Value) bool {
		i := find(name)
		pairs[i].a = v
		return true
	})
	b.Each(func(name string, v Value) bool {
		i := find(name)
		pairs[i].b = v
		return true
	})
	out = append(out, '{')
	for i := range pairs {
		if i > 0 {
			out = append(out, ',')
		}
		out = AppendString(out, pairs[i].name)
		out = append(out, ':')
		out = appendMerged(out, pairs[i].a, pairs[i].b)
	}
	return append(out, '}')
}
