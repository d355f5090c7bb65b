//go:build gopherjs

// Locks of a program with one thread that holds none while it waits: they are never contended, so they need not wait
// either, and what takes them is an ordinary function to the compiler. Where that should be wrong they panic.

package sync

func (m *Mutex) Lock() {
	if m.state != 0 {
		panic("sync: a lock is held by a goroutine that waits")
	}
	m.state = 1
}

func (m *Mutex) TryLock() bool {
	if m.state != 0 {
		return false
	}
	m.state = 1
	return true
}

func (m *Mutex) Unlock() {
	if m.state == 0 {
		panic("sync: unlock of unlocked mutex")
	}
	m.state = 0
}

func (rw *RWMutex) RLock() {
	if rw.w.state != 0 {
		panic("sync: a lock is held by a goroutine that waits")
	}
	rw.w.sema++
}

func (rw *RWMutex) RUnlock() {
	if rw.w.sema == 0 {
		panic("sync: unlock of unlocked mutex")
	}
	rw.w.sema--
}

func (rw *RWMutex) Lock() {
	if rw.w.sema != 0 {
		panic("sync: a lock is held by a goroutine that waits")
	}
	rw.w.Lock()
}

func (rw *RWMutex) Unlock() { rw.w.Unlock() }
