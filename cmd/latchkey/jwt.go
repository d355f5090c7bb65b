package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// A jwt is what a JSON Web Token says (RFC 7519); nothing of it is verified.
type jwt struct {
	header, claims jsonscan.Value
}

// parseJWT reads a token in the compact form of RFC 7515. The error has no piece of it.
func parseJWT(compact string) (jwt, error) {
	parts := strings.Split(compact, ".")
	switch {
	case len(parts) == 5:
		return jwt{}, fmt.Errorf("the token is encrypted (five parts, RFC 7516): only whom it is for can read it")
	case len(parts) != 3:
		return jwt{}, fmt.Errorf("this is no JSON Web Token, which has three parts with dots between them: an opaque token can only be read by who issued it")
	}
	var t jwt
	var err error
	if t.header, err = parseObject(parts[0]); err != nil {
		return jwt{}, fmt.Errorf("this is no JSON Web Token: its header %w", err)
	}
	if t.claims, err = parseObject(parts[1]); err != nil {
		return jwt{}, fmt.Errorf("this is no JSON Web Token: its payload %w", err)
	}
	return t, nil
}

func parseObject(part string) (jsonscan.Value, error) {
	data, err := b64.Decode(part)
	if err != nil {
		return jsonscan.Value{}, fmt.Errorf("is not base64url")
	}
	v, err := jsonscan.Parse(string(data))
	if err != nil || v.Kind() != jsonscan.Object {
		return jsonscan.Value{}, fmt.Errorf("is not a JSON object")
	}
	return v, nil
}

// text returns a claim that is a string, else "".
func (t jwt) text(claim string) string {
	s, _ := t.claims.Get(claim).Text()
	return s
}

// texts returns the strings of a claim that is one or an array of them, as aud may be
// (RFC 7519, section 4.1.3).
func (t jwt) texts(claim string) []string {
	v := t.claims.Get(claim)
	if s, ok := v.Text(); ok {
		return []string{s}
	}
	var list []string
	v.Items(func(item jsonscan.Value) bool {
		if s, ok := item.Text(); ok {
			list = append(list, s)
		}
		return true
	})
	return list
}

// time returns a claim that is a NumericDate (RFC 7519, section 2).
func (t jwt) time(claim string) (at time.Time, ok bool) { return numericDate(t.claims.Get(claim)) }

// lastDate is the last second of the year 9999, beyond which RFC 3339 has no text.
const lastDate = 253402300799

func numericDate(v jsonscan.Value) (at time.Time, ok bool) {
	seconds, ok := v.Truncated()
	if !ok || seconds < 0 || seconds > lastDate {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0), true
}
