//go:build unix

package filecache

import (
	"io/fs"
	"os"
	"syscall"
)

// neverWait keeps an open from waiting for the other end of a pipe that somebody planted.
const neverWait = syscall.O_NONBLOCK

const foldersSync = true

// owned reports whether a file belongs to the effective user, or if orRoot to root.
func owned(info fs.FileInfo, orRoot bool) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && (int64(s.Uid) == int64(os.Geteuid()) || orRoot && s.Uid == 0)
}

// openToOthers reports whether the group or everybody may do anything with a file.
func openToOthers(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }

// restrict keeps everybody else out of the folder.
func restrict(_ string, root *os.Root) error {
	info, err := root.Stat(".")
	if err != nil || info.Mode().Perm() == folderMode {
		return err
	}
	return root.Chmod(".", folderMode)
}

// openForReading opens a key file, which must not make the program wait.
func openForReading(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|neverWait, 0)
}
