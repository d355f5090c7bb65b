//go:build !js

package cache

// Name returns a text that no other partition has: the [Key] of the partition's fields. It
// is as long as the fields and as hostile as they are, so a store hashes it.
func (p Partition) Name() string {
	var buf [128]byte
	return string(p.AppendName(buf[:0]))
}
