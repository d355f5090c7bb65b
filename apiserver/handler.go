package apiserver

import (
	"context"
	"net/http"
)

// contextKey is the key of an admission in a request's context.
type contextKey struct{}

// An admission is what the middleware tells the handlers behind it.
type admission struct {
	claims *Claims
	realm  string
}

// FromContext returns the claims of the request's token, and false outside of a handler
// behind [Verifier.Handler]. Nobody may change them.
func FromContext(ctx context.Context) (*Claims, bool) {
	a, ok := ctx.Value(contextKey{}).(admission)
	return a.claims, ok
}

// realmOf returns the realm of the Verifier that admitted the request.
func realmOf(r *http.Request) string {
	if a, ok := r.Context().Value(contextKey{}).(admission); ok {
		return a.realm
	}
	return defaultRealm
}

// Handler returns a handler that passes on the requests whose token meets the requirement,
// with the token's claims in their context, and refuses all others.
//
// It panics if next is nil or the requirement is not valid, as [http.ServeMux.Handle] does
// for a bad pattern: both are mistakes in the program that should not wait for a request.
// For a requirement that comes from elsewhere call [Requirement.Validate] first.
func (v *Verifier) Handler(require Requirement, next http.Handler) http.Handler {
	if err := require.Validate(); err != nil {
		panic(err)
	}
	if next == nil {
		panic(&ArgumentError{"next", "is nil: give the handler that is to be protected"})
	}
	require = require.clone()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, err := v.authorize(r, require)
		if err != nil {
			if v.refused != nil {
				v.refused(r, err)
			}
			v.Refuse(w, err)
			return
		}
		ctx := context.WithValue(r.Context(), contextKey{}, admission{claims, v.realm})
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// Authorize checks the token of a request, and that it meets the requirement. The error is
// an [*Error] to give to [Verifier.Refuse], or an [*ArgumentError] if the requirement is
// not valid.
func (v *Verifier) Authorize(r *http.Request, require Requirement) (*Claims, error) {
	if err := require.Validate(); err != nil {
		return nil, err
	}
	return v.authorize(r, require)
}

func (v *Verifier) authorize(r *http.Request, require Requirement) (*Claims, error) {
	token, err := bearerToken(r)
	if err != nil {
		return nil, err
	}
	claims, err := v.Verify(r.Context(), token)
	if err != nil {
		return nil, err
	}
	if err := claims.meets(require); err != nil {
		return nil, err
	}
	return claims, nil
}
