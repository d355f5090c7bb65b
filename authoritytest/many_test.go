package authoritytest

import (
	"context"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"
)

// TestThousandServers has many servers in one process, all at once alive, has people sign
// in at some, and finds no goroutine and no descriptor left behind.
func TestThousandServers(t *testing.T) {
	const n = 1000
	for _, tls := range []bool{false, true} { // the process's keys
		one := start(t, &Server{TLS: tls})
		oidc(t, one).signIn()
		one.Close()
	}
	descriptors() // the first look opens some itself
	goroutines, open := runtime.NumGoroutine(), descriptors()
	servers := make([]*Server, n)
	for i := range servers {
		servers[i] = &Server{TLS: i%10 == 0}
		if err := servers[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for i := 0; i < n; i += n / 20 {
		wg.Go(func() {
			s := servers[i]
			if err := s.NewBrowser().SignIn(context.Background(), s.Directory.Users[0].Username); err != nil {
				t.Errorf("server %d: %v", i, err)
			}
			if r := s.Requests(); len(r) != 2 {
				t.Errorf("server %d saw the requests of another:\n%v", i, r)
			}
		})
	}
	wg.Wait()
	oidc(t, servers[n/2]).signIn()
	for _, s := range servers {
		wg.Go(s.Close)
	}
	wg.Wait()
	if g, o := settled(goroutines, open); g > goroutines || o > open {
		stacks := make([]byte, 1<<16)
		t.Errorf("%d goroutines before and %d after, %d descriptors before and %d after:\n%s", goroutines, g, open, o, stacks[:runtime.Stack(stacks, true)])
	}
}

// settled returns the number of goroutines and of descriptors once they are no more than
// these, or will not become so: what belonged to a closed connection ends a moment later.
func settled(goroutines, open int) (int, int) {
	for end := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
		g, o := runtime.NumGoroutine(), descriptors()
		if g <= goroutines && o <= open || time.Now().After(end) {
			return g, o
		}
	}
}

// descriptors returns how many files and sockets the process has open, where that can be
// read.
func descriptors() int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(list)
}

// BenchmarkNewServer tells how long a test waits for a server that answers.
func BenchmarkNewServer(b *testing.B) {
	for name, tls := range map[string]bool{"http": false, "https": true} {
		b.Run(name, func(b *testing.B) {
			warm := start(b, &Server{TLS: tls}) // the process's keys
			warm.Close()
			var started time.Duration
			for b.Loop() {
				s, begin := &Server{TLS: tls}, time.Now()
				if err := s.Start(); err != nil {
					b.Fatal(err)
				}
				started += time.Since(begin)
				resp, err := s.Client().Get(s.URL() + oidcIssuerPath + discoverySuffix)
				if err != nil {
					b.Fatal(err)
				}
				resp.Body.Close()
				b.StopTimer()
				s.Close()
				b.StartTimer()
			}
			b.ReportMetric(float64(started.Microseconds())/float64(b.N)/1000, "ms-to-Start")
		})
	}
}
