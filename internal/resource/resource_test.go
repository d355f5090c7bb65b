package resource_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/resource"
)

func TestParse(t *testing.T) {
	tests := []struct {
		raw  string
		want resource.URL
	}{
		{"https://api.example.com", resource.URL{Scheme: "https", Host: "api.example.com"}},
		{"HTTPS://API.Example.COM/", resource.URL{Scheme: "https", Host: "api.example.com", Path: "/"}},
		{"https://h:443/a?b", resource.URL{Scheme: "https", Host: "h", Path: "/a", Query: "b"}},
		{"http://h:80", resource.URL{Scheme: "http", Host: "h"}},
		{"http://h:443", resource.URL{Scheme: "http", Host: "h", Port: "443"}},
		{"https://h:80", resource.URL{Scheme: "https", Host: "h", Port: "80"}},
		{"https://h:", resource.URL{Scheme: "https", Host: "h"}},
		{"https://h:1/", resource.URL{Scheme: "https", Host: "h", Port: "1", Path: "/"}},
		{"https://h:65535/", resource.URL{Scheme: "https", Host: "h", Port: "65535", Path: "/"}},
		{"https://h?a=https://evil/@x", resource.URL{Scheme: "https", Host: "h", Query: "a=https://evil/@x"}},
		{"https://h/?", resource.URL{Scheme: "https", Host: "h", Path: "/"}},
		{"https://h/a?b?c=%zz&100%", resource.URL{Scheme: "https", Host: "h", Path: "/a", Query: "b?c=%zz&100%"}},
		{"https://h/A/../%2e%2E/.//b%2Fc%5cd", resource.URL{Scheme: "https", Host: "h", Path: "/A/../%2e%2E/.//b%2Fc%5cd"}},
		{"https://h/user@x:y", resource.URL{Scheme: "https", Host: "h", Path: "/user@x:y"}},
		{"https://a_b-c.1.example", resource.URL{Scheme: "https", Host: "a_b-c.1.example"}},
		{"https://xn--bcher-kva.example", resource.URL{Scheme: "https", Host: "xn--bcher-kva.example"}},
		{"https://example.com./", resource.URL{Scheme: "https", Host: "example.com.", Path: "/"}},
		{"https://1.2.3.example", resource.URL{Scheme: "https", Host: "1.2.3.example"}},
		{"https://0x7f.example", resource.URL{Scheme: "https", Host: "0x7f.example"}},
		{"https://192.0.2.255:8443", resource.URL{Scheme: "https", Host: "192.0.2.255", Port: "8443"}},
		{"http://[::1]:8080/x", resource.URL{Scheme: "http", Host: "::1", Port: "8080", Path: "/x"}},
		{"http://[::1]", resource.URL{Scheme: "http", Host: "::1"}},
		{"https://[2001:DB8:0:0:1:0:0:1]:443", resource.URL{Scheme: "https", Host: "2001:db8::1:0:0:1"}},
		{"https://[0:0:0:0:0:0:0:0]", resource.URL{Scheme: "https", Host: "::"}},
		{"https://[2001:db8::0:1]", resource.URL{Scheme: "https", Host: "2001:db8::1"}},
		{"https://[1:0:2:3:4:5:6:7]", resource.URL{Scheme: "https", Host: "1:0:2:3:4:5:6:7"}},
		{"https://[1:2:3:4:5:6:7::]", resource.URL{Scheme: "https", Host: "1:2:3:4:5:6:7:0"}},
		{"https://[::ffff:192.0.2.1]", resource.URL{Scheme: "https", Host: "::ffff:c000:201"}},
	}
	for _, test := range tests {
		got, err := resource.Parse(test.raw)
		if err != nil || got != test.want {
			t.Errorf("Parse(%q) = %#v, %v, want %#v", test.raw, got, err, test.want)
			continue
		}
		again, err := resource.Parse(got.String())
		if err != nil || again != got {
			t.Errorf("Parse of %s, the String of %q, = %#v, %v", got, test.raw, again, err)
		}
	}
}

// The beginnings of the reasons.
const (
	wantScheme    = "it must begin with https:// or http://"
	wantUser      = "it must not have a user name or password"
	wantChar      = "it must not have spaces or control characters"
	wantBackslash = "it must not have a backslash"
	wantASCII     = "it must be ASCII"
	wantName      = "the host must consist of letters, digits, '-', '_' and dots"
	wantLabel     = "each part of the host must have 1 to 63 characters"
	wantPort      = "the port must be a number from 1 to 65535"
	wantNumber    = "a host that ends in a number must be an IPv4 address"
	wantSix       = "the host is not an IPv6 address"
	wantMissing   = "the host is missing"
	wantEscape    = "a '%' in the path"
)

