package authoritytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// An inProcess transport gives requests to a server's handler without a network, and
// checks every answer for what must hold for all of them.
type inProcess struct {
	t testing.TB
	s *Server
}

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	received := r.Clone(r.Context())
	if received.Host == "" {
		received.Host = r.URL.Host
	}
	if received.Body == nil {
		received.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	p.s.handle(w, received)
	resp := w.Result()
	alwaysHolds(p.t, p.s, r, resp)
	return resp, nil
}

// visitor returns a browser without a network.
func visitor(t testing.TB, s *Server) *Browser {
	b := s.NewBrowser()
	b.client.Transport = inProcess{t, s}
	return b
}

// alwaysHolds checks what must hold for every answer, whatever was asked. It leaves the
// body readable.
func alwaysHolds(t testing.TB, s *Server, r *http.Request, resp *http.Response) {
	t.Helper()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body = io.NopCloser(strings.NewReader(string(raw)))
	body, where := string(raw), r.Method+" "+r.URL.Path
	if resp.StatusCode >= 500 || strings.Contains(body, "goroutine ") || strings.Contains(body, "panic") {
		t.Errorf("%s: status %d, or the text of a panic", where, resp.StatusCode)
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: %s is %q, want %q", where, name, got, want)
		}
	}
	everything := body
	for name, values := range resp.Header {
		for _, v := range values {
			if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("%s: a control character in %s", where, name)
			}
			everything += "\n" + v
		}
	}
	for _, secret := range append(s.Directory.secrets(), s.control) {
		if strings.Contains(everything, secret) && !strings.Contains(r.URL.String(), secret) {
			t.Errorf("%s: a secret of the directory, or the control token, is in the answer", where)
		}
	}
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	switch kind {
	case "text/html":
		if err := checkPage(resp.Header, body, strings.Contains(r.URL.RawQuery, "none")); err != nil {
			t.Errorf("%s: %v", where, err)
		}
	case "application/json":
		if !json.Valid(raw) {
			t.Errorf("%s: not JSON", where)
		}
	case "text/plain":
		if len(body) > 100 {
			t.Errorf("%s: text of %d bytes, which can only come from the request", where, len(body))
		}
	default:
		if len(body) > 0 {
			t.Errorf("%s: a body of type %q", where, kind)
		}
	}
}

// A tag is a start tag with its attributes.
type tag struct {
	name  string
	attrs map[string]string
}

// The elements and attributes that the templates write. Anything else on a page has come
// in from outside.
var (
	ownElements = strings.Fields("html head meta title style body main div svg circle path bdi h1 p form input button label ul li strong small span dl dt dd footer noscript script")
	ownAttrs    = strings.Fields("lang charset name content nonce data-page class viewBox aria-hidden cx cy r d id role method action autocomplete type value for " +
		"maxlength autocapitalize spellcheck required autofocus aria-describedby aria-invalid inputmode pattern checked formnovalidate")
)

// parsePage reads a page strictly: every < starts a tag of the templates' own elements
// with quoted attributes, and elements are closed in order.
func parsePage(text string) ([]tag, error) {
	text, ok := strings.CutPrefix(text, "<!doctype html>\n")
	if !ok {
		return nil, errors.New("no doctype: browsers would show the page in quirks mode")
	}
	var tags []tag
	var open []string
	for {
		_, rest, found := strings.Cut(text, "<")
		if !found {
			break
		}
		inner, after, _ := strings.Cut(rest, ">") // attributes are escaped, so the first one ends the tag
		text = after
		if name, ok := strings.CutPrefix(inner, "/"); ok {
			if len(open) == 0 || open[len(open)-1] != name {
				return nil, fmt.Errorf("</%s> closes what is not open", name)
			}
			open = open[:len(open)-1]
			continue
		}
		element, err := parseTag(inner)
		if err != nil {
			return nil, err
		}
		tags = append(tags, element)
		switch element.name {
		case "meta", "input":
		case "style", "script":
			if _, text, ok = strings.Cut(text, "</"+element.name+">"); !ok {
				return nil, fmt.Errorf("%s does not end", element.name)
			}
		default:
			open = append(open, element.name)
		}
	}
	if len(open) > 0 {
		return nil, fmt.Errorf("%v are not closed", open)
	}
	return tags, nil
}

