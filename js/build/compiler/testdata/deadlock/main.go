// Deadlock ends with all goroutines asleep.
package main

func main() {
	c := make(chan int)
	go func() { c <- 1 }()
	println("received", <-c)
	<-c
}
