package authority

import "strings"

// consumersTenant is the tenant of personal Microsoft accounts in every cloud that has them.
const consumersTenant = "9188040d-6c67-4c5b-b112-36a304b66dad"

// IsGUID reports whether s is a tenant id: 32 hexadecimal digits in groups of 8, 4, 4,
// 4 and 12, in either case.
func IsGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
				return false
			}
		}
	}
	return true
}

// wordTenant reports whether t stands for tenants that it does not name.
func wordTenant(t string) bool {
	return t == "common" || t == "organizations" || t == "consumers"
}

// versionPath may follow the tenant in a configured URL, and follows it in issuers.
const versionPath = "/v2.0"

// validTenant reports whether t is one path segment of [A-Za-z0-9.-]+ that no server
// takes for a way up, and that is not the version.
func validTenant(t string) bool {
	if len(t) > 255 || strings.Trim(t, ".") == "" || strings.EqualFold(t, versionPath[1:]) {
		return false
	}
	for i := 0; i < len(t); i++ {
		c := t[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-') {
			return false
		}
	}
	return true
}
