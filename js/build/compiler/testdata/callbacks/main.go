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

func main() {
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
