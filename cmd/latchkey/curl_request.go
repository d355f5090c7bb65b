package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/latchkey-auth/latchkey/internal/printable"
	"github.com/spf13/cobra"
)

// apiFlags say what the API is asked. They are named as curl names them.
type apiFlags struct {
	method  string
	headers []string
	data    string
}

func (f *apiFlags) define(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.method, "request", "X", "", "the `method`; unless given, GET, or POST with --data")
	cmd.Flags().StringArrayVarP(&f.headers, "header", "H", nil, "send this `header`, as in 'Name: value'; may be repeated")
	cmd.Flags().StringVarP(&f.data, "data", "d", "", "send this `text`, @file, or @- for standard input, as a form unless a header says otherwise")
}

// request checks the flags and the URL.
func (f *apiFlags) request(cmd *cobra.Command, rawURL string) (*http.Request, error) {
	u, err := parseAPI(rawURL)
	if err != nil {
		return nil, err
	}
	body, sent, err := f.body(cmd)
	if err != nil {
		return nil, err
	}
	method := f.method
	switch {
	case method == "" && sent:
		method = http.MethodPost
	case method == "":
		method = http.MethodGet
	}
	r, err := http.NewRequestWithContext(cmd.Context(), method, u.String(), strings.NewReader(body))
	if err != nil {
		return nil, &usageError{"--request: this is no HTTP method"}
	}
	if !sent {
		r.Body, r.GetBody, r.ContentLength = nil, nil, 0
	}
	r.Header.Set("User-Agent", "latchkey")
	if sent {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r, f.setHeaders(r.Header)
}

// parseAPI checks the URL of an API. The error has at most its scheme.
func parseAPI(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || strings.ContainsRune(u.Host, '*'):
		return nil, &usageError{"the URL is not well formed: give one such as https://tasks.example.com/v1/tasks"}
	case u.User != nil:
		return nil, &usageError{"the URL has a user name or a password in it: leave it out"}
	case u.Scheme == "http" && !isLoopback(net.JoinHostPort(u.Hostname(), "0")):
		return nil, &usageError{"the URL is plain http, and a token would be read on the way: use https, which is not needed on this computer only"}
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, &usageError{fmt.Sprintf("the URL has the scheme %q: use https", printable.Escape(u.Scheme))}
	}
	u.Fragment = ""
	return u, nil
}

// body returns what is sent, and whether anything is.
func (f *apiFlags) body(cmd *cobra.Command) (body string, sent bool, err error) {
	if !cmd.Flags().Changed("data") {
		return "", false, nil
	}
	file, isFile := strings.CutPrefix(f.data, "@")
	if !isFile {
		return f.data, true, nil
	}
	if file == "-" {
		body, err = readInput(cmd.Context(), cmd.InOrStdin())
	} else {
		body, err = readFile(cmd.Context(), file)
	}
	if err != nil {
		return "", false, fmt.Errorf("--data: %w", err)
	}
	return body, true, nil
}

func readFile(ctx context.Context, name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	return readInput(ctx, io.Reader(file))
}

// setHeaders sets what --header says. The error has a header's name, never its value.
func (f *apiFlags) setHeaders(h http.Header) error {
	given := http.Header{}
	for _, line := range f.headers {
		name, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch {
		case !ok || !isHeaderName(name):
			return &usageError{"--header must be like 'Name: value'"}
		case strings.EqualFold(name, "Authorization") || strings.EqualFold(name, "Host"):
			return &usageError{"--header: " + name + " comes from this command: leave it out"}
		case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
			return &usageError{"--header: the value of " + name + " has control characters"}
		}
		given.Add(name, value)
	}
	for name, values := range given {
		h[name] = values
	}
	return nil
}

// isHeaderName reports whether s is a token of RFC 9110, section 5.6.2.
func isHeaderName(s string) bool {
	outside := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	}
	return s != "" && !strings.ContainsFunc(s, outside)
}
