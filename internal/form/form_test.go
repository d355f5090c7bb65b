package form_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/form"
)

func TestLookup(t *testing.T) {
	v := form.Values{{"a", "1"}, {"empty", ""}, {"a", "2"}, {"A", "3"}}
	tests := []struct {
		name string
		get  string
		all  []string
		has  bool
	}{
		{"a", "1", []string{"1", "2"}, true},
		{"A", "3", []string{"3"}, true},
		{"empty", "", []string{""}, true},
		{"absent", "", nil, false},
	}
	for _, test := range tests {
		if got := v.Get(test.name); got != test.get {
			t.Errorf("Get(%q) = %q, want %q", test.name, got, test.get)
		}
		if got := v.All(test.name); !reflect.DeepEqual(got, test.all) {
			t.Errorf("All(%q) = %q, want %q", test.name, got, test.all)
		}
		if got := v.Has(test.name); got != test.has {
			t.Errorf("Has(%q) = %v, want %v", test.name, got, test.has)
		}
	}
}

func TestSet(t *testing.T) {
	tests := []struct {
		label  string
		before form.Values
		after  string
	}{
		{"empty", nil, "x=new"},
		{"absent", form.Values{{"a", "1"}}, "a=1&x=new"},
		{"in its place", form.Values{{"a", "1"}, {"x", "old"}, {"b", "2"}}, "a=1&x=new&b=2"},
		{"drops the others", form.Values{{"x", "1"}, {"a", "1"}, {"x", "2"}, {"x", "3"}, {"b", "2"}}, "x=new&a=1&b=2"},
		{"case matters", form.Values{{"X", "1"}}, "X=1&x=new"},
	}
	for _, test := range tests {
		t.Run(test.label, func(t *testing.T) {
			backing := test.before
			v := test.before
			v.Set("x", "new")
			if got := v.Encode(); got != test.after {
				t.Errorf("after Set: %s, want %s", got, test.after)
			}
			for i := len(v); i < len(backing); i++ {
				if backing[i] != (form.Field{}) {
					t.Errorf("a dropped field is still behind the slice at %d", i)
				}
			}
		})
	}
}

func TestAddKeepsOrder(t *testing.T) {
	var v form.Values
	v.Add("b", "1")
	v.Add("a", "2")
	v.Add("b", "3")
	if got, want := v.Encode(), "b=1&a=2&b=3"; got != want {
		t.Errorf("Encode() = %s, want %s", got, want)
	}
}

// No secret is printable: design.md, section 8, number 7.
func TestPrintingShowsNamesOnly(t *testing.T) {
	const secret = "s3cr3t-value"
	v := form.Values{{"client_secret", secret}, {"line\nbreak", secret}}
	type Request struct{ Body form.Values }
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X"} {
		for _, x := range []any{v, &v, v[0], &v[0], Request{v}, []any{v}} {
			got := fmt.Sprintf(verb, x)
			if strings.Contains(got, secret) || strings.Contains(strings.ToLower(got), fmt.Sprintf("%x", secret)) {
				t.Errorf("Sprintf(%q) of a %T shows the value: %s", verb, x, got)
			}
		}
	}
	if got, want := v.String(), `form["client_secret"=[redacted] "line\x0abreak"=[redacted]]`; got != want {
		t.Errorf("String() = %s, want %s", got, want)
	}
}

func ExampleValues() {
	var f form.Values
	f.Set("grant_type", "authorization_code")
	f.Set("redirect_uri", "http://localhost:8080/")
	f.Set("code", "not printed")
	fmt.Println(f)
	fmt.Println(f.Encode())
	// Output:
	// form["grant_type"=[redacted] "redirect_uri"=[redacted] "code"=[redacted]]
	// grant_type=authorization_code&redirect_uri=http%3A%2F%2Flocalhost%3A8080%2F&code=not+printed
}
