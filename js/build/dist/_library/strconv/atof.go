package strconv

import "github.com/gopherjs/gopherjs/js"

var numberShape = js.Global.Get("RegExp").New(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`)

// ParseFloat lets JavaScript do it, without the tables of powers. It takes decimal numbers only: no hexadecimal ones, no
// underscores, no names of infinity.
func ParseFloat(s string, bitSize int) (float64, error) {
	if !numberShape.Call("test", s).Bool() {
		return 0, syntaxError("ParseFloat", s)
	}
	f := js.Global.Call("Number", s).Float()
	if bitSize == 32 {
		f = js.Global.Get("Math").Call("fround", f).Float()
	}
	if f-f != 0 {
		return f, rangeError("ParseFloat", s)
	}
	return f, nil
}
