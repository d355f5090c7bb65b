package importrules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// R51: docs/conformance.md has a row for each relying-party module of the OpenID conformance suite. The last cell of each
// row, in every table, is "reproduced: " and tests, named as in docs/rules.md, or "not applicable, because" and the reason.

func TestR51_ConformanceNamesItsTests(t *testing.T) {
	text, ok := textFiles(t)["docs/conformance.md"]
	if !ok {
		t.Fatal("there is no docs/conformance.md")
	}
	report(t, checkConformance(text, newIndex(textFiles(t), sources(t))))
}

const modulePrefix = "oidcc-client-test"

// conformanceModules are the relying-party modules, without their prefix.
var conformanceModules = append(strings.Fields(`
	-invalid-iss -missing-sub -invalid-aud -missing-aud -missing-iat -kid-absent-single-jwks -kid-absent-multiple-jwks
	-idtoken-sig-rs256 -idtoken-sig-none -invalid-sig-rs256 -invalid-sig-hs256 -invalid-sig-es256 -userinfo-invalid-sub
	-nonce-invalid -nonce-unless-code-flow -scope-userinfo-claims -client-secret-basic -userinfo-bearer-header
	-userinfo-bearer-body -userinfo-signed -invalid-athash -missing-athash -invalid-chash -missing-chash -aggregated-claims
	-distributed-claims -form-post-error -mtls-endpoint-aliases -discovery-openid-config -discovery-jwks-uri-keys
	-discovery-issuer-mismatch -discovery-webfinger-acct -discovery-webfinger-url -signing-key-rotation
	-signing-key-rotation-just-before-signing -dynamic-registration -request-uri-signed-rs256 -request-uri-signed-none
	-refresh-token -refresh-token-invalid-issuer -refresh-token-invalid-sub -3rd-party-init-login -rp-init-logout
	-rp-init-logout-no-state -rp-init-logout-other-state -rp-backchannel-rpinitlogout -rp-backchannel-rpinitlogout-alg-none
	-rp-backchannel-rpinitlogout-wrong-alg -rp-backchannel-rpinitlogout-wrong-aud -rp-backchannel-rpinitlogout-wrong-iss
	-rp-backchannel-rpinitlogout-wrong-event -rp-backchannel-rpinitlogout-no-event -rp-backchannel-rpinitlogout-with-nonce
	-rp-frontchannel-rpinitlogout -rp-frontchannel-opinitlogout -session-management
`), "")

var (
	notApplicable = regexp.MustCompile(`^not applicable, because \S`)
	mentioned     = regexp.MustCompile(`\bTest[A-Z0-9]\w*`)
)

func checkConformance(text string, x index) []string {
	var problems []string
	var seen []string
	cells, order := rows(text)
	for i, line := range order {
		if header := i == 0 || order[i-1] < line-2; header {
			continue
		}
		row := cells[line]
		module := strings.Trim(row[0], "`")
		if name, ok := strings.CutPrefix(module, modulePrefix); ok {
			if slices.Contains(seen, name) || !slices.Contains(conformanceModules, name) {
				problems = append(problems, fmt.Sprintf("docs/conformance.md:%d: %s is there twice, or is no module", line, module))
			}
			seen = append(seen, name)
		}
		here := row[len(row)-1]
		tests, reproduced := strings.CutPrefix(here, "reproduced: ")
		switch {
		case reproduced:
			for _, p := range x.checkTests(tests) {
				problems = append(problems, fmt.Sprintf("docs/conformance.md:%d: %s: %s", line, module, p))
			}
			if strings.Contains(tests, "not yet") {
				problems = append(problems, fmt.Sprintf("docs/conformance.md:%d: %s is reproduced, or it is not", line, module))
			}
		case notApplicable.MatchString(here):
			for _, name := range mentioned.FindAllString(here, -1) {
				if p := x.checkTest(name, ""); p != "" {
					problems = append(problems, fmt.Sprintf("docs/conformance.md:%d: %s: %s", line, module, p))
				}
			}
		default:
			problems = append(problems, fmt.Sprintf(`docs/conformance.md:%d: %s is neither "reproduced: " nor "not applicable, because"`, line, module))
		}
	}
	for _, name := range conformanceModules {
		if !slices.Contains(seen, name) {
			problems = append(problems, "docs/conformance.md: there is no row for "+modulePrefix+name)
		}
	}
	return problems
}

func TestR51_ConformanceCanFail(t *testing.T) {
	if len(conformanceModules) != 57 {
		t.Errorf("%d modules, want 57", len(conformanceModules))
	}
	page := func(cell string) string {
		var b strings.Builder
		b.WriteString("| module | what | here |\n|---|---|---|\n")
		for _, name := range conformanceModules {
			here := "not applicable, because it is not"
			if name == "-invalid-iss" {
				here = cell
			}
			fmt.Fprintf(&b, "| `%s%s` | what | %s |\n", modulePrefix, name, here)
		}
		return b.String()
	}
	for _, tt := range []struct{ name, cell, want string }{
		{"reproduced", "reproduced: TestRoot/sub (latchkey); TestOne (cache)", ""},
		{"no such test", "reproduced: TestNone (latchkey)", "there is no test TestNone"},
		{"no tests", "reproduced: ", "is neither"},
		{"not yet", "reproduced: TestOne (cache); not yet: x", "or it is not"},
		{"passed", "passes", "is neither"},
		{"no reason", "not applicable", "is neither"},
		{"a reason with a test", "not applicable, because TestOne holds that", ""},
		{"a reason without its test", "not applicable, because TestNone holds that", "there is no test TestNone"},
	} {
		t.Run(tt.name, func(t *testing.T) { expect(t, checkConformance(page(tt.cell), smallIndex(t)), tt.want) })
	}
	for _, tt := range []struct{ name, text, want string }{
		{"missing", strings.Replace(page("reproduced: TestOne"), modulePrefix+"-session-management", "another", 1), "there is no row for oidcc-client-test-session-management"},
		{"twice", page("reproduced: TestOne") + "| `oidcc-client-test` | what | reproduced: TestOne |\n", "is there twice"},
		{"unknown", page("reproduced: TestOne") + "| `oidcc-client-test-x` | what | reproduced: TestOne |\n", "is no module"},
		{"nothing", page("not applicable, because"), "is neither"},
	} {
		t.Run(tt.name, func(t *testing.T) { expect(t, checkConformance(tt.text, smallIndex(t)), tt.want) })
	}
}
