//go:build !js

package cachetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/latchkey-auth/latchkey/cache"
)

// The roles of the other processes.
const (
	roleHold      = "hold the lock"
	roleSave      = "save until killed"
	roleWrite     = "increment"
	roleHoldWrite = "increment holding the lock"
)

// play plays a role in a process of its own. If the process that started this one is gone,
// so is this one.
func play(ctx context.Context, role string, s subject) error {
	told := make(chan string)
	go func() {
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			told <- lines.Text()
		}
		os.Exit(1)
	}()
	say := func(text string) { fmt.Println(word + text) }
	p := partition("user")
	switch role {
	case roleHold:
		return playHold(ctx, s, p, say, told)
	case roleSave:
		return playSave(ctx, s, p, say)
	case roleWrite:
		return s.incrementOften(ctx, p, func() {
			say("loaded")
			<-told
		})
	case roleHoldWrite:
		return s.incrementHolding(ctx, p)
	}
	return fmt.Errorf("unknown role %q", role)
}

func playHold(ctx context.Context, s subject, p cache.Partition, say func(string), told <-chan string) error {
	unlock, err := s.lock(ctx, p)
	if err != nil {
		return err
	}
	say("locked")
	<-told
	unlock()
	say("unlocked")
	<-told
	return nil
}

// playSave saves larger and smaller entries, holding the lock, and says which one was saved.
func playSave(ctx context.Context, s subject, p cache.Partition, say func(string)) error {
	if _, err := s.lock(ctx, p); err != nil {
		return err
	}
	e, err := s.Load(ctx, p)
	if err != nil {
		return err
	}
	n, err := wholeNumber(string(e.Data))
	if err != nil {
		return err
	}
	for version := e.Version; ; {
		n++
		if version, err = s.save(ctx, p, wholeEntry(n), version); err != nil {
			return err
		}
		say(strconv.Itoa(n))
	}
}

// wholeEntry is an entry of which no part passes for another one.
func wholeEntry(n int) string {
	return strings.Repeat(strconv.Itoa(n)+" ", 1+n%7*1000) + "."
}

func wholeNumber(data string) (int, error) {
	if data == "" {
		return 0, nil
	}
	digits, _, _ := strings.Cut(data, " ")
	n, err := strconv.Atoi(digits)
	if err != nil || wholeEntry(n) != data {
		return 0, errors.New("store.Load returned what nobody has saved: " + brief(data))
	}
	return n, nil
}

// incrementOften adds to the number in a partition without the lock. between is called when
// it has read the number for the first time.
func (s subject) incrementOften(ctx context.Context, p cache.Partition, between func()) error {
	for done := 0; done < rounds; {
		err := s.increment(ctx, p, between)
		between = runtime.Gosched
		if err == nil {
			done++
		} else if !errors.Is(err, cache.ErrConflict) {
			return err
		}
	}
	return nil
}

// incrementHolding adds to the number in a partition, each time holding the lock.
func (s subject) incrementHolding(ctx context.Context, p cache.Partition) error {
	for i := 0; i < rounds; i++ {
		unlock, err := s.lock(ctx, p)
		if err != nil {
			return err
		}
		err = s.increment(ctx, p, runtime.Gosched)
		unlock()
		if err != nil {
			return fmt.Errorf("holding the lock: %w", err)
		}
	}
	return nil
}
