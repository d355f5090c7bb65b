package loopback

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/latchkey-auth/latchkey/internal/printable"
)

// A Page is what the templates of closing pages are executed with. The page may have
// styles in a style element with the Nonce, and images in data: URLs. It can load
// nothing and run no script (Content Security Policy).
type Page struct {
	// Nonce goes into <style nonce="{{.Nonce}}">.
	Nonce string
	// Error is the authority's error code (RFC 6749 section 4.1.2.1); empty in Done, and
	// in Failed if the answer has neither a code nor an error.
	Error string
	// Description is what the authority says about the error; may be empty. It is limited
	// in length, and control characters are escaped.
	Description string
}

// Pages are the closing pages of a sign-in.
type pages struct{ done, failed *template.Template }

// pages takes the caller's pages, having tried them, and ours in place of missing ones.
func (b *Browser) pages() (*pages, error) {
	p := &pages{b.Done, b.Failed}
	if p.done == nil {
		p.done = ownPage("done")
	}
	if p.failed == nil {
		p.failed = ownPage("failed")
	}
	for _, one := range []struct {
		field string
		page  *template.Template
		data  Page
	}{
		{"Done", p.done, Page{Nonce: "nonce"}},
		{"Failed", p.failed, Page{Nonce: "nonce"}},
		{"Failed", p.failed, Page{Nonce: "nonce", Error: "access_denied", Description: "description"}},
	} {
		if err := one.page.Execute(io.Discard, one.data); err != nil {
			return nil, &Error{Field: one.field, Problem: "the template cannot be executed with a Page", Err: err}
		}
	}
	return p, nil
}

var (
	//go:embed pages
	pageFiles embed.FS

	ownPages = template.Must(template.New("").Funcs(template.FuncMap{"style": ownStyle}).ParseFS(pageFiles, "pages/*.html"))
)

func ownPage(name string) *template.Template { return ownPages.Lookup(name + ".html") }

func ownStyle() (template.CSS, error) {
	css, err := pageFiles.ReadFile("pages/style.css")
	return template.CSS(css), err
}

// close answers the request that ends the sign-in.
func (p *pages) close(w http.ResponseWriter, answer url.Values) {
	page, own, data := p.done, "done", Page{Nonce: rand.Text()}
	if answer.Has("error") || !answer.Has("code") {
		page, own = p.failed, "failed"
		data.Error, data.Description = shown(answer.Get("error")), shown(answer.Get("error_description"))
	}
	var body bytes.Buffer
	if page.Execute(&body, data) != nil {
		// It worked with other data, and the user is waiting.
		body.Reset()
		body.WriteString(render(ownPage(own), data))
	}
	show(w, http.StatusOK, body.String(), data.Nonce)
}

// shown makes a text of the authority fit for a page: on one line, limited, and without
// characters that reorder what stands beside them (rule R23).
func shown(text string) string { return printable.Escape(strings.Join(strings.Fields(text), " ")) }

// refuse answers a request that ends nothing.
func (p *pages) refuse(w http.ResponseWriter, refused *refusal) {
	if refused.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", "GET, POST")
	}
	if !refused.visit {
		http.Error(w, refused.text, refused.status)
		return
	}
	nonce := rand.Text()
	show(w, refused.status, render(ownPage("stray"), struct{ Nonce, Reason string }{nonce, refused.text}), nonce)
}

// render executes a template of this package, with data that it is made for.
func render(t *template.Template, data any) string {
	var body strings.Builder
	if err := t.Execute(&body, data); err != nil {
		panic(err) // a mistake in a template, which every page's test would find
	}
	return body.String()
}

// forget takes the code out of the address bar, the tab's history and what a reload
// would send again. It is the only script that a page may run.
const forget = "history.replaceState(null,'',location.pathname)"

var forgetHash = func() string {
	sum := sha256.Sum256([]byte(forget))
	return base64.StdEncoding.EncodeToString(sum[:])
}()

// show sends a page that can do nothing but look good and forget the code (rule R37).
func show(w http.ResponseWriter, status int, page, nonce string) {
	// Behind the end of the document too, the script runs; a caller's page cannot forget it.
	page += "<script>" + forget + "</script>\n"
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(page)))
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'sha256-"+forgetHash+"'; style-src 'nonce-"+nonce+
		"'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	io.WriteString(w, page)
}
