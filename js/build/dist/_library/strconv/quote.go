// Package strconv has what the JavaScript engine's library has in place of functions of the same name.
package strconv

import "github.com/gopherjs/gopherjs/js"

var printShape = js.Global.Get("RegExp").New(`^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$`, "u")

// IsPrint asks JavaScript, which has the tables.
func IsPrint(r rune) bool { return printShape.Call("test", string(r)).Bool() }
