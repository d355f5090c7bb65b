// Package jsvalue reads what a page hands over, and waits for what it promises, without
// being stopped by any of it: getters that throw, values of other types, strings that are
// no text, promises that never end (rules R49, R50).
package jsvalue
