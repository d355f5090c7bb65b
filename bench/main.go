// Command bench measures Latchkey beside MSAL Go and golang.org/x/oauth2, in one process and
// on one faked wire:
//
//	go run ./bench           the table
//	go run ./bench --quick   the same with fewer rounds, within 40 s
//	go run ./bench --json    the rows
//	go run ./bench --only silent
//	go run ./bench --markdown bench/README.md    the table goes into that file
//
// What the rows mean is in README.md.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
)

func main() {
	asJSON := flag.Bool("json", false, "print the rows as JSON")
	less := flag.Bool("quick", false, "fewer and shorter rounds")
	only := flag.String("only", "", "measure groups whose name begins so: "+strings.Join(groupNames(full), ", "))
	markdown := flag.String("markdown", "", "put the table into this `file`, in the place of the one between its two comments")
	profile := flag.String("cpuprofile", "", "write a CPU profile to this `file`")
	flag.Parse()
	p := thorough
	if *less {
		p = quick
	}
	if *profile != "" {
		f := must(os.Create(*profile))
		defer f.Close()
		check(pprof.StartCPUProfile(f))
		defer pprof.StopCPUProfile()
	}
	rows := measure(p, full, *only)
	if *asJSON {
		check(printJSON(os.Stdout, rows))
		return
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s, %s/%s, %d cores, medians of %d rounds\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), p.rounds)
	check(printTable(&text, rows))
	if *markdown == "" {
		must(os.Stdout.Write(text.Bytes()))
		return
	}
	file := must(os.ReadFile(*markdown))
	check(os.WriteFile(*markdown, []byte(must(replaceTable(string(file), text.String()))), 0o644))
}

// A size says how much there is to search.
type size struct {
	users, tenants, fileUsers                              []int
	resources, sessions, callers, accounts, writing, calls int
}

var full = size{
	users: []int{1, 100, 10_000, 100_000}, tenants: []int{1, 1_000, 10_000}, fileUsers: []int{1, 1_000, 10_000},
	resources: 1_000, sessions: 10_000, callers: 1_000, accounts: 10_000, writing: 10_000, calls: 20_000,
}

type group struct {
	name string
	rows func(p pace) []row
}

// groups lists what is measured. Each makes its clients itself, and leaves nothing.
func groups(s size) []group {
	var all []group
	add := func(name string, rows func(p pace) []row) { all = append(all, group{name, rows}) }
	add("control", control)
	for _, n := range s.users {
		add("silent", func(p pace) []row { return silentRows(p, n, n == s.writing) })
	}
	for _, n := range s.tenants {
		add("app", func(p pace) []row { return tenantRows(p, n) })
	}
	add("app", func(p pace) []row { return resourceRows(p, s.resources) })
	add("on-behalf-of", func(p pace) []row { return onBehalfOfRows(p, s.sessions) })
	for _, n := range s.fileUsers {
		add("file", func(p pace) []row { return fileRows(p, n) })
	}
	all = append(all, redisGroups(s.fileUsers)...)
	add("expired", func(p pace) []row { return expiredRows(p, s.callers) })
	add("redeem", redeemRows)
	add("certificate", certificateRows)
	add("partitioned", func(pace) []row { return partitionedRows(64, 64, s.calls) })
	add("heap", func(pace) []row { return heapRows(s.accounts) })
	return all
}

func groupNames(s size) []string {
	var list []string
	for _, g := range groups(s) {
		if len(list) == 0 || list[len(list)-1] != g.name {
			list = append(list, g.name)
		}
	}
	return list
}

func measure(p pace, s size, only string) []row {
	var rows []row
	for _, g := range groups(s) {
		if strings.HasPrefix(g.name, only) {
			debug.FreeOSMemory() // what the group before held
			rows = append(rows, g.rows(p)...)
		}
	}
	return rows
}
