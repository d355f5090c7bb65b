package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// faultsHelp says how a fault script is given and changed.
const faultsHelp = `
--faults reads a fault script, rules by which the authority does something wrong on
purpose: a JSON array such as

  [{"name": "busy", "endpoint": "token", "times": 2, "answer": {"status": 429, "retry_after": 3}}]

docs/authority.md has all criteria and effects. The rules are printed on standard error
at the start, and a line each time one is applied. While the authority runs, the control
endpoint lists them with their counters (GET faults), adds some (POST faults, in the
same form) and removes them (DELETE faults, DELETE faults/NAME):

  curl -H "Authorization: Bearer $LATCHKEY_CONTROL_TOKEN" -H "Content-Type: application/json" \
    -d '{"grant": "refresh_token", "skip": 1, "times": 1, "error": {"error": "invalid_grant"}}' \
    $LATCHKEY_CONTROL/faults
`

// readFaults gives the server the rules of a file, and has a line written each time that a
// rule is applied, wherever it comes from.
func readFaults(srv *authoritytest.Server, path string, w io.Writer) error {
	var mu sync.Mutex
	srv.OnFault = func(f authoritytest.FaultStatus) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(w, oneLine(fmt.Sprintf("latchkey: fault %s applied: %d of %d that matched", f.Fault.Name, f.Applied, f.Matched)))
	}
	if path == "" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("--faults: %w", err)
	}
	defer f.Close()
	if srv.Faults, err = authoritytest.ReadFaults(f); err != nil {
		return fmt.Errorf("--faults %s: %w", path, err)
	}
	return nil
}

// printFaults prints the rules that the server starts with.
func printFaults(srv *authoritytest.Server, w io.Writer) error {
	for _, f := range srv.FaultStatus() {
		text, err := json.Marshal(f.Fault)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w, oneLine("latchkey: fault "+string(text))); err != nil {
			return err
		}
	}
	return nil
}
