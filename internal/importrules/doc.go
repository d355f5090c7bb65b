// Package importrules holds no code: its tests keep the conventions of this repository.
//
//   - layers_test.go: imports go down only, as drawn in CONTRIBUTING.md
//   - platform_test.go: where net/http, syscall/js and testing may be used, and what a page may link
//   - modules_test.go: the go.mod files and go.work
//   - doc_test.go: every package and every exported identifier has a doc comment
//   - size_test.go: no file and no function grows beyond its limit
//   - tables_test.go: docs/rules.md and docs/coverage.md name tests and identifiers that exist
//   - words_test.go: nothing of the machine it was written on
//
// Each check is a function from files to problems, so that each also has a test that it can fail.
package importrules
