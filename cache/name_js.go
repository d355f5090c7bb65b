//go:build js

package cache

import "strconv"

// Name returns a text that no other partition has: the [Key] of the partition's fields. It
// is as long as the fields and as hostile as they are, so a store hashes it.
func (p Partition) Name() string {
	return named(string(p.Kind)) + named(p.Cloud) + named(p.Owner) + named(p.Subject)
}

// named is appendField for a page, where texts are cheap to join and arrays are not.
func named(field string) string { return strconv.Itoa(len(field)) + ":" + field }
