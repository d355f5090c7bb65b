package filecache

import "os"

// plantPipe makes a folder: Windows has no pipes among files.
func plantPipe(path string) error { return os.Mkdir(path, 0o700) }
