// Package e2e holds no code: its tests look at Latchkey from outside, with libraries and programs of other people.
// It is a module of its own, so that the library requires none of them.
package e2e
