package main

type secret string

type fields struct {
	text string
	n    int
	big  int64
	f    func() int
	any  any
	list []int
	hide secret
	nest struct{ deep int }
	*below
	beside
}

type below struct{ low int }
type beside struct{ near string }

// pointers is about pointers to fields: of a variable, behind a pointer, of what is embedded.
func pointers() {
	v := fields{text: "a", n: 1, big: 1 << 40, below: &below{2}, beside: beside{"b"}}
	p := &v
	text, n, big := &v.text, &p.n, &v.big
	*text, *n, *big = "c", *n+4, *big+1
	show(p.text, v.n, v.big == 1<<40+1, text == &p.text, n == &v.n, *text)
	f, i, list := &v.f, &p.any, &v.list
	*f, *i, *list = func() int { return *n }, "any", append(*list, 1, 2)
	show(p.f(), v.any, len(p.list))
	hidden := (*string)(&v.hide)
	*hidden = "hidden"
	show(string(v.hide) == "hidden", *(*string)(&p.hide))
	deep, low, near := &v.nest.deep, &p.low, &v.near
	*deep, *low, *near = 7, *low+1, "d"
	show(p.nest.deep, v.below.low, p.beside.near)
	w := v // its fields are others
	*(&w.n) = 9
	show(v.n, w.n, &w.n == &v.n)
	calls := 0
	next := func() *fields { calls++; return p }
	*(&next().n) = 11
	show(v.n, calls)
	defer func() { show(recover() != nil) }()
	var none *fields
	n = &none.n
	show("not here", *n)
}