var refused = []struct{ raw, reason string }{
	{"", wantScheme},
	{"s3cr3t", wantScheme},
	{"//api.example.com/", wantScheme},
	{"/path", wantScheme},
	{"https:api.example.com", wantScheme},
	{"https:/api.example.com", wantScheme},
	{"ftp://api.example.com", wantScheme},
	{"javascript://api.example.com/%0aalert(1)", wantScheme},
	{"httpss://api.example.com", wantScheme},
	{"x-https://api.example.com", wantScheme},
	{"https ://api.example.com", wantChar},

	{"https://", wantMissing},
	{"https:///path", wantMissing},
	{"https://?query", wantMissing},
	{"https://:443/", wantMissing},

	{"https://s3cr3t@api.example.com/", wantUser},
	{"https://user:s3cr3t@api.example.com/", wantUser},
	{"https://@api.example.com/", wantUser},
	{"https://api.example.com@evil.example/", wantUser},
	{"https://api.example.com:443@evil.example/", wantUser},
	{"https://api.example.com:pass@[::1]/", wantUser},

	{`https://api.example.com\@evil.example/`, wantBackslash},
	{`https://api.example.com\.evil.example`, wantBackslash},
	{`https:\\api.example.com`, wantBackslash},
	{`https://api.example.com/a\..\b`, wantBackslash},
	{`https://api.example.com/?a=\`, wantBackslash},

	{"https://api.example.com/#fragment", "it must not have a fragment"},
	{"https://api.example.com#@evil.example", "it must not have a fragment"},
	{" https://api.example.com", wantChar},
	{"https://api.example.com ", wantChar},
	{"https://api.example.com/a b", wantChar},
	{"https://api.example.com/a\tb", wantChar},
	{"https://api.exa\nmple.com/", wantChar},
	{"https://api.example.com/\r\nHost: evil", wantChar},
	{"https://api.example.com/\x00", wantChar},
	{"https://api.example.com/\x7f", wantChar},
	{"https://api.example.com/?s3cr3t=\x1b[31m", wantChar},
	{"https://bücher.example/", wantASCII},
	{"https://api.example.com/é", wantASCII},
	{"https://api.example.com\uff0f.evil.example", wantASCII},
	{"https://api.example.com/\u202e", wantASCII},
	{"https://api.example.com/\xff", wantASCII},

	{"https://api%2eexample.com/", wantName},
	{"https://api.example.com%2f.evil.example/", wantName},
	{"https://api.example.com%00.evil.example/", wantName},
	{"https://%61pi.example.com/", wantName},
	{"https://api.example.com;evil/", wantName},
	{"https://api.example.com,evil/", wantName},
	{"https://api.example.com&evil/", wantName},
	{"https://*.example.com/", wantName},
	{"https://<script>/", wantName},
	{"https://fe80::1/", wantPort},
	{"https://api..example.com/", wantLabel},
	{"https://.example.com/", wantLabel},
	{"https://example.com../", wantLabel},
	{"https://./", wantLabel},
	{"https://" + strings.Repeat("a", 64) + ".example/", wantLabel},
	{"https://" + strings.Repeat("a.", 128) + "example/", "the host is too long"},

	{"https://api.example.com:0/", wantPort},
	{"https://api.example.com:65536/", wantPort},
	{"https://api.example.com:99999/", wantPort},
	{"https://api.example.com:18446744073709551617/", wantPort},
	{"https://api.example.com:0443/", wantPort},
	{"https://api.example.com:-1/", wantPort},
	{"https://api.example.com:+1/", wantPort},
	{"https://api.example.com:4_4/", wantPort},
	{"https://api.example.com:0x1/", wantPort},
	{"https://api.example.com:http/", wantPort},
	{"https://api.example.com:443:80/", wantPort},
	{"https://[::1]:s3cr3t/", wantPort},

	{"http://2130706433/", wantNumber},
	{"http://0x7f000001/", wantNumber},
	{"http://0X7F.1/", wantNumber},
	{"http://127.1/", wantNumber},
	{"http://127.0.0.01/", wantNumber},
	{"http://0177.0.0.1/", wantNumber},
	{"http://127.0.0.1.1/", wantNumber},
	{"http://127.0.0.256/", wantNumber},
	{"http://127.0.0.1./", wantNumber},
	{"http://evil.example.0x/", wantNumber},
	{"http://evil.example.7/", wantNumber},

	{"http://[]/", wantSix},
	{"http://[::1%25eth0]/", wantSix},
	{"http://[::1%eth0]/", wantSix},
	{"http://[fe80::1%25s3cr3t]/", wantSix},
	{"http://[127.0.0.1]/", wantSix},
	{"http://[localhost]/", wantSix},
	{"http://[v1.fe80::a+en1]/", wantSix},
	{"http://[:1]/", wantSix},
	{"http://[1:]/", wantSix},
	{"http://[:::]/", wantSix},
	{"http://[::1::]/", wantSix},
	{"http://[1:2:3:4:5:6:7]/", wantSix},
	{"http://[1:2:3:4:5:6:7:8:9]/", wantSix},
	{"http://[1:2:3:4:5:6:7:8::]/", wantSix},
	{"http://[::00001]/", wantSix},
	{"http://[::g]/", wantSix},
	{"http://[::1.2.3]/", wantSix},
	{"http://[::1.2.3.4:5]/", wantSix},
	{"http://[1.2.3.4::]/", wantSix},
	{"http://[1:2:3:4:5:6:7:1.2.3.4]/", wantSix},
	{"http://[::ffff:127.0.0.01]/", wantSix},
	{"http://[::1", "an IPv6 address must end with ']'"},
	{"http://[::1].evil.example/", "only a port may follow an IPv6 address"},
	{"http://::1]/", wantMissing},

	{"https://api.example.com/%", wantEscape},
	{"https://api.example.com/%2", wantEscape},
	{"https://api.example.com/%2g/", wantEscape},
	{"https://api.example.com/%%41", wantEscape},
}

func TestParseRefuses(t *testing.T) {
	for _, test := range refused {
		got, err := resource.Parse(test.raw)
		var reason *resource.Error
		if got != (resource.URL{}) || !errors.As(err, &reason) || !strings.HasPrefix(reason.Reason, test.reason) {
			t.Errorf("Parse(%q) = %#v, %v, want %q", test.raw, got, err, test.reason)
			continue
		}
		if want := "resource: not an acceptable URL: " + reason.Reason; err.Error() != want || strings.Contains(want, "s3cr3t") {
			t.Errorf("Parse(%q): the text is %q", test.raw, err)
		}
	}
}

func TestOrigin(t *testing.T) {
	tests := []struct{ raw, origin string }{
		{"https://API.example.com:443/v1?q=1", "https://api.example.com"},
		{"http://localhost:8080/cb", "http://localhost:8080"},
		{"http://[0::1]:80/", "http://[::1]"},
		{"https://[::1]:80/", "https://[::1]:80"},
	}
	for _, test := range tests {
		if got := parse(t, test.raw).Origin(); got != test.origin {
			t.Errorf("Origin of %s = %s, want %s", test.raw, got, test.origin)
		}
	}
	if got := (resource.URL{}).String(); got != "" {
		t.Errorf("the zero URL is %q", got)
	}
}

func TestLoopback(t *testing.T) {
	tests := []struct {
		host string
		want bool
	}{
		{"localhost", true},
		{"LOCALHOST", true},
		{"127.0.0.1", true},
		{"127.255.255.254", true},
		{"[::1]", true},
		{"[0:0:0:0:0:0:0:1]", true},
		{"localhost.", false},
		{"localhost.example", false},
		{"app.localhost", false},
		{"localhost.localdomain", false},
		{"notlocalhost", false},
		{"127.0.0.1.example", false},
		{"127.example", false},
		{"126.255.255.255", false},
		{"128.0.0.1", false},
		{"0.0.0.0", false},
		{"192.168.0.1", false},
		{"[::]", false},
		{"[::2]", false},
		{"[1::1]", false},
		{"[::ffff:127.0.0.1]", false},
		{"[::127.0.0.1]", false},
	}
	for _, test := range tests {
		if got := parse(t, "http://"+test.host+":8080/").Loopback(); got != test.want {
			t.Errorf("Loopback of %s = %v", test.host, got)
		}
	}
	if (resource.URL{}).Loopback() {
		t.Error("the zero URL is loopback")
	}
}

func TestSegments(t *testing.T) {
	tests := []struct {
		path string
		want []string
	}{
		{"", nil},
		{"/", nil},
		{"/a", []string{"a"}},
		{"/a/", []string{"a", ""}},
		{"/a/B", []string{"a", "B"}},
		{"//", []string{"", ""}},
		{"//a", []string{"", "a"}},
		{"/a/../b/./c", []string{"a", "..", "b", ".", "c"}},
		{"/%2e%2E/a%2Fb/%5c", []string{"%2e%2E", "a%2Fb", "%5c"}},
		{"/a;v=1/b", []string{"a;v=1", "b"}},
	}
	for _, test := range tests {
		u := parse(t, "https://h"+test.path+"?x/y")
		if got := u.Segments(); !reflect.DeepEqual(got, test.want) {
			t.Errorf("Segments of %q = %q, want %q", test.path, got, test.want)
		}
	}
}

func parse(t *testing.T, raw string) resource.URL {
	t.Helper()
	u, err := resource.Parse(raw)
	if err != nil {
		t.Fatalf("Parse(%q): %v", raw, err)
	}
	return u
}

func ExampleParse() {
	u, err := resource.Parse("https://API.example.com:443/v1/users?page=2")
	fmt.Println(u.Origin(), u.Segments(), u.Query, err)
	_, err = resource.Parse("https://api.example.com@evil.example/")
	fmt.Println(err)
	// Output:
	// https://api.example.com [v1 users] page=2 <nil>
	// resource: not an acceptable URL: it must not have a user name or password
}
