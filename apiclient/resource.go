package apiclient

import (
	"errors"
	"fmt"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/internal/resource"
)

// A Resource says which token the URLs of one pattern need.
type Resource struct {
	// Pattern is a URL with a path, without query, perhaps with wildcards. Required.
	//
	//	https://api.example.com/             the root alone
	//	https://api.example.com/*            everything there
	//	https://api.example.com/v1/users     this path alone
	//	https://api.example.com/v1/users/*   this path and all below it
	//	https://api.example.com/*/admin/*    /v1/admin, /v2/admin/users, but not /a/b/admin
	//	https://*.example.com/*              eu.example.com, but neither example.com nor a.eu.example.com
	//
	// A * at the end of the path, which may also be written **, stands for the rest, also
	// for none. A * elsewhere is exactly one segment, or one label of the host, but none
	// of its last two. Default ports and a slash at the end mean nothing. Letter case
	// matters in the path. Plain http is for localhost, 127.0.0.0/8 and [::1] only.
	//
	// If several patterns match, a host without wildcards wins over one with them, and
	// then, at the first segment where the paths differ, a name over a * for one segment over
	// a * for the rest. Their order means nothing. Two that match the same URLs are an
	// error.
	Pattern string

	// Scopes are what the token must be good for. Nil: the URLs are public, and no token
	// is sent. Empty but not nil: a token with the scopes that the authority gives unasked.
	Scopes []string

	// Methods are the scopes of particular methods, in place of Scopes. Nil scopes: no
	// token for that method.
	Methods map[string][]string

	// Resource is whom the token is for, where the scopes do not say (RFC 8707). Empty:
	// as the [Source] has it. It alone asks for no token: Scopes must not be nil.
	Resource string
}

// compile makes the map of the resources. The error is a *latchkey.ArgumentError.
func compile(resources []Resource) (*resource.Map, error) {
	if len(resources) == 0 {
		return nil, &latchkey.ArgumentError{
			Field:   "Transport.Resources",
			Problem: "is empty: name the URLs that get a token, else none does",
		}
	}
	entries := make([]resource.Entry, len(resources))
	for i, r := range resources {
		entries[i] = resource.Entry{Pattern: r.Pattern, Scopes: r.Scopes, Methods: r.Methods}
		if r.Resource != "" && !anyScopes(r) {
			return nil, &latchkey.ArgumentError{
				Field:   fmt.Sprintf("Transport.Resources[%d].Resource", i),
				Problem: "is set, but nil Scopes make the URLs public: set Scopes, to an empty slice if the resource alone says enough",
			}
		}
	}
	m, err := resource.NewMap(entries)
	var bad *resource.EntryError
	if errors.As(err, &bad) {
		return nil, &latchkey.ArgumentError{
			Field:   fmt.Sprintf("Transport.Resources[%d].%s", bad.Entry, bad.Field),
			Problem: bad.Reason,
		}
	}
	return m, err
}

func anyScopes(r Resource) bool {
	if r.Scopes != nil {
		return true
	}
	for _, scopes := range r.Methods {
		if scopes != nil {
			return true
		}
	}
	return false
}
