// Package dce is of GopherJS. This file of ours is added to it by js/build/compiler.
package dce

import "strings"

// called says whether nobody need ask for a method: an exported one that is called by who is no declaration.
func (s *Selector[D]) called(filter string) bool {
	name, exported := strings.CutPrefix(filter, ".")
	return exported && s.Called != nil && s.Called(name)
}

// calls returns the filters of the exported methods whose names are in a declaration's code.
func calls(decl any) []string {
	d, ok := decl.(interface{ Names() []string })
	if !ok {
		return nil
	}
	names := d.Names()
	filters := make([]string, len(names))
	for i, name := range names {
		filters[i] = "." + name
	}
	return filters
}
