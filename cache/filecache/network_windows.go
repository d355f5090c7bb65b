package filecache

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// networkFileSystem says whether a folder is on another computer; "" if not.
func networkFileSystem(dir string) string {
	volume, err := windows.UTF16PtrFromString(filepath.VolumeName(dir) + `\`)
	if err != nil || windows.GetDriveType(volume) != windows.DRIVE_REMOTE {
		return ""
	}
	return "network drive"
}
