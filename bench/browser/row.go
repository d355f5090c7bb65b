package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// A row is one thing that was measured, of each candidate.
type row struct {
	Name   string            `json:"name"`
	Unit   string            `json:"unit"`
	Values map[string]figure `json:"values"`           // by candidate
	Target float64           `json:"target,omitempty"` // of js divided by msal-browser, at most; 0 = none
}

// A figure is the median of rounds and its quartiles.
type figure struct {
	Median float64 `json:"median"`
	Q1     float64 `json:"q1"`
	Q3     float64 `json:"q3"`
	Rounds int     `json:"rounds"`
	Detail string  `json:"detail,omitempty"` // what a number of requests consists of
}

func quartiles(samples []float64) figure {
	s := slices.Sorted(slices.Values(samples))
	at := func(part float64) float64 {
		if len(s) == 0 {
			return 0
		}
		place := part * float64(len(s)-1)
		below := int(place)
		above := min(below+1, len(s)-1)
		return s[below] + (s[above]-s[below])*(place-float64(below))
	}
	return figure{Median: at(0.5), Q1: at(0.25), Q3: at(0.75), Rounds: len(s)}
}

// ratio returns how much more than msal-browser's the candidate's figure is; 0 = there is none.
func (r row) ratio(candidate string) float64 {
	own, known := r.Values[candidate]
	if other := r.Values[peer]; known && other.Median > 0 {
		return own.Median / other.Median
	}
	return 0
}

func printJSON(w io.Writer, rows []row) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(rows)
}

// printTable prints Markdown, aligned for a terminal too.
func printTable(w io.Writer, rows []row) error {
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprintln(t, "| row\t| unit\t| js\t| wasm\t| msal-browser\t| js ÷ msal\t| wasm ÷ msal\t| target\t|")
	fmt.Fprintln(t, "| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t|")
	for _, r := range rows {
		fmt.Fprintf(t, "| %s\t| %s\t| %s\t| %s\t| %s\t| %s\t| %s\t| %s\t|\n", r.Name, r.Unit, r.cell(ours), r.cell(asWasm), r.cell(peer),
			number(r.ratio(ours)), number(r.ratio(asWasm)), r.verdict())
	}
	return t.Flush()
}

func (r row) cell(candidate string) string {
	f, known := r.Values[candidate]
	switch {
	case !known:
		return "-"
	case f.Detail != "":
		return fmt.Sprintf("%s (%s)", number(f.Median), f.Detail)
	case f.Rounds > 1:
		return fmt.Sprintf("%s (%s to %s)", number(f.Median), number(f.Q1), number(f.Q3))
	}
	return number(f.Median)
}

// verdict is the target, and whether it is met.
func (r row) verdict() string {
	switch {
	case r.Target == 0:
		return "-"
	case r.ratio(ours) > r.Target:
		return fmt.Sprintf("%.1f, missed", r.Target)
	}
	return fmt.Sprintf("%.1f", r.Target)
}

// number prints three digits, and all of a whole number.
func number(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v == float64(int64(v)) || v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 0.1:
		return fmt.Sprintf("%.2f", v)
	}
	return strings.TrimRight(fmt.Sprintf("%.4f", v), "0")
}

// Samples collect what rounds measure, by row and candidate.
type samples struct {
	order  []string
	unit   map[string]string
	target map[string]float64
	values map[string]map[string][]float64
	detail map[string]map[string]string
}

func newSamples() *samples {
	return &samples{unit: map[string]string{}, target: map[string]float64{}, values: map[string]map[string][]float64{}, detail: map[string]map[string]string{}}
}

// add adds a value to a row, which it makes if there is none.
func (s *samples) add(name, unit string, target float64, c *candidate, value float64) {
	if s.values[name] == nil {
		s.order = append(s.order, name)
		s.unit[name], s.target[name] = unit, target
		s.values[name], s.detail[name] = map[string][]float64{}, map[string]string{}
	}
	s.values[name][c.name] = append(s.values[name][c.name], value)
}

// count adds a number of requests.
func (s *samples) count(name string, target float64, c *candidate, requests []string) {
	s.add(name, "requests", target, c, float64(len(requests)))
	s.detail[name][c.name] = strings.Join(requests, ", ")
}

func (s *samples) rows() []row {
	var rows []row
	for _, name := range s.order {
		r := row{Name: name, Unit: s.unit[name], Target: s.target[name], Values: map[string]figure{}}
		for candidate, values := range s.values[name] {
			f := quartiles(values)
			f.Detail = s.detail[name][candidate]
			r.Values[candidate] = f
		}
		rows = append(rows, r)
	}
	return rows
}
