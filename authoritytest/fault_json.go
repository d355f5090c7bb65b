package authoritytest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"
)

// A duration is a time.Duration whose JSON people can read and write.
type duration time.Duration

// MarshalText writes it as Go does, such as "1.5s".
func (d duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalJSON reads such a text, or a number of seconds.
func (d *duration) UnmarshalJSON(data []byte) error {
	text := string(data)
	if data[0] == '"' {
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
	} else if text != "null" {
		text += "s"
	} else {
		return nil
	}
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return errors.New(`a duration must be a text such as "1.5s", or a number of seconds`)
	}
	*d = duration(parsed)
	return nil
}

// The JSON of the types with durations is that of the type without methods, with the
// durations replaced.
type (
	plainFault  Fault
	plainAnswer FaultAnswer
	plainChange FaultChange

	faultJSON struct {
		plainFault
		Delay duration `json:"delay,omitzero"`
	}
	answerJSON struct {
		plainAnswer
		RetryAfter duration `json:"retry_after,omitzero"`
	}
	changeJSON struct {
		plainChange
		DripInterval duration `json:"drip_interval,omitzero"`
	}
)

// MarshalJSON writes the rule as [ReadFaults] reads it.
func (f Fault) MarshalJSON() ([]byte, error) {
	return json.Marshal(faultJSON{plainFault(f), duration(f.Delay)})
}

// UnmarshalJSON reads the rule. An unknown field is an error that names it.
func (f *Fault) UnmarshalJSON(data []byte) error {
	v := faultJSON{plainFault(*f), duration(f.Delay)}
	if err := strictJSON(data, &v); err != nil {
		return err
	}
	*f = Fault(v.plainFault)
	f.Delay = time.Duration(v.Delay)
	return nil
}

// MarshalJSON writes the answer as UnmarshalJSON reads it.
func (a FaultAnswer) MarshalJSON() ([]byte, error) {
	return json.Marshal(answerJSON{plainAnswer(a), duration(a.RetryAfter)})
}

// UnmarshalJSON reads the answer. An unknown field is an error that names it.
func (a *FaultAnswer) UnmarshalJSON(data []byte) error {
	v := answerJSON{plainAnswer(*a), duration(a.RetryAfter)}
	if err := strictJSON(data, &v); err != nil {
		return err
	}
	*a = FaultAnswer(v.plainAnswer)
	a.RetryAfter = time.Duration(v.RetryAfter)
	return nil
}

// MarshalJSON writes the change as UnmarshalJSON reads it.
func (c FaultChange) MarshalJSON() ([]byte, error) {
	return json.Marshal(changeJSON{plainChange(c), duration(c.DripInterval)})
}

// UnmarshalJSON reads the change. An unknown field is an error that names it.
func (c *FaultChange) UnmarshalJSON(data []byte) error {
	v := changeJSON{plainChange(*c), duration(c.DripInterval)}
	if err := strictJSON(data, &v); err != nil {
		return err
	}
	*c = FaultChange(v.plainChange)
	c.DripInterval = time.Duration(v.DripInterval)
	return nil
}

// strictJSON reads one JSON value, with numbers as they are written and without unknown
// fields.
func strictJSON(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	if err := dec.Decode(v); err != nil {
		return faultSyntax(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("there is something after the end")
	}
	return nil
}

// embedded are the names that the types above put into the paths of encoding/json.
var embedded = regexp.MustCompile(`\bplain(Fault|Answer|Change)\.`)

// faultSyntax says what is wrong with the JSON of a rule.
func faultSyntax(err error) error {
	return errors.New(embedded.ReplaceAllString(trimJSON(err).Error(), ""))
}

const (
	maxFaults     = 1000    // rules of one server
	maxFaultsSize = 1 << 20 // of their JSON
)

// ReadFaults reads rules from JSON: an array of them, or one alone. Unknown fields, and
// whatever [Server.AddFault] refuses without a server's directory, are errors that say what to
// fix.
func ReadFaults(r io.Reader) ([]Fault, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFaultsSize+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("authoritytest: reading the faults: %w", err)
	case len(data) > maxFaultsSize:
		return nil, fmt.Errorf("authoritytest: the faults are larger than %d MB", maxFaultsSize>>20)
	}
	faults, err := parseFaults(data)
	if err == nil {
		err = checkFaults(faults, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("authoritytest: %w", err)
	}
	return faults, nil
}

// parseFaults reads rules that come from outside of the process, where nobody can end a
// rule that closes the listener.
func parseFaults(data []byte) ([]Fault, error) {
	var faults []Fault
	var err error
	if trimmed := bytes.TrimLeft(data, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '{' {
		faults = make([]Fault, 1)
		err = strictJSON(data, &faults[0])
	} else {
		err = strictJSON(data, &faults)
	}
	if err != nil {
		return nil, fmt.Errorf("the faults are not as JSON of Fault: %w", err)
	}
	for i := range faults {
		if f := &faults[i]; f.Connection == ConnectionRefuse && f.Until.IsZero() {
			return nil, fmt.Errorf("%s: connection refuse needs until: nothing could end it otherwise", faultPlace(i, f))
		}
	}
	return faults, nil
}

// copyFault returns a rule that shares nothing with the caller's.
func copyFault(f Fault) (Fault, error) {
	var out Fault
	data, err := json.Marshal(f)
	if err == nil {
		err = strictJSON(data, &out)
	}
	return out, err
}
