package main

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"mime"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

//go:embed page/index.html
var pages embed.FS

// A site serves a candidate's page on http://localhost and its subdomains, which are secure contexts, and remembers
// what is asked for.
type site struct {
	port string

	server  http.Server
	running sync.WaitGroup
	mu      sync.Mutex
	asked   []string // paths
}

// serve serves the candidate's page until close.
func (c *candidate) serve(authority *authoritytest.Server) error {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return err
	}
	s := &site{}
	_, s.port, _ = net.SplitHostPort(listener.Addr().String())
	index := template.Must(template.ParseFS(pages, "page/index.html"))
	s.server = http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.note(r.URL.Path)
		w.Header().Set("Cache-Control", "no-store") // so that every load is a cold one
		if r.URL.Path == "/" {
			c.index(w, r, index, authority)
			return
		}
		c.file(w, r)
	})}
	s.running.Go(func() { _ = s.server.Serve(listener) }) // until close
	c.site = s
	return nil
}

func (s *site) close() {
	_ = s.server.Close()
	s.running.Wait()
}

func (s *site) note(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, path)
}

// since returns the paths that were asked for after the first n, without icons, and how many there are by now.
func (s *site) since(n int) (paths []string, now int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.asked[n:] {
		if p != "/favicon.ico" {
			paths = append(paths, p)
		}
	}
	return paths, len(s.asked)
}

// origin is the page's; that of another subdomain shares nothing with it in the browser.
func (s *site) origin(subdomain string) string { return "http://" + subdomain + "localhost:" + s.port }

func (c *candidate) file(w http.ResponseWriter, r *http.Request) {
	f, ok := c.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(r.URL.Path)))
	content := f.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "br") {
		w.Header().Set("Content-Encoding", "br")
		content = f.brotli
	}
	_, _ = w.Write(content) // it fails if the browser is gone
}

// index writes the page. Its query says which cache it has.
func (c *candidate) index(w http.ResponseWriter, r *http.Request, index *template.Template, authority *authoritytest.Server) {
	base, err := url.Parse(authority.URL())
	if err != nil {
		http.Error(w, "the authority's URL is malformed", http.StatusInternalServerError)
		return
	}
	var text bytes.Buffer
	err = index.Execute(&text, map[string]any{"Title": c.name, "Settings": map[string]any{
		"auth": map[string]any{
			"clientId": authority.Directory.App("spa").ClientID, "authority": authority.Authority(""),
			"knownAuthorities": []string{base.Host}, "redirectUri": "http://" + r.Host + "/redirect.html",
		},
		"cache": map[string]any{"cacheLocation": r.URL.Query().Get("cache")},
	}})
	if err != nil {
		http.Error(w, fmt.Sprint("the page cannot be written: ", err), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(text.Bytes())
}
