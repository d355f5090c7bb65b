package form_test

import (
	"errors"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/form"
)

func TestEscape(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"abc-_.~XYZ019", "abc-_.~XYZ019"},
		{" ", "+"},
		{"a b", "a+b"},
		{"a+b", "a%2Bb"},
		{"a&b=c;d", "a%26b%3Dc%3Bd"},
		{"%", "%25"},
		{"https://api/.default", "https%3A%2F%2Fapi%2F.default"},
		{"é\x00\xff", "%C3%A9%00%FF"},
		{"*'()!", "%2A%27%28%29%21"},
	}
	for _, test := range tests {
		if got := form.Escape(test.in); got != test.want {
			t.Errorf("Escape(%q) = %q, want %q", test.in, got, test.want)
		}
	}
	for c := 0; c < 256; c++ {
		s := string([]byte{'x', byte(c), 'y'})
		if got, want := form.Escape(s), url.QueryEscape(s); got != want {
			t.Errorf("Escape(%q) = %q, net/url says %q", s, got, want)
		}
	}
}

func TestEncode(t *testing.T) {
	tests := []struct {
		in   form.Values
		want string
	}{
		{nil, ""},
		{form.Values{}, ""},
		{form.Values{{"", ""}}, "="},
		{form.Values{{"z", ""}, {"a", "1"}, {"z", "2"}}, "z=&a=1&z=2"},
		{form.Values{{"scope", "openid api://x/.default"}}, "scope=openid+api%3A%2F%2Fx%2F.default"},
	}
	for _, test := range tests {
		if got := test.in.Encode(); got != test.want {
			t.Errorf("%v.Encode() = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestParse(t *testing.T) {
	tests := []struct {
		in   string
		want form.Values
	}{
		{"", nil},
		{"a=1", form.Values{{"a", "1"}}},
		{"b=1&a=2&b=3", form.Values{{"b", "1"}, {"a", "2"}, {"b", "3"}}},
		{"a", form.Values{{"a", ""}}},
		{"a=", form.Values{{"a", ""}}},
		{"=1", form.Values{{"", "1"}}},
		{"a=b=c", form.Values{{"a", "b=c"}}},
		{"&&a=1&&b=2&", form.Values{{"a", "1"}, {"b", "2"}}},
		{"a+b=c+d", form.Values{{"a b", "c d"}}},
		{"%61=%2B%26%3d%00%FF", form.Values{{"a", "+&=\x00\xff"}}},
		{"state=x%3By", form.Values{{"state", "x;y"}}},
		{"error_description=AADSTS65001%3a%0D%0Adenied", form.Values{{"error_description", "AADSTS65001:\r\ndenied"}}},
	}
	for _, test := range tests {
		got, err := form.Parse(test.in)
		if err != nil || len(got) != len(test.want) || len(got) > 0 && !reflect.DeepEqual(got, test.want) {
			t.Errorf("Parse(%q) = %#v, %v, want %#v", test.in, flat(got), err, flat(test.want))
		}
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		in     string
		offset int
		reason string
	}{
		{"a=%", 2, "'%' without two hexadecimal digits"},
		{"a=1&b=%4", 6, "'%' without two hexadecimal digits"},
		{"a=1&s3cr3t%zz=2", 10, "'%' without two hexadecimal digits"},
		{"a=%4%41", 2, "'%' without two hexadecimal digits"},
		{"a=+%1g", 3, "'%' without two hexadecimal digits"},
		{"a=1;b=2", 3, "unescaped semicolon"},
		{"a=1&s3cr3t;=2", 10, "unescaped semicolon"},
		{strings.Repeat("&", 10000), 10000, "more than 10000 fields"},
	}
	for _, test := range tests {
		got, err := form.Parse(test.in)
		var syntax *form.SyntaxError
		if got != nil || !errors.As(err, &syntax) || syntax.Offset != test.offset || syntax.Reason != test.reason {
			t.Errorf("Parse(%q) = %v, %v; want %q at %d", test.in, got, err, test.reason, test.offset)
			continue
		}
		if want := "form: malformed at byte " + strconv.Itoa(test.offset) + ": " + test.reason; err.Error() != want {
			t.Errorf("Parse(%q): error text %q, want %q", test.in, err, want)
		}
	}
}

// FuzzParse compares Parse with url.ParseQuery: one takes what the other takes, and reads the same in it.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "a=1&b=2&a=3", "a;b", "%", "%zz=1", "a=%41+%2b", "&=&", "=", "a=b=c&&", "\x00=\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		got, err := form.Parse(query)
		if strings.Count(query, "&") >= 10000 {
			return // where net/url begins to refuse depends on its version
		}
		want, wantErr := url.ParseQuery(query)
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("Parse(%q): %v, net/url says %v", query, err, wantErr)
		}
		if err != nil {
			checkError(t, query, got, err)
			return
		}
		if !reflect.DeepEqual(grouped(got), map[string][]string(want)) {
			t.Fatalf("Parse(%q) = %v, net/url says %v", query, flat(got), want)
		}
		again, err := form.Parse(got.Encode())
		if err != nil || !reflect.DeepEqual(flat(again), flat(got)) {
			t.Fatalf("Parse(Encode()) = %v, %v, want %v", flat(again), err, flat(got))
		}
	})
}

// FuzzEncode compares Encode with url.QueryEscape, and checks that Parse reads back what it wrote.
func FuzzEncode(f *testing.F) {
	f.Add("a", "1", "b", "2")
	f.Add("", "", " ", "+%&=;")
	f.Add("é", "\xff\x00", "~", "*")
	f.Fuzz(func(t *testing.T, n1, v1, n2, v2 string) {
		values := form.Values{{n1, v1}, {n2, v2}}
		got := values.Encode()
		want := url.QueryEscape(n1) + "=" + url.QueryEscape(v1) + "&" + url.QueryEscape(n2) + "=" + url.QueryEscape(v2)
		if got != want {
			t.Fatalf("Encode() = %q, net/url says %q", got, want)
		}
		again, err := form.Parse(got)
		if err != nil || !reflect.DeepEqual(again, values) {
			t.Fatalf("Parse(%q) = %v, %v", got, flat(again), err)
		}
	})
}

// checkError sees to it that the error is typed, that nothing came with it, and that none of the text is in it.
func checkError(t *testing.T, query string, got form.Values, err error) {
	t.Helper()
	var syntax *form.SyntaxError
	if got != nil || !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(query) {
		t.Fatalf("Parse(%q) = %v, %#v", query, got, err)
	}
	switch syntax.Reason {
	case "'%' without two hexadecimal digits", "unescaped semicolon":
	default:
		t.Fatalf("Parse(%q): reason %q", query, syntax.Reason)
	}
}

func grouped(v form.Values) map[string][]string {
	m := map[string][]string{}
	for _, f := range v {
		m[f.Name] = append(m[f.Name], f.Value)
	}
	return m
}

// flat makes fields printable.
func flat(v form.Values) [][2]string {
	var pairs [][2]string
	for _, f := range v {
		pairs = append(pairs, [2]string{f.Name, f.Value})
	}
	return pairs
}
