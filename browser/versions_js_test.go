package browser

import (
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
)

// What another process's tab has saved may be seen late in the local storage. Nobody who
// loads takes the older entry for the newest one.
func TestLocalStorageThatLags(t *testing.T) {
	s := newStore(t, Local)
	name, _ := save(t, s, first, "old")
	old := get(s, name)
	_, version := save(t, s, first, "new")
	now := get(s, name)

	s.items.Call("setItem", name, old)
	eval(`setTimeout(() => arguments[0].setItem(arguments[1], arguments[2]), 30)`, s.items, name, now)
	if e, err := s.Load(soon(t), first); err != nil || string(e.Data) != "new" || e.Version != version {
		t.Errorf("a change that is seen late: %q, %v", e.Data, err)
	}
	s.items.Call("removeItem", name)
	eval(`setTimeout(() => arguments[0].setItem(arguments[1], arguments[2]), 30)`, s.items, name, now)
	if e, err := s.Load(soon(t), first); err != nil || string(e.Data) != "new" {
		t.Errorf("a new entry that is seen late: %q, %v", e.Data, err)
	}
	var listed []cache.Partition
	s.items.Call("removeItem", name)
	if err := s.List(soon(t), cache.KindUser, "client", func(p cache.Partition) bool { listed = append(listed, p); return true }); err != nil || len(listed) != 1 {
		t.Errorf("listed %v, %v", listed, err)
	}
	s.items.Call("setItem", name, now)
	if _, err := s.Save(soon(t), first, cache.Entry{Version: version}); err != nil {
		t.Fatal(err)
	}
	s.items.Call("setItem", name, now)
	if e, err := s.Load(soon(t), first); err != nil || e.Version != "" {
		t.Errorf("an entry whose removal is seen late: %v, %v", e, err)
	}
	if _, err := s.Save(soon(t), first, cache.Entry{Data: []byte("newer"), Version: version}); err == nil {
		t.Error("a version that was removed is saved over")
	}
}

// A page that ended between the two halves of its save blocks nobody for longer than maxLag.
func TestSaveThatBrokeOff(t *testing.T) {
	s := newStore(t, Local)
	name, before := save(t, s, first, "old")
	old := get(s, name)
	save(t, s, first, "new")
	s.items.Call("setItem", name, old)
	for i := 0; i < 2; i++ {
		if e, err := s.Load(soon(t), first); err != nil || string(e.Data) != "old" || e.Version != before {
			t.Errorf("%q, %v", e.Data, err)
		}
	}
	s.items.Call("removeItem", name)
	if e, err := s.Load(soon(t), first); err != nil || e.Version != "" {
		t.Errorf("nothing is left: %v, %v", e, err)
	}
	save(t, s, first, "again")
}
