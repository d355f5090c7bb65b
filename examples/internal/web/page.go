package web

import (
	"bytes"
	_ "embed"
	"html/template"
	"log"
	"net/http"
	"net/url"
)

//go:embed layout.html
var layout string

//go:embed style.css
var style []byte

// Pages parses the templates of an app. They begin with {{template "top" "a title"}} and
// end with {{template "bottom"}}.
func Pages(text string) *template.Template {
	return template.Must(template.Must(template.New("").Parse(layout)).Parse(text))
}

// Show writes a page.
func Show(w http.ResponseWriter, status int, pages *template.Template, name string, data any) {
	var page bytes.Buffer
	if err := pages.ExecuteTemplate(&page, name, data); err != nil {
		log.Print(err)
		http.Error(w, "this page is out of order", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w) // it fails if the browser is gone
}

// Protect serves the style sheet and puts an app's pages under a strict policy: no scripts,
// no frames, nothing from elsewhere, nothing kept, and no form that a page of another
// origin sends. formTargets are URLs whose origins a form of the app may be redirected to:
// the authority's, for signing out.
func Protect(app http.Handler, formTargets ...string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", http.NewCrossOriginProtection().Handler(app))
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		_, _ = w.Write(style)
	})
	policy := "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
	for _, target := range formTargets {
		if u, err := url.Parse(target); err == nil {
			policy += " " + u.Scheme + "://" + u.Host
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "same-origin") // with no-referrer, our own forms would come without their origin
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}
