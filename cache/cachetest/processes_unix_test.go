//go:build unix

package cachetest

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
)

// A folder is a store of one partition in files, right but for what its fault changes.
type folder struct {
	dir, fault string
	behind     *cache.Entry
	saves      int
}

func (f *folder) file(name string) string { return filepath.Join(f.dir, name) }

func (f *folder) read() (cache.Entry, error) {
	var e cache.Entry
	text, err := os.ReadFile(f.file("entry"))
	if errors.Is(err, os.ErrNotExist) {
		return e, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	return e, err
}

func (f *folder) Load(ctx context.Context, p cache.Partition) (cache.Entry, error) { return f.read() }

func (f *folder) Save(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
	unlock, err := f.flock(ctx, "saving")
	if err != nil {
		return "", err
	}
	defer unlock()
	if f.fault == "writes behind" && f.behind != nil {
		if err := f.write(*f.behind); err != nil {
			return "", err
		}
	}
	now, err := f.read()
	f.saves++
	if err != nil || now.Version != e.Version && f.fault != "ignores versions" || f.fault == "conflicts with nobody" && f.saves == 3 {
		return "", errors.Join(err, cache.ErrConflict)
	}
	n, _ := strconv.Atoi(now.Version)
	e.Version = strconv.Itoa(n + 1)
	if f.fault == "writes behind" {
		f.behind = &e
		return e.Version, nil
	}
	return e.Version, f.write(e)
}

func (f *folder) write(e cache.Entry) error {
	text, err := json.Marshal(e)
	if err == nil {
		err = os.WriteFile(f.file("new"), text, 0o600)
	}
	return errors.Join(err, os.Rename(f.file("new"), f.file("entry")))
}

func (f *folder) Lock(ctx context.Context, p cache.Partition) (func(), error) {
	name := "lock-" + p.Subject
	switch f.fault {
	case "locks within the process only":
		name += strconv.Itoa(os.Getpid())
	case "locks by a file that is there":
		for ctx.Err() == nil {
			if file, err := os.OpenFile(f.file(name), os.O_CREATE|os.O_EXCL, 0o600); err == nil {
				return func() { os.Remove(f.file(name)) }, file.Close()
			}
			<-time.After(time.Millisecond)
		}
		return nil, ctx.Err()
	case "locks everything":
		name = "lock"
	}
	return f.flock(ctx, name)
}

func (f *folder) flock(ctx context.Context, name string) (func(), error) {
	file, err := os.OpenFile(f.file(name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for ctx.Err() == nil {
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			return func() { file.Close() }, nil
		}
		<-time.After(time.Millisecond)
	}
	return nil, errors.Join(ctx.Err(), file.Close())
}

// Fresh is right unless the store never looks.
func (f *folder) Fresh(ctx context.Context, p cache.Partition, version string) (bool, error) {
	if f.fault == "believes that nothing changes" {
		return true, nil
	}
	e, err := f.read()
	return e.Version == version, err
}

const faultVariable = "LATCHKEY_CACHETEST_FAULT"

func openFolder(_ *testing.T, place string) cache.Store {
	return &folder{dir: place, fault: os.Getenv(faultVariable)}
}

func TestRunProcessesPassesARightStore(t *testing.T) {
	RunProcesses(t, func(t *testing.T) string { return t.TempDir() }, openFolder)
}

func TestEachProcessCheckFails(t *testing.T) {
	if os.Getenv(roleVariable) != "" {
		RunProcesses(t, nil, openFolder)
		return
	}
	noticed := map[string]bool{}
	for _, row := range []struct{ fault, check string }{
		{"locks within the process only", "lock excludes other processes"},
		{"locks everything", "lock excludes other processes"},
		{"locks by a file that is there", "R34 lock ends with its process"},
		{"believes that nothing changes", "other processes' entries are seen"},
		{"ignores versions", "writers in processes lose nothing"},
		{"conflicts with nobody", "lock holders in processes never conflict"},
		{"writes behind", "R34 killed while saving"},
	} {
		noticed[row.check] = true
		t.Setenv(faultVariable, row.fault)
		for i := range processChecks {
			if c := &processChecks[i]; c.name == row.check {
				place := t.TempDir()
				if err := tryProcesses(c, t.Name(), place, openFolder(t, place), 3*time.Second); err == nil {
					t.Errorf("check %q passes a store that %s", c.name, row.fault)
				} else {
					t.Logf("%s: %s: %s", row.fault, c.name, strings.TrimSpace(err.Error()))
				}
			}
		}
	}
	for _, c := range processChecks {
		if !noticed[c.name] {
			t.Errorf("no store fails check %q", c.name)
		}
	}
}
