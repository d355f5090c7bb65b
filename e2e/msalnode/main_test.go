package msalnode

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/latchkey-auth/latchkey/e2e/internal/nodescript"
	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

const (
	avery = "avery@contoso.test"
	blake = "blake@contoso.test"
)

// The authority and the driver of all tests. They run one after the other.
var (
	at     *outside.Authority
	driver *nodescript.Script
)

func TestMain(m *testing.M) {
	status, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func run(m *testing.M) (status int, err error) {
	if at, err = outside.Start(); err != nil {
		return 1, err
	}
	defer at.Close()
	if driver, err = nodescript.Start("driver.js", at.Server); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, driver.Stop()) }()
	return m.Run(), nil
}
