package site

import (
	"bytes"
	"html/template"
	"mime"
	"net/http"
	"path"
	"strings"
)

// settings are what the page reads from its HTML.
type settings struct {
	Authority     string `json:"authority"`
	ClientID      string `json:"clientId"`
	API           string `json:"api"`
	ReadScope     string `json:"readScope"`
	WriteScope    string `json:"writeScope"`
	CacheLocation string `json:"cacheLocation"`
	Engine        string `json:"engine"`
}

// files are what the page's server serves, by path.
type files map[string][]byte

func (s *Site) startPage(o Options, f files) error {
	directory := s.Authority.Directory
	api := directory.App("api")
	page := settings{
		Authority: s.Authority.Authority(""), ClientID: directory.App("spa").ClientID, API: s.API.URL,
		ReadScope: api.Scope("Tasks.Read"), WriteScope: api.Scope("Tasks.Write"),
		CacheLocation: o.Cache + "Storage", Engine: o.Engine,
	}
	index, err := template.New("").Parse(string(f["/index.html"]))
	if err != nil {
		return err
	}
	s.URL, err = s.serve(o.Listen, pageHandler(page, index, f))
	return err
}

func pageHandler(page settings, index *template.Template, f files) http.Handler {
	authority, _, _ := strings.Cut(strings.TrimPrefix(page.Authority, "https://"), "/")
	authority = "https://" + authority
	policy := strings.Join([]string{
		"default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self'", "img-src data:", "base-uri 'none'",
		"connect-src 'self' " + authority + " " + page.API, "frame-src 'self' " + authority, "frame-ancestors 'self'",
	}, "; ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		if r.URL.Path != "/redirect.html" { // which has a policy of its own
			h.Set("Content-Security-Policy", policy)
		}
		name := r.URL.Path
		content, ok := f[name]
		if name == "/" || name == "/tasks" {
			var b bytes.Buffer
			if err := index.Execute(&b, page); err != nil {
				http.Error(w, "the page is out of order", http.StatusInternalServerError)
				return
			}
			name, content, ok = "/index.html", b.Bytes(), true
		}
		if !ok || r.Method != http.MethodGet {
			http.NotFound(w, r)
			return
		}
		h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
		_, _ = w.Write(content) // it fails if the browser is gone
	})
}
