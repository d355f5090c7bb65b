// Changed would change values that are handed on without a copy. Each line that is refused says so.
package main

import "syscall/js"

type holder struct {
	js.Value
	list [2]js.Value
}

func main() {
	var v js.Value
	p := new(js.Value)
	*p = v  // refused
	q := &v // refused
	h := &holder{}
	r := &h.Value          // refused
	s := &h.list[1]        // refused
	t := &[]js.Value{v}[0] // refused
	h.Value, h.list[0] = v, v
	h.list = [2]js.Value{*p, *q}
	u := &js.Value{}
	println(r, s, t, u, h)
}
