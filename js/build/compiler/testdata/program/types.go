package main

import "errors"

type point struct{ x, y int }

func (p point) sum() int          { return p.x + p.y }
func (p *point) move(by int)      { p.x += by; p.y += by }
func (p point) String() string    { return "(" + number(p.x) + "," + number(p.y) + ")" }
func (p point) waits(n int) int   { return pause(p.x + n) }
func (p *point) pwaits(n int) int { p.x += n; return pause(p.x) }

// NobodyCallsThis is left out, unless reflection could call it.
func (p point) NobodyCallsThis() {}

func (p *point) send(c chan int) { c <- p.x }

type line struct {
	from, to point
	tags     [2]string
	_        int
	class    *point // a word that JavaScript reserves
	more     map[string]int
	f        func() int
	i        any
	n        int64
	err      error
}

func structs() {
	var zero line
	say(zero.from.String() + zero.tags[0] + number(int(zero.n)))
	a := line{from: point{1, 2}, tags: [2]string{"a", "b"}, n: 1 << 40}
	b := a
	b.from.x, b.tags[1] = 9, "changed"
	say(number(a.from.x) + a.tags[1] + number(b.from.x) + b.tags[1])
	if b.n == a.n && a.class == nil && a.more == nil && a.f == nil && a.i == nil && a.err == nil {
		say("nil fields")
	}
	points := append(make([]point, 0, 3), point{1, 2}, point{3, 4})
	p := &points[1]
	points = append(points, point{5, 6})
	copied := points[0]
	copied.x = 100
	p.x = 7
	say(points[0].String() + points[1].String() + copied.String())
	array := [2]point{{1, 1}}
	other := array
	other[0].x = 2
	say(array[0].String() + other[0].String() + array[1].String())
	say(yes(array == other) + yes(array[0] == point{1, 1}) + yes(any(point{1, 2}) == any(point{1, 2})))
	grid := [2][2]point{}
	grid[1][0].move(3)
	say(grid[1][0].String() + grid[0][0].String())
	keyed := map[point]string{{1, 2}: "a"}
	say(keyed[point{1, 2}] + keyed[point{2, 1}])
	anonymous := struct {
		a int
		b point
	}{b: point{8, 8}}
	again := anonymous
	again.b.x++
	say(anonymous.b.String() + again.b.String())
	made := make([]point, 2, 4)
	made = append(made, point{1, 0})
	say(made[1].String() + made[2].String() + number(cap(made)))
	q := new(point)
	*q = pause(point{4, 4})
	q.x++
	say(q.String())
	type local struct{ point }
	say(local{point{2, 3}}.String())
	var none *line
	try("nil struct", func() { say(none.tags[0]) })
	c := a
	c.from.x = pause(50)
	say(a.from.String() + c.from.String())
	empty := struct{}{}
	say(yes(empty == struct{}{}))
}

func yes(b bool) string {
	if b {
		return "yes "
	}
	return "no "
}

type celsius int

func (c celsius) text() string    { return number(int(c)) + "C" }
func (c *celsius) warm()          { *c += celsius(pause(1)) }
func (c celsius) waits(n int) int { return pause(int(c) + n) }

type names []string

func (n names) first() string { return n[0] }
func (n *names) add(s string) { *n = append(*n, s) }

type lookup map[string]int

func (l lookup) has(s string) bool { _, ok := l[s]; return ok }

type call func(int) int

func (c call) twice(n int) int { return c(c(n)) }

func methods() {
	p := point{1, 2}
	value, pointer, expression, pexpression := p.sum, p.move, point.sum, (*point).move
	p.x = 10
	say(number(value()) + " " + number(expression(p)))
	pointer(1)
	pexpression(&p, 1)
	say(p.String())
	waits, pwaits := p.waits, p.pwaits
	say(number(waits(1)) + number(pwaits(1)) + number(pwaits(1)) + number(point.waits(p, 5)))
	t := celsius(20)
	warm := t.warm
	warm()
	t.warm()
	say(t.text() + celsius.text(3) + number(t.waits(1)))
	var n names
	n.add("a")
	n.add(pause("b"))
	say(n.first() + number(len(n)))
	say(yes(lookup{"k": 1}.has("k")))
	say(number(call(func(n int) int { return pause(n) * 3 }).twice(2)))
	var w waiter = &t
	f := w.waits
	t = 1
	say(number(f(1)) + number(waiter.waits(p, 1)))
	sent := make(chan int)
	go p.send(sent)
	say(number(<-sent))
}

