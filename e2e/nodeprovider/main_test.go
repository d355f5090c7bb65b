package nodeprovider

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// issuer is the running provider's.
var issuer string

func TestMain(m *testing.M) {
	p, err := start()
	if err != nil {
		fmt.Fprintln(os.Stderr, "the provider did not start:", err)
		os.Exit(1)
	}
	issuer = p.issuer
	status := m.Run()
	if err := p.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "the provider did not stop:", err)
		status = 1
	}
	os.Exit(status)
}

// A process is a running provider.js. It ends when its standard input does, so also when this process is killed.
type process struct {
	issuer string
	input  io.Closer
	ended  <-chan error
	kill   func() error
}

func start() (*process, error) {
	// Files that this process has looked at count for the test cache.
	for _, file := range []string{"provider.js", "node_modules/.package-lock.json"} {
		if _, err := os.Stat(file); err != nil {
			return nil, fmt.Errorf("%w: run npm ci in e2e/nodeprovider, or ci/test", err)
		}
	}
	known, err := json.Marshal(clients())
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("node", "provider.js")
	said := &strings.Builder{}
	cmd.Stderr = said
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ready := make(chan string, 1)
	ended := make(chan error, 1)
	go func() {
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			if address, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
				ready <- address
			}
		}
		ended <- cmd.Wait()
	}()
	p := &process{input: input, ended: ended, kill: cmd.Process.Kill}
	if _, err := fmt.Fprintf(input, "%s\n", known); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	select {
	case p.issuer = <-ready:
		return p, nil
	case err := <-ended:
		return nil, fmt.Errorf("%w\n%s", err, said)
	case <-time.After(time.Minute):
		return nil, errors.Join(errors.New("it is not ready after a minute"), p.stop())
	}
}

// stop ends the provider, by force if it does not go.
func (p *process) stop() error {
	p.input.Close()
	select {
	case err := <-p.ended:
		return err
	case <-time.After(5 * time.Second):
		return errors.Join(errors.New("killed"), p.kill(), <-p.ended)
	}
}
