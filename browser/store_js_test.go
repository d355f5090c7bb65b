package browser

import (
	"context"
	"errors"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/cache/cachetest"
	"github.com/latchkey-auth/latchkey/internal/fakepage"
	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// TestStoreContract runs in a browser too: load the test program in a page. In Node.js both
// areas are the same fake.
func TestStoreContract(t *testing.T) {
	areas := []Area{Local}
	if inChromium() {
		areas = append(areas, Session)
	}
	for _, area := range areas {
		t.Run(string(area), func(t *testing.T) {
			cachetest.Run(t, func(t *testing.T) cache.Store { return newStore(t, area) })
		})
	}
}

var (
	first  = cache.Partition{Kind: cache.KindUser, Cloud: "cloud", Owner: "client", Subject: "first"}
	second = cache.Partition{Kind: cache.KindUser, Cloud: "cloud", Owner: "client", Subject: "second"}
	third  = cache.Partition{Kind: cache.KindUser, Cloud: "cloud", Owner: "another client", Subject: "first"}
)

func save(t *testing.T, s *Store, p cache.Partition, data string) (name, version string) {
	t.Helper()
	e, err := s.Load(soon(t), p)
	if err != nil {
		t.Fatal(err)
	}
	if version, err = s.Save(soon(t), p, cache.Entry{Data: []byte(data), Version: e.Version}); err != nil {
		t.Fatal(err)
	}
	name, err = s.name(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return name, version
}

func get(s *Store, name string) string { return s.items.Call("getItem", name).String() }

func TestR47_SealedItemsCannotBeMovedOrChanged(t *testing.T) {
	tests := []struct {
		name   string
		change func(s *Store, item string, others map[string]string) string
	}{
		{"R47 of another account", func(_ *Store, _ string, o map[string]string) string { return o["second"] }},
		{"R47 of another client", func(_ *Store, _ string, o map[string]string) string { return o["third"] }},
		{"R47 an older seal under a newer head", func(_ *Store, item string, o map[string]string) string {
			return item[:strings.LastIndexByte(item, '.')] + o["older"][strings.LastIndexByte(o["older"], '.'):]
		}},
		{"R47 a longer life", func(_ *Store, item string, _ map[string]string) string {
			return strings.Replace(item, ".0.", ".99999999999.", 1)
		}},
		{"R47 another account's seal under this head", func(_ *Store, item string, o map[string]string) string {
			return item[:strings.LastIndexByte(item, '.')] + o["second"][strings.LastIndexByte(o["second"], '.'):]
		}},
		{"R47 one character", func(_ *Store, item string, _ map[string]string) string { return item[:len(item)-4] + "AAAA" }},
		{"cut off", func(_ *Store, item string, _ map[string]string) string { return item[:len(item)/2] }},
		{"empty", func(*Store, string, map[string]string) string { return "" }},
		{"another program's", func(*Store, string, map[string]string) string { return `{"token":"theirs"}` }},
		{"dots", func(*Store, string, map[string]string) string { return "AAAAAAAAAAAAAAAA.0.W10.AAAA" }},
		{"hostile head", func(*Store, string, map[string]string) string {
			return "AAAAAAAAAAAAAAAA.0." + strings.Repeat("A", 1<<16) + ".AAAA"
		}},
		{"half characters", func(s *Store, item string, _ map[string]string) string {
			name, _ := s.name(context.Background(), first)
			eval(`arguments[0].setItem(arguments[1], "\ud800" + arguments[2])`, s.items, name, item)
			return ""
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStore(t, Local)
			noticed := 0
			s.Damaged = func(err error) {
				if errors.Is(err, ErrDamaged) {
					noticed++
				}
			}
			name, _ := save(t, s, first, "older data")
			older := get(s, name)
			_, version := save(t, s, first, "data")
			others := map[string]string{"older": older}
			for key, p := range map[string]cache.Partition{"second": second, "third": third} {
				n, _ := save(t, s, p, "theirs")
				others[key] = get(s, n)
			}
			if text := tt.change(s, get(s, name), others); text != "" || tt.name == "empty" {
				s.items.Call("setItem", name, text)
			}
			e, err := s.Load(soon(t), first)
			if err != nil || e.Version != "" || e.Data != nil || noticed == 0 {
				t.Errorf("Load = %v, %v; noticed %d times", e, err, noticed)
			}
			if fresh, err := s.Fresh(soon(t), first, version+"x"); fresh || err != nil {
				t.Errorf("another version is fresh: %v, %v", fresh, err)
			}
			// A sign-in repairs it, and harms nobody else.
			if _, err := s.Save(soon(t), first, cache.Entry{Data: []byte("new")}); err != nil {
				t.Fatal(err)
			}
			for p, want := range map[cache.Partition]string{first: "new", second: "theirs", third: "theirs"} {
				if e, err := s.Load(soon(t), p); err != nil || string(e.Data) != want {
					t.Errorf("%v: %q, %v", p, e.Data, err)
				}
			}
		})
	}
}

func TestR47_AnItemIsOfOneArea(t *testing.T) {
	local := newStore(t, Local)
	session := openStore(t, Session)
	name, _ := save(t, local, first, "data")
	session.items.Call("setItem", name, get(local, name))
	if e, err := session.Load(soon(t), first); err != nil || e.Version != "" {
		t.Errorf("an item of the local storage is good in the session storage: %v, %v", e, err)
	}
}

func TestNothingLegibleIsStored(t *testing.T) {
	s := newStore(t, Local)
	name, _ := save(t, s, first, "a secret token")
	if text := get(s, name); strings.Contains(text, "secret") || strings.Contains(name, "first") {
		t.Errorf("%s: %s", name, text)
	}
	if extractable := s.sealer.key.Get("extractable"); extractable.Bool() {
		t.Error("a script can read the key")
	}
	if text := s.String() + s.GoString(); text != "browser.Store{localStorage}browser.Store{localStorage}" {
		t.Errorf("prints %s", text)
	}
}

// Another key cannot open the items: they are left aside, never an error.
func TestAnotherKey(t *testing.T) {
	s := newStore(t, Local)
	save(t, s, first, "data")
	items := js.Global().Get("localStorage")
	fakepage.Install()
	js.Global().Set("localStorage", items)
	again := openStore(t, Local)
	if e, err := again.Load(soon(t), first); err != nil || e.Version != "" {
		t.Errorf("%v, %v", e, err)
	}
	save(t, again, first, "new")
}

func TestTwoTabsMakeOneKey(t *testing.T) {
	page := fakepage.Install()
	type opened struct {
		s   *Store
		err error
	}
	results := make(chan opened, 8)
	for i := 0; i < cap(results); i++ {
		go func() {
			s, err := ready(context.Background(), Local)
			results <- opened{s, err}
		}()
	}
	var last *Store
	for i := 0; i < cap(results); i++ {
		r := <-results
		if r.err != nil {
			t.Fatal(r.err)
		}
		if last != nil && !last.sealer.key.Equal(r.s.sealer.key) {
			t.Fatal("two keys")
		}
		last = r.s
	}
	if n := page.Get("keys").Get("size").Int(); n != 1 {
		t.Errorf("%d keys", n)
	}
}

// A page that has nothing opens nothing until it begins, and a save begins by itself.
func TestEmptyStoreBegins(t *testing.T) {
	for _, begin := range []bool{true, false} {
		page := fakepage.Install()
		s, err := Open(Session)
		if err != nil || !s.Empty() || s.sealer.done != nil {
			t.Fatalf("%v; or it is not empty, or has begun", err)
		}
		if begin {
			s.Begin()
			<-s.sealer.done
		}
		if made := page.Get("database").Bool(); made != begin {
			t.Errorf("begun: %v, made: %v", begin, made)
		}
		save(t, s, first, "data")
		if s.Empty() {
			t.Error("empty after a save")
		}
		if e, err := openStore(t, Session).Load(soon(t), first); err != nil || string(e.Data) != "data" {
			t.Errorf("%q, %v", e.Data, err)
		}
	}
}

// Who has items waits for nobody to find the key. If it is gone a new one is made, by one page
// at a time: a database is never made without the lock.
func TestKeyOfItems(t *testing.T) {
	const hold = `const page = arguments[0], request = navigator.locks.request;
		request("latchkey.open", {}, () => new Promise(free => { page.free = free }));
		page.waiting = new Promise(waits => { navigator.locks.request = (...args) => (waits(page.database), request(...args)) });`
	for _, tt := range []struct {
		name, change string
		alone        bool // finds it while another page has the lock
		made         bool // the database is there while it waits
	}{
		{"is there", ``, true, true},
		{"gone", `page.keys.clear()`, false, true},
		{"gone with the database", `page.keys.clear(); page.database = false`, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := fakepage.Install()
			save(t, openStore(t, Session), first, "data")
			eval(hold+tt.change, page)
			s, err := Open(Session)
			if err != nil {
				t.Fatal(err)
			}
			s.Begin()
			if !tt.alone {
				made, err := jsvalue.Await(soon(t), page.Get("waiting"))
				if err != nil || made.Bool() != tt.made {
					t.Errorf("made without the lock: %v, %v", made, err)
				}
				page.Call("free")
			}
			if err := s.Ready(soon(t)); err != nil {
				t.Fatal(err)
			}
			if e, err := s.Load(soon(t), first); err != nil || string(e.Data) == "data" != tt.alone {
				t.Errorf("%q, %v", e.Data, err)
			}
			save(t, s, first, "new")
		})
	}
}

func TestQuota(t *testing.T) {
	s := newStore(t, Local)
	name, version := save(t, s, first, "old")
	s.items.Set("limit", 100)
	_, err := s.Save(soon(t), first, cache.Entry{Data: []byte(strings.Repeat("x", 1000)), Version: version})
	if !errors.Is(err, ErrQuota) {
		t.Errorf("%v", err)
	}
	if e, err := s.Load(soon(t), first); err != nil || string(e.Data) != "old" {
		t.Errorf("the old entry: %q, %v (%s)", e.Data, err, name)
	}
}

func TestExpiredItemsAreRemoved(t *testing.T) {
	s := newStore(t, Local)
	now := time.Now().Unix()
	for p, expires := range map[cache.Partition]int64{first: now - 10, second: now + 1000, third: 0} {
		if _, err := s.Save(soon(t), p, cache.Entry{Data: []byte("x"), Expires: expires}); err != nil {
			t.Fatal(err)
		}
	}
	openStore(t, Local)
	if n := s.items.Get("length").Int(); n != 2 {
		t.Errorf("%d items are left", n)
	}
}

func TestUnavailable(t *testing.T) {
	for _, missing := range []string{"localStorage", "indexedDB", "navigator", "AbortController"} {
		t.Run(missing, func(t *testing.T) {
			fakepage.Install()
			old := js.Global().Get(missing)
			eval(`Object.defineProperty(globalThis, arguments[0], {get() { throw new Error("SecurityError") }, configurable: true})`, missing)
			t.Cleanup(func() {
				eval(`Object.defineProperty(globalThis, arguments[0], {value: arguments[1], configurable: true, writable: true})`, missing, old)
			})
			if missing == "AbortController" {
				if _, err := lock(soon(t), "x"); !errors.Is(err, ErrUnavailable) {
					t.Errorf("%v", err)
				}
				return
			}
			if _, err := Open(Local); !errors.Is(err, ErrUnavailable) {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := Open("cookies"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("unknown area: %v", err)
	}
}

// A page that hangs in the middle of its start keeps another one waiting for as long as that
// wants to, and no longer.
func TestStalled(t *testing.T) {
	for _, tt := range []struct{ name, stall string }{
		{"another page makes the key", `navigator.locks.request("latchkey.open", {}, () => (arguments[0](), new Promise(() => {})))`},
		{"no answer", `indexedDB.open = () => (arguments[0](), {})`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fakepage.Install()
			ctx, cancel := context.WithCancelCause(soon(t))
			stalled := js.FuncOf(func(js.Value, []js.Value) any {
				go cancel(ErrStalled)
				return nil
			})
			defer stalled.Release()
			eval(tt.stall, stalled)
			if _, err := ready(ctx, Local); !errors.Is(err, ErrStalled) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestNotes(t *testing.T) {
	s := newStore(t, Session)
	if s.Note("a") != "" || s.SetNote("a", "text") != nil || s.Note("a") != "text" || s.SetNote("a", "") != nil || s.Note("a") != "" {
		t.Error("a note is not kept, or not removed")
	}
}
