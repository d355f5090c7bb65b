//go:build !linux && !darwin && !windows

package filecache

// networkFileSystem is not known on this system.
func networkFileSystem(string) string { return "" }
