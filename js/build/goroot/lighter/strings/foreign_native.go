//go:build !gopherjs

package strings

import "strings"

// foreign stands for the page's own strings where there is no page.
func foreign(s, method string) string {
	if method == "toLowerCase" {
		return strings.ToLower(s)
	}
	return strings.ToUpper(s)
}
