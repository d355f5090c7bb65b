package authoritytest

import (
	"html"
	"net/url"
	"strings"
)

// A page is one of the server's own pages as a [Browser] sees it, or a redirect.
type page struct {
	status   int
	target   string // of a redirect
	origin   string // where the page is
	name     pageName
	title    string
	notice   string // what it complains about
	action   string // of the form
	fields   url.Values
	accounts []string // to pick from
	code     string   // to type in
}

// readPage reads a page that this package made. It is no HTML parser: it knows how the
// templates write their elements.
func readPage(text string) *page {
	p := &page{fields: url.Values{}}
	for i := 0; i < len(text); {
		start := strings.IndexByte(text[i:], '<')
		if start < 0 {
			break
		}
		i += start
		end := strings.IndexByte(text[i:], '>') // templates escape > in attributes
		if end < 0 {
			break
		}
		tag, after := text[i+1:i+end], text[i+end+1:]
		i += end + 1
		inner, _, _ := strings.Cut(after, "<")
		p.element(tag, strings.TrimSpace(html.UnescapeString(inner)))
	}
	return p
}

func (p *page) element(tag, inner string) {
	name, _, _ := strings.Cut(tag, " ")
	switch name {
	case "body":
		p.name = pageName(attribute(tag, "data-page"))
	case "h1":
		p.title = inner
	case "form":
		p.action = attribute(tag, "action")
	case "p":
		if strings.Contains(tag, `role="alert"`) {
			p.notice = inner
		}
		if attribute(tag, "class") == "code" {
			p.code = inner
		}
	case "button":
		if attribute(tag, "name") == "account" {
			p.accounts = append(p.accounts, attribute(tag, "value"))
		}
	case "input":
		name, value := attribute(tag, "name"), attribute(tag, "value")
		switch {
		case attribute(tag, "type") != "hidden":
		case p.name == pageFormPost:
			p.fields.Add(name, value) // a faulty response has a parameter twice
		default:
			p.fields.Set(name, value) // each form of a page has its own
		}
	}
}

// attribute returns the value of an attribute, which the templates always quote.
func attribute(tag, name string) string {
	_, rest, ok := strings.Cut(tag, " "+name+`="`)
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return html.UnescapeString(value)
}
