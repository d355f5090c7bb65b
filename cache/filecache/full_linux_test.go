package filecache

import (
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
)

// TestFullDisk fills a small disk, if this process may mount one; what a disk that is full
// says is in TestFailingDisk too.
func TestFullDisk(t *testing.T) {
	mount := t.TempDir()
	if err := syscall.Mount("tmpfs", mount, "tmpfs", 0, "size=256k,mode=0700"); err != nil {
		t.Logf("there is no small disk here: %v", err)
		return
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(mount, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	s := openStore(t, filepath.Join(mount, "cache"), KeyFileBeside())
	p, other := user("user"), user("another user")
	v := save(t, s, p, "small", "")
	save(t, s, other, "other", "")
	_, err := s.Save(t.Context(), p, cache.Entry{Data: []byte(strings.Repeat("x", 1<<20)), Version: v})
	expectError(t, err, syscall.ENOSPC, s.folder.path(s.sealer.Of(p)), "make room")
	if e := load(t, s, p); string(e.Data) != "small" || e.Version != v {
		t.Errorf("the record became %v", e)
	}
	if e := load(t, s, other); string(e.Data) != "other" {
		t.Errorf("the other partition has %q", e.Data)
	}
	save(t, s, p, "smaller", v) // there is room again
	for _, name := range listNames(t, s) {
		if kindOf(name) == "temporary" {
			t.Errorf("%s is left", name)
		}
	}
	if errors.Is(err, cache.ErrDamaged) {
		t.Error("a full disk passes as damage")
	}
}
