//go:build unix

package filecache

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
)

// rounds is how often a test repeats what goes by chance: more often with LATCHKEY_SOAK=1.
func rounds(normal, soak int) int {
	if os.Getenv("LATCHKEY_SOAK") == "1" {
		return soak
	}
	return normal
}

// Variables for the test binary when it runs as another process.
const (
	rolePlace = "LATCHKEY_FILECACHE_PLACE"
	roleStep  = "LATCHKEY_FILECACHE_STEP"
)

// again is this test in a process of its own.
func again(t *testing.T, environment ...string) *exec.Cmd {
	return againAs(t, t.Name(), environment...)
}

// againAs is a test in a process of its own.
func againAs(t *testing.T, test string, environment ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$", "-test.count=1")
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	cmd.Env = append(cmd.Env, environment...)
	cmd.Stderr = os.Stderr
	return cmd
}

func killSelf() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func numbered(n int) string { return strings.Repeat(strconv.Itoa(n)+" ", 1+n%5*400) }

// checkKilled fails the test unless the partition is as after a kill: whole, old or new,
// unlocked, and good for another save.
func checkKilled(t *testing.T, dir string, p cache.Partition, old, new int) {
	t.Helper()
	s := openStore(t, dir, KeyFileBeside())
	defer s.Close()
	e := load(t, s, p)
	if data := string(e.Data); data != numbered(old) && data != numbered(new) {
		t.Fatalf("the record is neither %d nor %d: %.20q of %d bytes", old, new, data, len(data))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	unlock, err := s.Lock(ctx, p)
	if err != nil {
		t.Fatalf("the lock is not free: %v", err)
	}
	defer unlock()
	save(t, s, p, numbered(old), e.Version)
}

// TestR34_KilledAtEachStep kills a process before each call that a save makes, and in the
// middle of each write.
func TestR34_KilledAtEachStep(t *testing.T) {
	p := user("user")
	if dir := os.Getenv(rolePlace); dir != "" {
		killedAtStep(t, dir, p)
		return
	}
	dir := filepath.Join(t.TempDir(), "cache")
	s := openStore(t, dir, KeyFileBeside())
	save(t, s, p, numbered(1), "")
	for step := 1; ; step++ {
		cmd := again(t, rolePlace+"="+dir, roleStep+"="+strconv.Itoa(step))
		out, err := cmd.Output()
		checkKilled(t, dir, p, 1, 2)
		if err == nil {
			if step < 10 {
				t.Errorf("a save has %d steps only", step)
			}
			t.Logf("killed at %d steps", step-1)
			break
		}
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("step %d: %v: %s", step, err, out)
		}
	}
	sweepAll(t, s)
}

func killedAtStep(t *testing.T, dir string, p cache.Partition) {
	step, err := strconv.Atoi(os.Getenv(roleStep))
	if err != nil {
		t.Fatal(err)
	}
	s := openStore(t, dir, KeyFileBeside())
	count := 0
	putFaults(s, func(call, name string) error {
		if count++; count == step && call == "write" {
			return errHalf
		}
		if count >= step {
			killSelf()
		}
		return nil
	})
	unlock, err := s.Lock(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	save(t, s, p, numbered(2), load(t, s, p).Version)
	unlock()
}

// errHalf makes a write stop half way; the next call is the process's last.
var errHalf = errors.New("half")

// sweepAll fails the test unless a sweep removes what killed processes left, once it is old.
func sweepAll(t *testing.T, s *Store) {
	t.Helper()
	left := 0
	for _, name := range listNames(t, s) {
		if kindOf(name) == "temporary" {
			left++
			old := time.Now().Add(-2 * temporaryAge)
			if err := os.Chtimes(s.folder.path(name), old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.sweep(t.Context())
	for _, name := range listNames(t, s) {
		if kindOf(name) == "temporary" {
			t.Errorf("%s is left", name)
		}
	}
	t.Logf("%d temporary files were left behind", left)
}

// TestR34_KilledAtRandom kills a process that saves all the time.
func TestR34_KilledAtRandom(t *testing.T) {
	p := user("user")
	if dir := os.Getenv(rolePlace); dir != "" {
		s := openStore(t, dir, KeyFileBeside())
		unlock, err := s.Lock(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		for n, v := 1, load(t, s, p).Version; ; n++ {
			v = save(t, s, p, numbered(n), v)
			fmt.Println("saved", n)
		}
	}
	dir := filepath.Join(t.TempDir(), "cache")
	s := openStore(t, dir, KeyFileBeside())
	save(t, s, p, numbered(0), "")
	for range rounds(50, 500) {
		cmd := again(t, rolePlace+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		saved, lines := 0, bufio.NewScanner(out)
		for range 1 + rand.IntN(12) {
			if !lines.Scan() {
				t.Fatal("the other process ended")
			}
			if _, err := fmt.Sscanf(lines.Text(), "saved %d", &saved); err != nil {
				t.Fatalf("%q: %v", lines.Text(), err)
			}
		}
		_ = cmd.Process.Kill()
		for lines.Scan() { // what it had saved before it died
			_, _ = fmt.Sscanf(lines.Text(), "saved %d", &saved)
		}
		_ = cmd.Wait()
		checkKilled(t, dir, p, saved, saved+1)
	}
	sweepAll(t, s)
}
