//go:build !linux

package filecache

import "time"

func (r rooted) changed(name string) (time.Time, error) {
	info, err := r.root.Lstat(name)
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}
