package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// A row is one line of the table. Zero means that there is no such number.
type row struct {
	Name    string  `json:"name"`
	NS      float64 `json:"ns"`       // of one call; on several cores the wall time divided by the calls
	Bytes   float64 `json:"bytes"`    // allocated by one call; of heap rows: held by one account
	Allocs  float64 `json:"allocs"`   // of one call
	FloorNS float64 `json:"floor_ns"` // of the least that the same could cost
	Peer    string  `json:"peer"`     // what it is compared with
	PeerNS  float64 `json:"peer_ns"`
	Ratio   float64 `json:"ratio"` // the peer's time, or the bytes of heap rows, divided by ours
	Note    string  `json:"note,omitempty"`
}

const msalGo = "MSAL Go"

func (r row) withRatio() row {
	if r.NS > 0 && r.PeerNS > 0 {
		r.Ratio = r.PeerNS / r.NS
	}
	return r
}

func printJSON(w io.Writer, rows []row) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(rows)
}

// printTable prints Markdown, aligned for a terminal too.
func printTable(w io.Writer, rows []row) error {
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprintln(t, "| row\t| ns\t| bytes\t| allocs\t| floor ns\t| ÷ floor\t| peer ns\t| peer ÷ ours\t| note\t|")
	fmt.Fprintln(t, "| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t|")
	for _, r := range rows {
		over := 0.0
		if r.FloorNS > 0 {
			over = r.NS / r.FloorNS
		}
		fmt.Fprintf(t, "| %s\t| %s\t| %s\t| %s\t| %s\t| %s\t| %s\t| %s\t| %s\t|\n", r.Name, number(r.NS, 0), number(r.Bytes, 0),
			number(r.Allocs, 1), number(r.FloorNS, 0), number(over, 2), number(r.PeerNS, 0), number(r.Ratio, 1), r.Note)
	}
	return t.Flush()
}

// The table of a Markdown file is between these.
const (
	tableBegins = "<!-- table -->\n"
	tableEnds   = "<!-- end of table -->\n"
)

// replaceTable returns a Markdown text with another table.
func replaceTable(text, table string) (string, error) {
	before, rest, begins := strings.Cut(text, tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		return "", fmt.Errorf("there is no table between %q and %q", tableBegins, tableEnds)
	}
	return before + tableBegins + "\n" + table + "\n" + tableEnds + after, nil
}

func number(v float64, digits int) string {
	if v == 0 {
		return "-"
	}
	return fmt.Sprintf("%.*f", digits, v)
}
