package msalbrowser

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"path"
	"sync"
	"time"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

//go:embed page/*.html
var pages embed.FS

// A site serves the pages on http://localhost, which is a secure context, and another site than the authority.
type site struct {
	origin string

	server  http.Server
	running sync.WaitGroup
	scripts map[string][]byte // by path
	at      *authoritytest.Server
}

// openSite bundles the pages and serves them until Close.
func openSite(at *authoritytest.Server) (*site, error) {
	scripts, err := bundle()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	s := &site{origin: "http://localhost:" + port, scripts: scripts, at: at}
	s.server = http.Server{Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second}
	s.running.Go(func() { _ = s.server.Serve(listener) }) // until Close
	return s, nil
}

func (s *site) Close() error {
	err := s.server.Close()
	s.running.Wait()
	return err
}

// bundle makes one script of each page, with what it imports.
func bundle() (map[string][]byte, error) {
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{"page/app.js", "page/react.jsx", "page/redirect.js"},
		Bundle:      true, Format: api.FormatESModule, Platform: api.PlatformBrowser, Target: api.ES2022, JSX: api.JSXAutomatic,
		Define: map[string]string{"process.env.NODE_ENV": `"production"`},
		Outdir: ".", LogLevel: api.LogLevelSilent,
	})
	if len(result.Errors) > 0 {
		return nil, fmt.Errorf("bundling the pages, whose packages npm ci installs: %s", result.Errors[0].Text)
	}
	scripts := make(map[string][]byte, len(result.OutputFiles))
	for _, file := range result.OutputFiles {
		scripts["/"+path.Base(file.Path)] = file.Contents
	}
	return scripts, nil
}

func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	for name, script := range s.scripts {
		mux.HandleFunc("GET "+name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = w.Write(script)
		})
	}
	index := template.Must(template.ParseFS(pages, "page/index.html"))
	redirect, err := pages.ReadFile("page/redirect.html")
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { s.show(w, r, index, "/app.js") })
	mux.HandleFunc("GET /react", func(w http.ResponseWriter, r *http.Request) { s.show(w, r, index, "/react.js") })
	mux.HandleFunc("GET /redirect.html", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(redirect)
	})
	if err != nil {
		panic(errors.Join(errors.New("a page is not embedded"), err))
	}
	return mux
}

// show writes a page that runs a script.
func (s *site) show(w http.ResponseWriter, r *http.Request, index *template.Template, script string) {
	base, err := url.Parse(s.at.URL())
	if err != nil {
		http.Error(w, "the authority's URL is malformed", http.StatusInternalServerError)
		return
	}
	data := map[string]any{
		"Title": r.URL.Path, "Script": script, "Ahead": time.Until(s.at.Clock.Now()).Milliseconds(),
		"Settings": map[string]any{
			"api":    s.at.API("api"),
			"scopes": []string{scope("Tasks.Read"), scope("Tasks.Write")},
			"msal":   s.configuration(base.Host, r.URL.Query().Get("cache")),
		},
	}
	var text bytes.Buffer
	if err := index.Execute(&text, data); err != nil {
		http.Error(w, "the page cannot be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(text.Bytes())
}

// configuration is what PublicClientApplication takes.
func (s *site) configuration(authorityHost, cache string) map[string]any {
	if cache == "" {
		cache = "sessionStorage"
	}
	return map[string]any{
		"auth": map[string]any{
			"clientId":              s.at.Directory.App("spa").ClientID,
			"authority":             s.at.Authority(""),
			"knownAuthorities":      []string{authorityHost},
			"redirectUri":           s.origin + "/redirect.html",
			"postLogoutRedirectUri": s.origin + "/redirect.html",
			"clientCapabilities":    []string{"cp1"},
		},
		"cache": map[string]any{"cacheLocation": cache},
	}
}
