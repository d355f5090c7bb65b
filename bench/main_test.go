package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// Every kind of row is measured, on the smallest sizes; how long it takes is not tested.
func TestRows(t *testing.T) {
	small := size{users: []int{1, 3}, tenants: []int{1, 2}, fileUsers: []int{2}, resources: 6, sessions: 2, callers: 8, accounts: 20, writing: 3, calls: 640}
	rows := measure(tiny, small, "")
	var text bytes.Buffer
	if err := printJSON(&text, rows); err != nil {
		t.Fatal(err)
	}
	var read []map[string]any
	if err := json.Unmarshal(text.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]any{}
	for _, r := range read {
		for _, field := range []string{"name", "ns", "bytes", "allocs", "floor_ns", "peer", "peer_ns", "ratio"} {
			if _, ok := r[field]; !ok {
				t.Errorf("%v has no %s", r["name"], field)
			}
		}
		found[r["name"].(string)] = r
	}
	for _, name := range []string{"control/parallel", "silent/users=1", "silent/users=3", "silent/users=3/parallel", "silent/users=3/writing",
		"app/tenants=1", "app/tenants=2", "app/tenants=2/parallel", "app/resources=6", "app/resources=6/parallel",
		"on-behalf-of/sessions=2", "on-behalf-of/sessions=2/parallel", "file/users=2", "file/users=2/cold",
		"expired/callers=8", "redeem/unchecked", "redeem/checked", "certificate", "partitioned/goroutines=64", "heap/account"} {
		if found[name] == nil {
			t.Errorf("there is no row %s", name)
		}
	}
	if note := found["partitioned/goroutines=64"]["note"].(string); !strings.Contains(note, "failed: 0,") {
		t.Error(note)
	}
	if note := found["expired/callers=8"]["note"].(string); !strings.Contains(note, "requests sent: 1,") {
		t.Error(note)
	}
	text.Reset()
	if err := printTable(&text, rows); err != nil || strings.Count(text.String(), "\n") != len(rows)+2 {
		t.Error(err, text.String())
	}
}

func TestReplaceTable(t *testing.T) {
	text := "# Before\n" + tableBegins + "\nold\n" + tableEnds + "After\n"
	got, err := replaceTable(text, "| new |\n")
	if want := "# Before\n" + tableBegins + "\n| new |\n\n" + tableEnds + "After\n"; got != want || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := replaceTable("no table", ""); err == nil {
		t.Error("a file without a table was changed")
	}
}
