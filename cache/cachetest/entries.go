package cachetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/latchkey-auth/latchkey/cache"
)

func checkAbsent(ctx context.Context, s subject) error {
	return first(s.expectAbsent(ctx, partition("nobody")), s.expectAbsent(ctx, cache.Partition{}))
}

func checkSaveAndLoad(ctx context.Context, s subject) error {
	p := partition("user")
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	version := ""
	for _, e := range []cache.Entry{
		{Data: []byte("x")},
		{Data: all, Expires: 1 << 40},
		{Data: []byte(`{"a":1}`), Expires: 4102444800},
		{Data: []byte("\x00")},
	} {
		e.Version = version
		v, err := s.Save(ctx, p, e)
		if err != nil {
			return fmt.Errorf("store.Save: %w", err)
		}
		got, err := s.Load(ctx, p)
		switch {
		case err != nil:
			return fmt.Errorf("store.Load: %w", err)
		case string(got.Data) != string(e.Data):
			return fmt.Errorf("store.Load returned other data than was saved: %s, want %s", brief(string(got.Data)), brief(string(e.Data)))
		case got.Expires != e.Expires:
			return fmt.Errorf("store.Load returned Expires %d, want %d", got.Expires, e.Expires)
		case v == "" || got.Version != v:
			return fmt.Errorf("store.Load returned version %q, Save returned %q", got.Version, v)
		}
		version = v
	}
	return nil
}

func checkVersions(ctx context.Context, s subject) error {
	p := partition("user")
	seen := map[string]bool{}
	version := ""
	for i := 0; i < 10; i++ {
		v, err := s.save(ctx, p, "always the same", version)
		if err != nil {
			return err
		}
		if seen[v] {
			return fmt.Errorf("store.Save returned version %q again", v)
		}
		seen[v] = true
		version = v
	}
	return s.expect(ctx, p, "always the same", version)
}

func checkConflict(ctx context.Context, s subject) error {
	p := partition("user")
	v1, err := s.save(ctx, p, "one", "")
	if err != nil {
		return err
	}
	v2, err := s.save(ctx, p, "two", v1)
	if err != nil {
		return err
	}
	return first(
		s.expectConflict(ctx, p, "three", v1),
		s.expect(ctx, p, "two", v2),
		s.expectConflict(ctx, p, "three", "no such version"),
		s.expect(ctx, p, "two", v2),
	)
}

func checkConflictOnCreation(ctx context.Context, s subject) error {
	p := partition("user")
	if err := first(
		s.expectConflict(ctx, p, "one", "a version of nothing"),
		s.expectAbsent(ctx, p),
	); err != nil {
		return err
	}
	v, err := s.save(ctx, p, "one", "")
	if err != nil {
		return err
	}
	return first(s.expectConflict(ctx, p, "two", ""), s.expect(ctx, p, "one", v))
}

func checkRemove(ctx context.Context, s subject) error {
	p, other := partition("user"), partition("another user")
	vo, err := s.save(ctx, other, "other", "")
	if err != nil {
		return err
	}
	for _, none := range [][]byte{nil, {}} {
		v, err := s.save(ctx, p, "one", "")
		if err != nil {
			return err
		}
		v, err = s.Save(ctx, p, cache.Entry{Data: none, Version: v})
		if err != nil || v != "" {
			return fmt.Errorf(`store.Save of an entry without data returned version %q and error %v, want "" and none`, v, err)
		}
		if err := s.expectAbsent(ctx, p); err != nil {
			return fmt.Errorf("after removal: %w", err)
		}
	}
	if v, err := s.Save(ctx, p, cache.Entry{}); err != nil || v != "" {
		return fmt.Errorf(`removing what is not there returned version %q and error %v, want "" and none`, v, err)
	}
	return first(s.expectAbsent(ctx, p), s.expect(ctx, other, "other", vo))
}

func checkRemoveConflict(ctx context.Context, s subject) error {
	p := partition("user")
	v1, err := s.save(ctx, p, "one", "")
	if err != nil {
		return err
	}
	v2, err := s.save(ctx, p, "two", v1)
	if err != nil {
		return err
	}
	return first(
		s.expectConflict(ctx, p, "", v1),
		s.expectConflict(ctx, p, "", ""),
		s.expect(ctx, p, "two", v2),
	)
}

func checkRemovedStaysRemoved(ctx context.Context, s subject) error {
	p := partition("user")
	old, err := s.save(ctx, p, "one", "")
	if err != nil {
		return err
	}
	if _, err := s.save(ctx, p, "", old); err != nil {
		return err
	}
	if err := first(
		s.expectConflict(ctx, p, "renewed", old),
		s.expectConflict(ctx, p, "", old),
		s.expectAbsent(ctx, p),
	); err != nil {
		return err
	}
	v, err := s.save(ctx, p, "one", "")
	if err != nil {
		return err
	}
	if v == old {
		return errors.New("an entry that was removed and made anew has its old version again")
	}
	return first(s.expectConflict(ctx, p, "renewed", old), s.expect(ctx, p, "one", v))
}

func checkDataIsCopied(ctx context.Context, s subject) error {
	p := partition("user")
	data := []byte("original")
	v, err := s.Save(ctx, p, cache.Entry{Data: data})
	if err != nil {
		return fmt.Errorf("store.Save: %w", err)
	}
	copy(data, "scratched")
	if err := s.expect(ctx, p, "original", v); err != nil {
		return fmt.Errorf("after the caller changed what it had saved: %w", err)
	}
	e, err := s.Load(ctx, p)
	if err != nil {
		return fmt.Errorf("store.Load: %w", err)
	}
	copy(e.Data, "scratched")
	if err := s.expect(ctx, p, "original", v); err != nil {
		return fmt.Errorf("after the caller changed what it had loaded: %w", err)
	}
	return nil
}

func checkLargeEntries(ctx context.Context, s subject) error {
	p := partition("user")
	version := ""
	for _, size := range []int{1<<16 + 1, 1<<20 + 12345, 1} {
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(i ^ i>>8 ^ i>>16)
		}
		v, err := s.save(ctx, p, string(data), version)
		if err != nil {
			return fmt.Errorf("%d bytes: %w", size, err)
		}
		if err := s.expect(ctx, p, string(data), v); err != nil {
			return fmt.Errorf("%d bytes: %w", size, err)
		}
		version = v
	}
	return nil
}

func checkDoneContext(ctx context.Context, s subject) error {
	p := partition("user")
	v, err := s.save(ctx, p, "one", "")
	if err != nil {
		return err
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.Load(done, p); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("store.Load with a cancelled context returned error %v, want context.Canceled", err)
	}
	if _, err := s.Save(done, p, cache.Entry{Data: []byte("two"), Version: v}); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("store.Save with a cancelled context returned error %v, want context.Canceled", err)
	}
	if unlock, err := s.Lock(done, p); !errors.Is(err, context.Canceled) || unlock != nil {
		return fmt.Errorf("store.Lock with a cancelled context returned error %v, want context.Canceled and no function", err)
	}
	if l, ok := s.Store.(cache.Lister); ok {
		err := l.List(done, p.Kind, p.Owner, func(cache.Partition) bool { return true })
		if !errors.Is(err, context.Canceled) {
			return fmt.Errorf("store.List with a cancelled context returned error %v, want context.Canceled", err)
		}
	}
	if f, ok := s.Store.(cache.Freshener); ok {
		if _, err := f.Fresh(done, p, v); !errors.Is(err, context.Canceled) {
			return fmt.Errorf("store.Fresh with a cancelled context returned error %v, want context.Canceled", err)
		}
	}
	return s.expect(ctx, p, "one", v)
}