func parseTag(inner string) (tag, error) {
	name, rest, _ := strings.Cut(inner, " ")
	t := tag{name, map[string]string{}}
	if !slices.Contains(ownElements, name) {
		return t, fmt.Errorf("the element %q is none of ours", name)
	}
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		end := strings.IndexAny(rest, " =")
		attr, value := rest, ""
		if end >= 0 {
			attr = rest[:end]
		}
		rest = rest[len(attr):]
		if strings.HasPrefix(rest, `="`) {
			value, rest, _ = strings.Cut(rest[2:], `"`)
		} else if rest != "" && rest[0] != ' ' {
			return t, fmt.Errorf("%s: the attribute %q is not quoted", name, attr)
		}
		if _, twice := t.attrs[attr]; twice || !slices.Contains(ownAttrs, attr) {
			return t, fmt.Errorf("%s: the attribute %q is none of ours, or there twice", name, attr)
		}
		t.attrs[attr] = html.UnescapeString(value)
	}
	return t, nil
}

// checkPage checks a page's markup, what helps people to use it, and its policy.
func checkPage(h http.Header, text string, framable bool) error {
	tags, err := parsePage(text)
	if err != nil {
		return err
	}
	name, labels, counts := "", map[string]bool{}, map[string]int{}
	for _, t := range tags {
		counts[t.name]++
		switch t.name {
		case "body":
			name = t.attrs["data-page"]
		case "label":
			labels[t.attrs["for"]] = true
		}
	}
	csrf := strings.Count(text, `name="csrf"`)
	if name == string(pageFormPost) {
		csrf = 1
	}
	if counts["h1"] != 1 || counts["title"] != 1 || counts["form"] != csrf || !strings.Contains(text, `<html lang="en">`) {
		return fmt.Errorf("one heading, one title, a language, and a CSRF token for each form: %v", counts)
	}
	for _, t := range tags {
		typ := t.attrs["type"]
		switch {
		case t.name == "form" && (t.attrs["method"] != "post" || t.attrs["action"] == ""):
			return errors.New("a form is not posted")
		case t.name == "form" && name != string(pageFormPost) && !strings.HasPrefix(t.attrs["action"], signInPath):
			return fmt.Errorf("a form leads to %q", t.attrs["action"])
		case t.name == "input" && typ != "hidden" && (!labels[t.attrs["id"]] || typ != "checkbox" && t.attrs["autocomplete"] == ""):
			return fmt.Errorf("the field %q has no label or no autocomplete", t.attrs["id"])
		}
	}
	return checkPolicy(h, tags, name, framable)
}

// checkPolicy checks the Content-Security-Policy directive by directive: nothing but the
// page's own style, and the script of form_post, may be there.
func checkPolicy(h http.Header, tags []tag, page string, framable bool) error {
	policies := h.Values("Content-Security-Policy")
	if len(policies) != 1 || h.Get("Content-Type") != "text/html; charset=utf-8" {
		return errors.New("a page has one policy and one encoding")
	}
	got := map[string][]string{}
	for d := range strings.SplitSeq(policies[0], ";") {
		words := strings.Fields(d)
		if len(words) < 2 || got[words[0]] != nil {
			return fmt.Errorf("the directive %q is empty or repeated", d)
		}
		got[words[0]] = words[1:]
	}
	want := map[string]string{"default-src": "'none'", "base-uri": "'none'"}
	if !framable || got["frame-ancestors"] != nil {
		want["frame-ancestors"] = "'none'"
	}
	for _, t := range tags {
		if t.name == "style" || t.name == "script" {
			want[t.name+"-src"] = "'nonce-" + t.attrs["nonce"] + "'"
			if len(t.attrs["nonce"]) < 20 || t.name == "script" && page != string(pageFormPost) {
				return fmt.Errorf("a %s on the page %q, or a short nonce", t.name, page)
			}
		}
	}
	targets := got["form-action"]
	if len(targets) == 0 || len(targets) > 2 || targets[0] != "'self'" || strings.Contains(policies[0], "*") || strings.Contains(policies[0], "unsafe") {
		return fmt.Errorf("form-action is %q", targets)
	}
	delete(got, "form-action")
	for directive, value := range want {
		if len(got[directive]) != 1 || got[directive][0] != value {
			return fmt.Errorf("%s is %q, want %q", directive, got[directive], value)
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("more than is wanted: %q", policies[0])
	}
	return nil
}
