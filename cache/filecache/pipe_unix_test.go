//go:build unix

package filecache

import "syscall"

func plantPipe(path string) error { return syscall.Mkfifo(path, 0o600) }
