//go:build gopherjs

package time

import "github.com/gopherjs/gopherjs/js"

// The real ones divide 64 bits by a billion, which JavaScript does bit by bit.

func runtimeNano() int64 {
	return js.Global.Get("Date").Call("now").Int64() * int64(Millisecond)
}

// Now is not good after the year 2157, from which on a Time has another form.
func Now() Time {
	n := js.Global.Get("Date").Call("now")
	sec, nsec := split(n.Float())
	return Time{hasMonotonic | uint64(sec+unixToInternal-minWall)<<nsecShift | uint64(nsec), n.Int64()*int64(Millisecond) - startNano, Local}
}
