package nodescript

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

func started(t *testing.T) *Script {
	t.Helper()
	s, err := start("LATCHKEY=1", "node", "testdata/script.mjs")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestScript(t *testing.T) {
	s := started(t)
	t.Run("results, side by side", func(t *testing.T) {
		var all sync.WaitGroup
		for i := range 10 {
			all.Go(func() {
				var got map[string]int
				if err := s.Do(t.Context(), "echo", map[string]int{"n": i}, nil, &got); err != nil || got["n"] != i {
					t.Errorf("%d: %v, %v", i, got, err)
				}
			})
		}
		all.Wait()
	})
	t.Run("question", func(t *testing.T) {
		var got string
		answer := func(question string, _ json.RawMessage) (any, error) { return question + "?", nil }
		if err := s.Do(t.Context(), "ask", "why", answer, &got); err != nil || got != "heard why?" {
			t.Errorf("%q, %v", got, err)
		}
	})
	for name, answer := range map[string]Answerer{
		"nobody answers": nil,
		"no answer":      func(string, json.RawMessage) (any, error) { return nil, errors.New("no idea") },
	} {
		t.Run(name, func(t *testing.T) {
			var thrown *Error
			if err := s.Do(t.Context(), "ask", "why", answer, nil); !errors.As(err, &thrown) {
				t.Errorf("the error is %v", err)
			}
		})
	}
	t.Run("exception", func(t *testing.T) {
		var thrown *Error
		err := s.Do(t.Context(), "fail", nil, nil, nil)
		if !errors.As(err, &thrown) || *thrown != (Error{Name: "TypeError", Message: "it failed", Code: "a_code", Status: 400}) {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("unknown operation", func(t *testing.T) {
		if err := s.Do(t.Context(), "nothing", nil, nil, nil); err == nil {
			t.Error("there is no error")
		}
	})
	t.Run("travel", func(t *testing.T) {
		const day = 24 * time.Hour
		if err := s.Do(t.Context(), "travel", map[string]int64{"milliseconds": day.Milliseconds()}, nil, nil); err != nil {
			t.Fatal(err)
		}
		var got []int64
		if err := s.Do(t.Context(), "now", nil, nil, &got); err != nil {
			t.Fatal(err)
		}
		for _, then := range got[:2] {
			if d := time.Until(time.UnixMilli(then)); d < day-time.Hour || d > day+time.Hour {
				t.Errorf("a day later is in %v", d)
			}
		}
		if got[2] != 5 {
			t.Error("a date that is given has moved")
		}
	})
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}

func TestScriptThatEnds(t *testing.T) {
	for operation, want := range map[string]string{"end": "exit status 3", "mutter": "not JSON"} {
		s := started(t)
		if err := s.Do(t.Context(), operation, nil, nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", operation, err)
		}
		if err := s.Stop(); err == nil {
			t.Errorf("%s: the end is not an error", operation)
		}
	}
}
