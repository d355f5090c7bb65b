//go:build js

package jsengine

import (
	"strings"
	"syscall/js"
	"time"

	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// Settings are what create is told.
type settings struct {
	provider
	redirectURI, postLogoutRedirectURI  string
	noPostLogoutRedirect                bool   // postLogoutRedirectUri is null
	cacheLocation                       string // "sessionStorage", "localStorage" or "memoryStorage"
	popupTimeout, frameTimeout, leaving time.Duration
}

func readSettings(config js.Value) (*settings, error) {
	c := readConfiguration(config)
	s := &settings{
		provider: provider{
			clientID: c.text("clientId"), authority: c.text("authority"),
			knownAuthorities: c.texts("knownAuthorities"), capabilities: c.texts("clientCapabilities"), protocolMode: c.text("protocolMode"),
			renewBefore: time.Duration(within(c.number("tokenRenewalOffsetSeconds", 300), 1e6)) * time.Second,
		},
		cacheLocation: c.text("cacheLocation"),
		redirectURI:   c.text("redirectUri"), postLogoutRedirectURI: c.text("postLogoutRedirectUri"),
		noPostLogoutRedirect: jsvalue.Get(c.members, "postLogoutRedirectUri").IsNull(),
		popupTimeout:         c.milliseconds("popupTimeout", time.Minute),
		frameTimeout:         c.milliseconds("frameTimeout", 10*time.Second),
		leaving:              c.milliseconds("redirectNavigationTimeout", 30*time.Second),
	}
	if s.authority == "" {
		s.authority = "https://login.microsoftonline.com/common"
	}
	if c.err != nil {
		return nil, fail(classClientConfig, "request_cannot_be_made", "the configuration is wrong: "+c.err.Error())
	}
	if s.redirectURI != "" && !strings.HasPrefix(s.redirectURI, "https://") && !strings.HasPrefix(s.redirectURI, "http://") {
		s.redirectURI = absolute(s.redirectURI)
	}
	return s, nil
}

// A configuration is a plain copy of the page's object: no getter of it runs, and what is no
// JSON is not in it. It keeps the first problem. A page is not ready before this is read, and
// reading the few members one by one needs less code than [reader].
type configuration struct {
	members js.Value
	err     error
}

func readConfiguration(v js.Value) *configuration {
	json, err := jsvalue.JSON(v, names)
	return &configuration{jsonPayload(json), err}
}

func (c *configuration) note(err error) {
	if c.err == nil {
		c.err = err
	}
}

func (c *configuration) text(name string) string {
	text, err := jsvalue.Text(c.members, name)
	if err != nil {
		c.note(err)
	}
	return text
}

func (c *configuration) texts(name string) []string {
	v := jsvalue.Get(c.members, name)
	if jsvalue.Nothing(v) {
		return nil
	}
	length, err := jsvalue.Number(v, "length", -1) // no object of a copy has a member of this name
	list, ok := []string{}, err == nil && length >= 0 && jsvalue.IsObject(v)
	for i := 0; ok && i < int(length); i++ {
		var text string
		text, ok = jsvalue.String(v.Index(i))
		list = append(list, text)
	}
	if !ok {
		c.note(&jsvalue.TypeError{Name: name, Want: "an array of strings"})
	}
	return list
}

func (c *configuration) number(name string, other float64) float64 {
	n, err := jsvalue.Number(c.members, name, other)
	if err != nil {
		c.note(err)
	}
	return n
}

func (c *configuration) milliseconds(name string, other time.Duration) time.Duration {
	n := c.number(name, -1)
	if n < 0 || n > 1e9 {
		return other
	}
	return time.Duration(n) * time.Millisecond
}

// within returns n if it is between 0 and limit, else that of the two to which it is nearer.
func within(n, limit float64) float64 {
	switch {
	case n < 0:
		return 0
	case n > limit:
		return limit
	}
	return n
}
