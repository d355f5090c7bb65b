// Command testlog runs a test command, prints what failed and nothing else, and fails if a test was skipped.
//
//	testlog go test -json ./...
//	testlog gopherjs test -v ./cache
//
// It reads the JSON of go test and the plain text of a verbose test binary. Its last line counts the tests. If
// TESTLOG_COUNT names a file, it appends "passed failed" to it. The exit status is 0 only if the command succeeded,
// at least one test ran, and none was skipped.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: testlog command [argument ...]")
		os.Exit(2)
	}
	ok, err := run(os.Args[1:], os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testlog:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// run starts the command, follows its output and reports whether everything passed.
func run(args []string, w io.Writer) (bool, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stderr = w
	out, err := cmd.StdoutPipe()
	if err != nil {
		return false, err
	}
	if err := cmd.Start(); err != nil {
		return false, err
	}
	log := newLog(w)
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		log.add(line)
		if err != nil {
			break
		}
	}
	failure := cmd.Wait()
	log.finish(failure)
	if err := log.record(os.Getenv("TESTLOG_COUNT")); err != nil {
		return false, err
	}
	return log.ok(), nil
}
