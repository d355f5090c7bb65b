// Package nodescript runs a script of Node.js, or of Python, for a whole run of tests, and speaks with it: link.mjs is the
// script's side.
package nodescript

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// A Script is a running script. It ends when its standard input does, so also when this process is killed. It may be
// used from several goroutines.
type Script struct {
	input io.WriteCloser
	ended chan struct{}
	end   error // once ended is closed
	kill  func() error

	mu   sync.Mutex
	next int
	open map[int]chan message
}

// A message is a line, in either direction: see link.mjs.
type message struct {
	ID      int             `json:"id"`
	Do      string          `json:"do,omitempty"`
	Ask     string          `json:"ask,omitempty"`
	With    any             `json:"with,omitempty"`
	Answer  any             `json:"answer,omitempty"`
	Problem string          `json:"problem,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *Error          `json:"error,omitempty"`
}

// An Error is an exception that ended an operation. What it has beside Name and Message is the script's matter.
type Error struct {
	Name     string `json:"name"`     // of the exception
	Message  string `json:"message"`  // for people
	Code     string `json:"code"`     // the library's, or the authority's error code
	SubError string `json:"subError"` // "" = none
	Claims   string `json:"claims"`   // a challenge; "" = none
	Status   int    `json:"status"`   // of HTTP; 0 = not told
}

func (e *Error) Error() string { return fmt.Sprintf("%s %s: %s", e.Name, e.Code, e.Message) }

// An Answerer answers what a script asks.
type Answerer func(question string, with json.RawMessage) (answer any, err error)

// ready is how long a script may take to load its packages on a busy computer.
const ready = time.Minute

// Start runs the script of the present folder, whose packages "npm ci" has installed there, and waits until it is ready.
// The script trusts the authority's CA.
func Start(script string, srv *authoritytest.Server) (*Script, error) {
	// Files that this process has looked at count for the test cache.
	for _, file := range []string{script, "../internal/nodescript/link.mjs", "node_modules/.package-lock.json"} {
		if _, err := os.Stat(file); err != nil {
			return nil, fmt.Errorf("%w: run npm ci in this folder, or ci/test", err)
		}
	}
	return startTrusting(srv, "NODE_EXTRA_CA_CERTS=", "node", script)
}

// StartPython is Start for a script of Python that uses MSAL. The script copies the file with the CA before it is ready.
func StartPython(script string, srv *authoritytest.Server) (*Script, error) {
	if _, err := os.Stat(script); err != nil {
		return nil, err
	}
	python, err := pythonWithMSAL()
	if err != nil {
		return nil, err
	}
	return startTrusting(srv, "REQUESTS_CA_BUNDLE=", python, script)
}

// pythonWithMSAL finds a Python that has MSAL: Debian's, even if another one comes first.
func pythonWithMSAL() (string, error) {
	var failures []error
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		output, err := exec.Command(python, "-c", "import msal").CombinedOutput()
		if err == nil {
			return python, nil
		}
		failures = append(failures, fmt.Errorf("%s: %w %s", python, err, output))
	}
	return "", fmt.Errorf("no Python has MSAL: run ci/setup, or install python3-msal: %w", errors.Join(failures...))
}

// startTrusting runs a program that reads the authority's CA, as it starts, from the file that a variable names.
func startTrusting(srv *authoritytest.Server, variable string, program ...string) (*Script, error) {
	dir, err := os.MkdirTemp("", "latchkey-ca")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ca, err := srv.CAFile(dir)
	if err != nil {
		return nil, err
	}
	return start(variable+ca, program...)
}

// start runs a program with an additional variable in its environment.
func start(variable string, program ...string) (*Script, error) {
	cmd := exec.Command(program[0], program[1:]...)
	cmd.Env = append(os.Environ(), variable)
	cmd.Stderr = os.Stderr
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	started := make(chan message, 1)
	s := &Script{
		input: input, ended: make(chan struct{}), open: map[int]chan message{0: started},
		kill: func() error { return cmd.Process.Kill() },
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		err := s.read(output)
		if err != nil {
			err = errors.Join(err, cmd.Process.Kill())
		}
		s.end = errors.Join(err, cmd.Wait())
		close(s.ended)
	}()
	select {
	case <-started:
		return s, nil
	case <-s.ended:
		return nil, errors.Join(errors.New("the script ended"), s.end)
	case <-time.After(ready):
		return nil, errors.Join(errors.New("the script is not ready"), s.Stop())
	}
}

// read hands every line to the operation that it is about.
func (s *Script) read(output io.Reader) error {
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var with json.RawMessage
		m := message{With: &with}
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			return fmt.Errorf("the script printed %q: %w", lines.Text(), err)
		}
		s.mu.Lock()
		waiting := s.open[m.ID]
		s.mu.Unlock()
		m.With = with
		select {
		case waiting <- m:
		default: // nobody waits for this operation any more
		}
	}
	return lines.Err()
}

// Do makes the script do an operation, answers its questions, and reads the result into v, unless v is nil. The error
// is an *[Error] if the operation threw an exception.
func (s *Script) Do(ctx context.Context, operation string, with any, answer Answerer, v any) error {
	told := make(chan message, 1)
	s.mu.Lock()
	s.next++
	id := s.next
	s.open[id] = told
	s.mu.Unlock()
	defer s.forget(id)
	if err := s.write(message{ID: id, Do: operation, With: with}); err != nil {
		return err
	}
	for {
		var m message
		select {
		case m = <-told:
		case <-s.ended:
			return errors.Join(errors.New("the script ended"), s.end)
		case <-ctx.Done():
			return ctx.Err()
		}
		switch {
		case m.Error != nil:
			return m.Error
		case m.Ask == "" && v == nil:
			return nil
		case m.Ask == "":
			return json.Unmarshal(m.Result, v)
		}
		if err := s.reply(id, m, answer); err != nil {
			return err
		}
	}
}

func (s *Script) forget(id int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, id)
}

// reply answers a question. An error is the script's to deal with.
func (s *Script) reply(id int, question message, answer Answerer) error {
	if answer == nil {
		return s.write(message{ID: id, Problem: "the test does not expect the question " + question.Ask})
	}
	with, _ := question.With.(json.RawMessage)
	found, err := answer(question.Ask, with)
	if err != nil {
		return s.write(message{ID: id, Problem: err.Error()})
	}
	return s.write(message{ID: id, Answer: found})
}

func (s *Script) write(m message) error {
	line, err := json.Marshal(m)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err = s.input.Write(append(line, '\n'))
	return err
}

// Stop ends the script, by force if it does not go.
func (s *Script) Stop() error {
	s.input.Close()
	select {
	case <-s.ended:
		return s.end
	case <-time.After(5 * time.Second):
		err := s.kill()
		<-s.ended
		return errors.Join(errors.New("killed"), err, s.end)
	}
}
