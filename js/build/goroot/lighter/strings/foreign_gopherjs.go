//go:build gopherjs

package strings

import "github.com/gopherjs/gopherjs/js"

func foreign(s, method string) string {
	return js.Global.Get("String").New(s).Call(method).String()
}
