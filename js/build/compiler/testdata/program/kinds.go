package main

import "errors"

// kinds is about what a type is asked for seldom: nil pointers, methods that are promoted, what may be compared.

type node struct {
	next  *node
	value int
	of    struct{ list []int }
}

func (n *node) length() int {
	if n == nil {
		return 0
	}
	return 1 + n.next.length()
}

func (n *node) String() string { return number(n.length()) }

// show says several values.
func show(values ...any) {
	text := ""
	for _, v := range values {
		switch v := v.(type) {
		case string:
			text += v
		case bool:
			text += yes(v)
		case int:
			text += number(v)
		}
		text += " "
	}
	say(text)
}

type numbered struct{ n int }

func (e numbered) Error() string { return number(e.n) }

type left struct{ id int }

func (left) Name() string   { return "left" }
func (left) Side() string   { return "west" }
func (*left) Point() string { return "pointed" }

type right struct{}

func (right) Name() string { return "right" }

type twins struct {
	left
	right
}

type deep struct{ twins }
type shallow struct {
	deep
	right
	width int
}
type nested struct{ left }
type over struct {
	nested
	right
}
type lofty struct {
	right
	twins
}

type inner struct{ *left }
type outer struct {
	inner
	extra int
}

type tally int

func (t tally) Value() int { return int(t) }
func (t *tally) Add()      { *t++ }

type row [3]tally

func (r row) Value() int { return int(r[0] + r[1] + r[2]) }
func (r *row) Add()      { r[0].Add() }

type key struct {
	a string
	b [2]int
	c any
}

func kinds() {
	var none *node
	show(none.length(), none, (&node{next: &node{}}).length())
	try("field", func() { show(none.value) })
	try("set field", func() { none.value = 1 })
	try("field of a field", func() { show(len(none.of.list)) })
	try("all fields", func() { *none = node{} })
	pointers := map[*node]int{nil: 1, {value: 2}: 2}
	show(pointers[none], len(pointers), none == nil, none == new(node))

	var held any = twins{}
	_, named := held.(interface{ Name() string })
	side, sided := held.(interface{ Side() string })
	_, pointed := held.(interface{ Point() string })
	show(named, sided, side.Side(), pointed)
	held = &twins{}
	_, named = held.(interface{ Name() string })
	p, pointed := held.(interface{ Point() string })
	show(named, pointed, p.Point())
	held = &shallow{}
	_, named = held.(interface{ Name() string })
	s, _ := held.(interface{ Side() string })
	show(named, s.Side(), held.(interface{ Name() string }).Name())
	held = over{}
	show(held.(interface{ Name() string }).Name(), held.(interface{ Side() string }).Side())
	held = lofty{}
	show(held.(interface{ Name() string }).Name(), held.(interface{ Side() string }).Side())
	held = outer{inner{&left{3}}, 4}
	p, pointed = held.(interface{ Point() string })
	show(pointed, p.Point(), held.(interface{ Name() string }).Name())

	n := tally(4)
	held = &n
	held.(interface{ Add() }).Add()
	show(held.(interface{ Value() int }).Value(), int(n))
	held = n
	_, adds := held.(interface{ Add() })
	show(adds)
	r := row{1, 2, 3}
	held = &r
	held.(interface{ Add() }).Add()
	show(held.(interface{ Value() int }).Value(), int(r[0]), row{}.Value())

	keys := map[key]int{{"a", [2]int{1, 2}, 3}: 1}
	keys[key{"a", [2]int{1, 2}, 3}]++
	show(len(keys), keys[key{"a", [2]int{1, 2}, 3}], keys[key{"a", [2]int{1, 2}, "3"}])
	try("slice in a key", func() { keys[key{c: []int{1}}] = 1 })
	var x, y any = struct{ f func() }{}, struct{ f func() }{}
	try("functions", func() { show(x == y) })
	x, y = struct{ n int64 }{1 << 40}, struct{ n int64 }{1 << 40}
	show(x == y, x == held)

	a, b := node{value: 1}, node{value: 2}
	c := a
	a = b
	a.of.list = append(a.of.list, 1)
	show(a.value, c.value, len(b.of.list), len(a.of.list))
	list := []key{{a: "x"}, {a: "y"}, {a: "z"}}
	first := list[0]
	copy(list, list[1:])
	list[1].b[0] = 7
	show(first.a, list[0].a, list[1].a, list[2].a, list[2].b[0])
	var wide [3]complex128
	var big [2]uint64
	wide[1], big[1] = 2i, 1<<63
	show(wide[0] == wide[2], big[0] == 0, big[1]>>62 == 2)
	show(errors.Is(errors.Join(errors.New("one"), error(numbered{3})), numbered{3}))
}
