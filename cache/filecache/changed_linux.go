package filecache

import (
	"io/fs"
	"time"

	"golang.org/x/sys/unix"
)

// changed asks for the one thing that a hit needs: os.Root's Lstat costs twice as much.
func (r rooted) changed(name string) (time.Time, error) {
	conn, err := r.dir.SyscallConn()
	if err != nil {
		return time.Time{}, err
	}
	var s unix.Stat_t
	var failed error
	err = conn.Control(func(dir uintptr) {
		for {
			if failed = unix.Fstatat(int(dir), name, &s, unix.AT_SYMLINK_NOFOLLOW); failed != unix.EINTR {
				return
			}
		}
	})
	if err == nil && failed != nil {
		err = &fs.PathError{Op: "fstatat", Path: name, Err: failed}
	}
	return time.Unix(s.Mtim.Unix()), err
}
