package main

import (
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// An op is one call of what is measured; i counts the calls. Many goroutines may call it.
type op func(i int)

// A pace says how long to measure.
type pace struct {
	rounds int
	slice  time.Duration // of one round of one side
}

var (
	thorough = pace{rounds: 9, slice: 60 * time.Millisecond}
	quick    = pace{rounds: 3, slice: 12 * time.Millisecond}
	tiny     = pace{rounds: 1, slice: time.Microsecond} // for tests
)

// A sample is the cost of one call.
type sample struct{ ns, bytes, allocs float64 }

// A side is one of the things that are compared.
type side struct {
	do      op
	cores   int // 0 means 1
	calls   int // of one round of one core; found out
	samples []sample
	slow    time.Duration // of a call that takes longer than a slice; else 0
}

// patience bounds the rounds of a call that takes longer than a slice by itself.
const patience = time.Second

// compare measures all sides in turn, round after round, so that what disturbs the machine
// disturbs all. It returns the medians; a side without an op has none.
func (p pace) compare(sides ...side) []sample {
	for i := range sides {
		if sides[i].do != nil {
			sides[i].calibrate(p.slice)
		}
	}
	for range p.rounds {
		for i := range sides {
			if s := &sides[i]; s.do != nil && len(s.samples) < p.rounds && s.slow*time.Duration(len(s.samples)) < patience {
				s.samples = append(s.samples, s.run())
			}
		}
	}
	medians := make([]sample, len(sides))
	for i, s := range sides {
		medians[i] = sample{
			median(s.samples, func(s sample) float64 { return s.ns }),
			median(s.samples, func(s sample) float64 { return s.bytes }),
			median(s.samples, func(s sample) float64 { return s.allocs }),
		}
	}
	return medians
}

func median(samples []sample, of func(sample) float64) float64 {
	if len(samples) == 0 {
		return 0
	}
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// calibrate finds how many calls fill a slice. One call that is longer counts as a round.
func (s *side) calibrate(slice time.Duration) {
	s.cores = max(s.cores, 1)
	for s.calls = 1; ; s.calls *= 2 {
		sample := s.run()
		took := time.Duration(sample.ns * float64(s.calls*s.cores))
		if s.calls == 1 && took >= slice {
			s.slow = took
			s.samples = append(s.samples, sample)
		}
		if took >= slice/2 || s.calls >= 1<<24 {
			return
		}
	}
}

// run makes the calls on as many cores as the side has, and no more.
func (s *side) run() sample {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(s.cores))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	started := time.Now()
	if s.cores == 1 {
		for i := range s.calls {
			s.do(i)
		}
	} else {
		var wg sync.WaitGroup
		for core := range s.cores {
			wg.Go(func() {
				from := core * 31337
				for i := range s.calls {
					s.do(from + i)
				}
			})
		}
		wg.Wait()
	}
	took := time.Since(started)
	runtime.ReadMemStats(&after)
	n := float64(s.calls * s.cores)
	return sample{float64(took.Nanoseconds()) / n, float64(after.TotalAlloc-before.TotalAlloc) / n, float64(after.Mallocs-before.Mallocs) / n}
}

// An order is random numbers below a limit, drawn beforehand: drawing costs as much as a hit.
type order []uint32

func randomOrder(limit int) order {
	random := rand.New(rand.NewPCG(1, 2))
	o := make(order, 1<<17)
	for i := range o {
		o[i] = uint32(random.IntN(limit))
	}
	return o
}

func (o order) at(i int) int { return int(o[i&(len(o)-1)]) }

// fill calls each function with the numbers below n, the functions beside one another and
// each in so many goroutines. What they allocate mostly stays, so the collector may wait.
func fill(n, goroutines int, functions ...func(n int)) {
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	var wg sync.WaitGroup
	for _, f := range functions {
		for first := range goroutines {
			wg.Go(func() {
				for i := first; i < n; i += goroutines {
					f(i)
				}
			})
		}
	}
	wg.Wait()
}
