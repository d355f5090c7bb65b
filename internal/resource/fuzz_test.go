package resource_test

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/resource"
)

// FuzzParse compares Parse with url.Parse: what we take, it takes, and reads the same scheme, host, port, path and query
// in it. It takes much that we refuse.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"https://api.example.com:8443/a/%2e%2e/b?c=d", "HTTP://[::1]:80/", "http://127.0.0.1:1", "http://[2001:DB8::1.2.3.4]",
		"https://u:p@h/", `https://h\@e/`, "https://h%2f/", "https://[::1%25z]/", "https://h:99999/", "https://h?a#b",
		"https://h:/", "https://0x7f.1/", "https://a..b/", "https://h./", "https://h:0443", "https://é/", "https:///", "https://h//a",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := resource.Parse(raw)
		var refused *resource.Error
		if err != nil {
			if got != (resource.URL{}) || !errors.As(err, &refused) || refused.Reason == "" {
				t.Fatalf("Parse(%q) = %#v, %#v", raw, got, err)
			}
			return
		}
		want, err := url.Parse(raw)
		if err != nil {
			t.Fatalf("Parse takes %q, net/url says %v", raw, err)
		}
		port := want.Port()
		if port == "443" && want.Scheme == "https" || port == "80" && want.Scheme == "http" {
			port = ""
		}
		if got.Scheme != want.Scheme || got.Port != port || got.Query != want.RawQuery || want.User != nil || want.Fragment != "" ||
			!sameHost(got.Host, want.Hostname()) {
			t.Fatalf("Parse(%q) = %#v, net/url says %#v", raw, got, want)
		}
		if path, err := url.PathUnescape(got.Path); err != nil || path != want.Path {
			t.Fatalf("Parse(%q): path %q, net/url says %q, %v", raw, got.Path, want.Path, err)
		}
		if joined := strings.Join(got.Segments(), "/"); len(got.Path) > 1 && "/"+joined != got.Path {
			t.Fatalf("segments of %q join to %q", got.Path, joined)
		}
		again, err := resource.Parse(got.String())
		if err != nil || again != got {
			t.Fatalf("Parse(%q) = %#v, but its String gives %#v, %v", raw, got, again, err)
		}
	})
}

// FuzzAddress compares the reading of addresses with net/netip.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{
		"::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1::2:0:0:3", "1:0:0:2::3",
		"127.0.0.1", "0.0.0.0", "1.2.3.04", "256.1.1.1", "::1%eth0", "::12345", "1.2.3.4::", "fe80::A",
	} {
		f.Add(seed)
	}
	f.Add("::]/")
	f.Fuzz(func(t *testing.T, s string) {
		want, err := netip.ParseAddr(s)
		isAddress := err == nil && want.Zone() == ""
		if strings.Contains(s, "]") {
			return // it would end the brackets: what follows is no longer an address
		}
		if strings.Contains(s, ":") {
			got, err := resource.Parse("https://[" + s + "]")
			if (err == nil) != isAddress {
				t.Fatalf("Parse of [%s]: %v, net/netip says %v, %v", s, err, want, isAddress)
			}
			if err == nil && !sameHost(got.Host, s) {
				t.Fatalf("Parse of [%s]: %s, net/netip says %s", s, got.Host, want)
			}
			if err == nil && got.Loopback() != (want == netip.IPv6Loopback()) {
				t.Fatalf("Loopback of [%s] = %v", s, got.Loopback())
			}
			return
		}
		got, err := resource.Parse("https://" + s)
		if isAddress && (err != nil || got.Host != want.String() || got.Loopback() != want.IsLoopback()) {
			t.Fatalf("Parse of %s: %s, %v, net/netip says %v", s, got.Host, err, want)
		}
		// A name that is no address must not look like one to anybody.
		if _, number := strconv.ParseUint(got.Host, 10, 64); err == nil && number == nil {
			t.Fatalf("Parse of %s takes the number %s for a name", s, got.Host)
		}
	})
}

// sameHost compares what Parse made of a host with the host as it was written.
func sameHost(got, written string) bool {
	if !strings.Contains(written, ":") {
		return got == strings.ToLower(written)
	}
	a, err := netip.ParseAddr(written)
	if err != nil {
		return false
	}
	want := a.String()
	if a.Is4In6() {
		// net/netip writes the last two groups of these as an IPv4 address.
		b, err := netip.ParseAddr(got)
		return err == nil && a == b && !strings.Contains(got, ".")
	}
	return got == want
}
