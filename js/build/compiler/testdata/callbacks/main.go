// Callbacks prints how Go functions behave that JavaScript calls.
package main

import "syscall/js"

func say(text string) { println(text) }

func pause(text string) string {
	c := make(chan string)
	go func() { c <- text }()
	return <-c
}

var identity = func(text string) string { return text }

type pair struct {
	first, second js.Value
	f             js.Func
}

// values are handed on without a copy: no assignment may show at a place that has been given one before.
func values() {
	show := func(list ...js.Value) {
		text := "values"
		for _, v := range list {
			text += " " + v.String()
		}
		say(text)
	}
	list := []js.Value{js.ValueOf("a"), js.ValueOf("b"), js.ValueOf("c")}
	first := list[0]
	copy(list, list[1:])
	list[1] = js.Null()
	show(append(list, first)...)
	x := pair{first: first, second: js.ValueOf(2)}
	y, old := pair{first: js.ValueOf("y")}, x.second
	kept := x
	x = y
	y.first = js.Undefined()
	show(old, x.first, x.second, y.first, kept.first, kept.second)
	array := [2]js.Value{first, old}
	other, before := array, array[0]
	array = [2]js.Value{old, first}
	show(before, array[0], other[0], other[1])
	v := js.ValueOf("outside")
	change := func() { v = js.ValueOf("inside") }
	then := v
	change()
	show(then, v)
	held := map[string]js.Value{"k": v}
	v = js.ValueOf("again")
	v = held["k"]
	show(v, func() (result js.Value) { result = v; return }())
	moved := make(chan js.Value, 1)
	moved <- v
	v = first
	show(<-moved, v)
	list = append(list[:1], list...)
	for i, v := range list {
		list[0] = js.ValueOf(i)
		show(v)
	}
}

func main() {
	values()
	call := js.Global().Call("eval", "f => { try { return String(f(1)) } catch (err) { return err.message } }")
	try := func(name string, f func() any) {
		function := js.FuncOf(func(js.Value, []js.Value) any { return f() })
		defer function.Release()
		say(name + ": " + call.Invoke(function).String())
	}
	try("result", func() any { return identity("plain") })
	try("goroutine", func() any {
		go func() { say(pause("later")) }()
		return "at once"
	})
	try("recovered", func() (result any) {
		defer func() { result = "recovered " + recover().(string) }()
		panic(identity("here"))
	})
	pause("")
	done := make(chan bool)
	js.Global().Call("setTimeout", js.FuncOf(func(js.Value, []js.Value) any {
		go func() {
			defer close(done)
			say(pause("from a timer"))
		}()
		return nil
	}), 1)
	<-done
	outcome := make(chan string)
	promise := js.Global().Get("Promise").Call("resolve", "promised")
	promise.Call("then", js.FuncOf(func(_ js.Value, args []js.Value) any {
		go func(text string) { outcome <- text }(args[0].String())
		return nil
	}))
	say(<-outcome)
	thrown := func() (text string) {
		defer func() { text = recover().(error).Error() }()
		js.Global().Call("eval", "(() => { throw new Error('thrown by JavaScript') })()")
		return "nothing"
	}
	say(thrown())
	js.Global().Set("result", js.Undefined())
	wait := make(chan string)
	js.Global().Call("setTimeout", js.FuncOf(func(js.Value, []js.Value) any {
		wait <- "" // nobody waits here: a callback cannot block
		return nil
	}), 20)
	js.Global().Get("process").Call("once", "uncaughtException", js.FuncOf(func(_ js.Value, args []js.Value) any {
		say(args[0].Get("message").String())
		js.Global().Get("process").Call("exit", 0)
		return nil
	}))
	pause("")
	<-make(chan int)
}
