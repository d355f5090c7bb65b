package main

import (
	"runtime"
	"sync"
	"time"
)

func flow() {
	found := ""
outer:
	for i := 0; i < 4; i++ {
		for j := 0; ; j++ {
			switch {
			case pause(j) == 3:
				continue outer
			case i == 3:
				break outer
			case j == i:
				found += number(i) + number(j) + " "
				break
			}
		}
	}
	say(found)
	switch n := pause(2); n {
	case 1:
		say("one")
	case pause(2):
		say("two")
		fallthrough
	case 3:
		say("and three")
	default:
		say("other")
	}
	for i, r := range pause("aé☃") {
		say(number(i) + " " + number(int(pause(r))))
	}
	for i, n := range [...]int{7, 8} {
		say(number(pause(i)) + " " + number(n))
	}
	sum, all := 0, map[string]int{"x": 1, "y": 20, "z": 300}
	for k, v := range all {
		sum += v
		delete(all, pause(k))
	}
	say(number(sum) + " " + number(len(all)))
	var closures []func() int
	for i := 0; i < 3; i++ {
		n := pause(i) * 10
		closures = append(closures, func() int { n++; return pause(n) })
	}
	for _, f := range closures {
		say(number(f()) + " " + number(f()))
	}
	i := 0
again:
	if i < 3 {
		i++
		goto again
	}
	say("goto " + number(i))
	say(number(jump()))
	pointer := &i
	pause(0)
	*pointer += 4
	say(number(i))
}

// jump blocks, and has a goto.
func jump() (n int) {
	defer func() { n += pause(1000) }()
loop:
	n += pause(7)
	for i := 0; i < 3; i++ {
		if n > 40 {
			return n
		}
		n += pause(i)
	}
	goto loop
}

func two() (int, string) { return pause(2), pause("two") }

func both(n int, s string) string { return s + number(n) }

func order() {
	trace := ""
	step := func(name string, v bool) bool { trace += pause(name); return v }
	say(map[bool]string{true: "yes", false: "no"}[step("a", true) && step("b", false) && step("c", true)])
	say(map[bool]string{true: "yes", false: "no"}[step("d", false) || step("e", true) || step("f", true)])
	say(trace)
	say(both(two()))
	n, s := two()
	n, s = n+1, s+number(n)
	say(both(n, s))
	a, b := 1, 2
	a, b = pause(b), pause(a)
	say(number(a) + number(b))
	list := []int{1, 2, 3}
	list[pause(1)], list[0] = list[0], pause(9)
	say(number(list[0]) + number(list[1]) + number(list[2]))
	x, y := func() (x int, y string) { x, y = two(); return x + 1, y }()
	say(both(x, y))
}

func channels() {
	c := make(chan int, 2)
	go func() {
		defer close(c)
		for i := 0; i < 5; i++ {
			c <- i
		}
	}()
	sum := 0
	for n := range c {
		sum += n
	}
	n, ok := <-c
	say(number(sum) + " " + number(n))
	if !ok {
		say("closed")
	}
	structs := make(chan point)
	go func() { p := point{1, 2}; structs <- p; p.x = 9 }()
	say(number((<-structs).x))
	results := make(chan string)
	for i := 0; i < 3; i++ {
		go func(i int) { results <- "x" + number(i * i)[:0] }(i)
	}
	say(<-results + <-results + <-results)
	var nilled chan int
	select {
	case <-nilled:
	default:
		say("nil channel")
	}
}

func selects() {
	a, b, quit := make(chan int), make(chan string), make(chan struct{})
	go func() { a <- 1; b <- "b"; close(quit) }()
	for running := true; running; {
		select {
		case n := <-a:
			say("a" + number(n))
		case s, ok := <-b:
			if ok {
				say(s)
			}
		case <-quit:
			running = false
		}
	}
	select {
	case a <- pause(1):
		say("sent")
	default:
		say("nobody receives")
	}
	go func() { say("got " + number(<-a)) }()
	select {
	case a <- 5:
	case <-make(chan int):
	}
	pause(0)
	try("closed while sending", func() {
		c := make(chan int)
		go close(c)
		select {
		case c <- 1:
		}
	})
	select {
	case <-time.After(time.Millisecond):
		say("timeout")
	case <-make(chan int):
	}
}

func locks() {
	var (
		mu    sync.Mutex
		wg    sync.WaitGroup
		once  sync.Once
		total int
	)
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			mu.Lock()
			defer mu.Unlock()
			before := total
			pause(0)
			total = before + i
			once.Do(func() { say("once") })
		}(i)
	}
	wg.Wait()
	say(number(total))
	var rw sync.RWMutex
	written := make(chan bool)
	rw.RLock()
	rw.RLock()
	go func() { rw.Lock(); total = -1; rw.Unlock(); close(written) }()
	say(number(pause(total)))
	rw.RUnlock()
	rw.RUnlock()
	<-written
	rw.RLock()
	say(number(pause(total)))
	rw.RUnlock()
	ready, cond := false, sync.NewCond(&mu)
	go func() { mu.Lock(); ready = true; mu.Unlock(); cond.Broadcast() }()
	mu.Lock()
	for !ready {
		cond.Wait()
	}
	mu.Unlock()
	say("ready")
}

func timers() {
	late := time.AfterFunc(time.Hour, func() { say("never") })
	fired := make(chan bool)
	time.AfterFunc(2*time.Millisecond, func() { pause(0); close(fired) })
	<-fired
	if late.Stop() {
		say("stopped")
	}
	time.Sleep(time.Millisecond)
	ticker := time.NewTicker(time.Millisecond)
	<-ticker.C
	<-ticker.C
	ticker.Stop()
	runtime.Gosched()
	say("ticked")
}

func goexit() {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() { say("deferred"); pause(0) }()
		runtime.Goexit()
	}()
	<-done
}
