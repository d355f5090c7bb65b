// Program prints what must be the same whatever compiles it: by the Go toolchain, by GopherJS, by GopherJS with our edits.
package main

import (
	"errors"
	"runtime"
	"strconv"
	"strings"
)

func main() {
	for _, test := range []struct {
		name string
		run  func()
	}{
		{"panics", panics}, {"recover", recovers}, {"defers", defers}, {"flow", flow}, {"order", order}, {"channels", channels},
		{"select", selects}, {"timers", timers}, {"structs", structs}, {"methods", methods},
		{"interfaces", interfaces}, {"embedded", embedded}, {"generics", generics}, {"kinds", kinds}, {"pointers", pointers}, {"goexit", goexit}, {"locks", locks},
	} {
		say("== " + test.name)
		test.run()
	}
	say("end")
}

func say(text string) { println(text) }

func number(n int) string { return strconv.Itoa(n) }

// pause blocks, and returns what it is given.
func pause[T any](v T) T {
	c := make(chan T)
	go func() { c <- v }()
	return <-c
}

// try says what f panics with.
func try(name string, f func()) {
	defer func() {
		switch v := recover().(type) {
		case nil:
			say(name + ": no panic")
		case runtime.Error:
			say(name + ": " + plain(v.Error()))
		case error:
			say(name + ": error " + v.Error())
		case string:
			say(name + ": " + v)
		default:
			say(name + ": something else")
		}
	}()
	f()
}

// plain removes from the text of an error what only one of the compilers says.
func plain(text string) string {
	text = strings.TrimPrefix(text, "runtime error: ")
	if i := strings.Index(text, " ["); i >= 0 {
		text = text[:i]
	}
	if strings.HasPrefix(text, "interface conversion") {
		text = "interface conversion"
	}
	if strings.HasPrefix(text, "comparing uncomparable") {
		text = "comparing"
	}
	return text
}

type problem struct{ code int }

func (p problem) Error() string { return "problem " + number(p.code) }

func panics() {
	var (
		list    []int
		pointer *problem
		none    error
		words   map[string]int
		zero    int
	)
	try("string", func() { panic("text") })
	try("error", func() { panic(problem{3}) })
	try("wrapped", func() { panic(errors.Join(problem{1}, problem{2})) })
	try("index", func() { say(number(list[pause(2)])) })
	try("nil pointer", func() { say(number(pointer.code)) })
	try("nil method", func() { say(none.Error()) })
	try("nil map", func() { words["a"] = pause(1) })
	try("division", func() { say(number(1 / zero)) })
	try("type", func() { say(any(1).(string)) })
	try("slice", func() { list = list[pause(1):] })
	try("closed", func() { c := make(chan int); close(c); close(c) })
	try("send on closed", func() { c := make(chan int); close(c); c <- pause(1) })
	try("after a pause", func() { pause(0); panic("late") })
	try("in an argument", func() { say(number(pause(list[5]))) })
	try("none", func() { pause(0) })
}

func recovers() {
	say(number(named(false)) + " " + number(named(true)))
	say(number(unnamed()))
	try("helper", func() {
		defer func() { helper() }()
		panic("a helper cannot recover")
	})
	try("named helper", func() {
		defer helper()
		panic("a deferred one can")
	})
	try("again", func() {
		defer func() { panic("second after " + recover().(string)) }()
		panic("first")
	})
	try("replaced", func() {
		defer func() { panic("replaced") }()
		panic("lost")
	})
	try("nested", func() {
		defer func() {
			try("inner", func() { pause(0); panic("inner panic") })
			say("outer " + recover().(string))
		}()
		panic("outer panic")
	})
	try("outside of a panic", func() {
		if recover() == nil {
			say("nothing to recover")
		}
	})
	try("in between", func() {
		defer say("last")
		defer func() { pause(0); recover() }()
		defer func() { say("first " + pause("deferred")) }()
		panic("recovered in the middle")
	})
	try("deferred while there is a panic", func() {
		defer func() { recover() }()
		defer func() {
			defer func() {
				if recover() == nil {
					say("not this one's panic")
				}
			}()
			pause(0)
		}()
		panic("x")
	})
	var r recoverer
	try("method", func() { defer r.recover(); panic("by a method") })
	try("interface method", func() { defer interface{ recover() }(r).recover(); panic("by an interface") })
	try("function value", func() { f := r.recover; defer f(); panic("by a value") })
	done := make(chan bool)
	go func() {
		defer close(done)
		defer helper()
		pause(0)
		panic("of a goroutine")
	}()
	<-done
}

type recoverer struct{ n int }

func (r recoverer) recover() { say("recovered " + recover().(string)) }

func helper() {
	if v := recover(); v != nil {
		say("helper: " + v.(string))
	}
}

func named(fail bool) (n int) {
	defer func() {
		if recover() != nil {
			n += pause(100)
		}
		n++
	}()
	n = pause(5)
	if fail {
		panic("x")
	}
	return n * 2
}

func unnamed() int {
	defer func() { recover() }()
	pause(0)
	panic("x")
}

func defers() {
	for i := 0; i < 3; i++ {
		i := i
		defer func() { say("deferred " + number(pause(i))) }()
	}
	func() {
		for i := 0; i < 3; i++ {
			defer say("argument " + number(pause(i)))
		}
		say("body")
	}()
	c, m := make(chan int, 1), map[string]int{"a": 1, "b": 2}
	func() {
		defer close(c)
		defer delete(m, "a")
	}()
	_, open := <-c
	say(strconv.FormatBool(open) + " " + number(len(m)))
	say(early(true) + early(false))
}

func early(yes bool) string {
	defer func() { pause(0) }()
	if pause(yes) {
		return "early "
	}
	defer say("only if late")
	return "late"
}
