package authoritytest

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// docs/authority.md has every name, and its JSON is right.
func TestFaultDocumentation(t *testing.T) {
	data, err := os.ReadFile("../docs/authority.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(text, -1)
	if len(blocks) == 0 {
		t.Error("there is no script")
	}
	for _, b := range blocks {
		if _, err := ReadFaults(strings.NewReader(b[1])); err != nil {
			t.Error(err)
		}
	}
	member := ""
	for _, row := range regexp.MustCompile("(?m)^\\| (`[a-z]+`)? ?\\| (.*) \\| .* \\|$").FindAllStringSubmatch(text, -1) {
		if row[1] != "" {
			member = strings.Trim(row[1], "`")
		}
		for _, example := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[2], -1) {
			until := ""
			if example[1] == `"refuse"` {
				until = `, "until": "2031-02-03T12:00:00Z"`
			}
			rule := strings.ReplaceAll(`{"`+member+`": `+example[1]+until+`}`, `"{...}"`, `"{}"`)
			if _, err := ReadFaults(strings.NewReader(rule)); err != nil {
				t.Errorf("%s: %v", rule, err)
			}
		}
	}
	names := append(defectNames(), faultEndpoints...)
	names = append(names, faultShapes...)
	names = append(names, faultCallbacks...)
	for _, name := range names {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("%s is not in docs/authority.md", name)
		}
	}
}
