//go:build js

package jsonscan

// Members is an object that is asked for many of its members. A page has few and small ones.
type Members = Value

// Members returns v.
func (v Value) Members() Members { return v }