type waiter interface{ waits(int) int }

type texter interface{ String() string }

type shape struct{ name string }

func (s shape) String() string { return s.name }
func (s *shape) Unwrap() error { return problem{8} }

type many struct{}

func (many) Error() string   { return "many" }
func (many) Unwrap() []error { return []error{problem{1}, problem{2}} }

type odd struct{}

func (odd) String() int { return 1 }

type marked struct{}

func (marked) mark() {}

func interfaces() {
	for _, v := range []any{1, "s", point{1, 2}, &point{3, 4}, celsius(5), shape{"s"}, &shape{"p"}, many{}, odd{}, marked{}, nil, []int(nil), problem{4}, func() {}} {
		kind := ""
		switch x := v.(type) {
		case nil:
			kind = "nil"
		case int, string:
			kind = "int or string"
		case point:
			kind = "point " + x.String()
		case *shape:
			kind = "shape " + x.name
		case error:
			kind = "error " + x.Error()
		case texter:
			kind = "texter " + pause(x.String())
		case waiter:
			kind = "waiter " + number(x.waits(1))
		case interface{ String() int }:
			kind = "odd " + number(x.String())
		case interface{ mark() }:
			kind = "marked"
		case interface{ unknown(string) }:
			kind = "unknown"
		}
		_, isTexter := v.(texter)
		_, unwraps := v.(interface{ Unwrap() error })
		_, unwrapsMany := v.(interface{ Unwrap() []error })
		say(kind + " " + yes(isTexter) + yes(unwraps) + yes(unwrapsMany))
	}
	err := error(many{})
	say(yes(errors.Is(err, problem{2})) + yes(errors.Is(err, problem{3})))
	var p problem
	say(yes(errors.As(errors.Join(errors.New("x"), err), &p)) + number(p.code))
	try("wrong type", func() { say(any(odd{}).(texter).String()) })
	try("missing", func() { say(any(1).(texter).String()) })
	try("uncomparable", func() { say(yes(any([]int{}) == any([]int{}))) })
	say(yes(any(celsius(1)) == any(1)) + yes(any(nil) == nil) + yes(error(nil) == nil) + yes(error((*fault)(nil)) == nil))
}

type fault struct{}

func (*fault) Error() string { return "fault" }

type base struct{ id int }

func (b base) name() string { return "base " + number(b.id) }
func (b *base) set(id int)  { b.id = pause(id) }
func (b base) Deep() string { return pause("deep") }

type middle struct {
	*base
	texter
	waiter
}

type top struct {
	middle
	extra int
}

func (t top) name() string { return "top of " + t.middle.name() }

func embedded() {
	t := top{middle: middle{base: &base{1}, texter: point{1, 2}, waiter: celsius(4)}}
	t.set(2)
	say(t.name() + t.base.name() + t.String() + number(t.waits(1)) + t.Deep())
	var named interface{ name() string } = t
	say(named.name())
	named = t.middle
	say(named.name())
	var all interface {
		texter
		waiter
		Deep() string
		set(int)
	} = &t
	all.set(3)
	say(all.String() + number(all.waits(2)) + all.Deep() + number(t.id))
	f, g := t.Deep, top.name
	say(f() + g(t))
	same := t
	same.set(7)
	say(number(t.id) + yes(same == t))
	try("nil embedded", func() { say(top{}.String()) })
}

type stack[T any] struct{ items []T }

func (s *stack[T]) push(v T) { s.items = append(s.items, pause(v)) }

func (s stack[T]) Each(f func(T)) {
	for _, v := range s.items {
		f(v)
	}
}

type pair[K comparable, V any] struct {
	key   K
	value V
}

func (p pair[K, V]) get(k K) (v V, ok bool) {
	if k == p.key {
		return p.value, true
	}
	return v, false
}

func transform[A, B any](list []A, f func(A) B) (out []B) {
	for _, a := range list {
		out = append(out, f(a))
	}
	return out
}

func generics() {
	var s stack[string]
	s.push("a")
	s.push("b")
	s.Each(func(v string) { say(pause(v)) })
	p := pair[string, point]{"k", point{1, 2}}
	v, ok := p.get("k")
	w, no := p.get("x")
	say(v.String() + w.String() + yes(ok) + yes(no))
	say(transform([]int{1, 2}, func(n int) string { return number(pause(n) * 2) })[1])
	var each interface{ Each(func(string)) } = s
	each.Each(say)
	_, isInts := any(s).(interface{ Each(func(int)) })
	say(yes(isInts))
}
