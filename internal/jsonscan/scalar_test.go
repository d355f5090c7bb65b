package jsonscan_test

import (
	"testing"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

func TestText(t *testing.T) {
	tests := []struct{ in, want string }{
		{`""`, ""},
		{`"abc é 😀"`, "abc é 😀"},
		{`"\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t"},
		{`"\u0041\u00e9\u20AC"`, "Aé€"},
		{`"\u0000"`, "\x00"},
		{`"\ud83d\ude00"`, "😀"},
		{`"\ud83d"`, "\uFFFD"},
		{`"\ude00"`, "\uFFFD"},
		{`"\ude00\ud83d"`, "\uFFFD\uFFFD"},
		{`"\ud83dx"`, "\uFFFDx"},
		{`"\ud83d\u0041"`, "\uFFFDA"},
		{`"\ud83d\ud83d\ude00"`, "\uFFFD😀"},
		{`"\ud83d\n"`, "\uFFFD\n"},
		{"\"a\xffb\xc3\"", "a\uFFFDb\uFFFD"},
		{"\"\xed\xa0\x80\"", "\uFFFD\uFFFD\uFFFD"},
		{"\"\x7f\u2028\"", "\x7f\u2028"},
	}
	for _, test := range tests {
		if got, ok := parse(t, test.in).Text(); got != test.want || !ok {
			t.Errorf("Text of %q = %q, %v, want %q", test.in, got, ok, test.want)
		}
	}
	for _, in := range []string{"null", "true", "1", "[]", `{"a":"b"}`} {
		if got, ok := parse(t, in).Text(); got != "" || ok {
			t.Errorf("Text of %s = %q, %v", in, got, ok)
		}
	}
}

func TestBool(t *testing.T) {
	tests := []struct {
		in        string
		value, ok bool
	}{
		{"true", true, true},
		{"false", false, true},
		{`"true"`, false, false},
		{"1", false, false},
		{"null", false, false},
	}
	for _, test := range tests {
		if value, ok := parse(t, test.in).Bool(); value != test.value || ok != test.ok {
			t.Errorf("Bool of %s = %v, %v", test.in, value, ok)
		}
	}
}

func TestInt(t *testing.T) {
	tests := []struct {
		in   string
		want int64
		ok   bool
	}{
		{"0", 0, true},
		{"-0", 0, true},
		{"0.000", 0, true},
		{"0e99999999999999999999", 0, true},
		{"0.0e-99999999999999999999", 0, true},
		{"3600", 3600, true},
		{"-3600", -3600, true},
		{"3600.0", 3600, true},
		{"3600.00e0", 3600, true},
		{"36e2", 3600, true},
		{"3.6E+3", 3600, true},
		{"360000e-2", 3600, true},
		{"360000.00e-2", 3600, true},
		{"36000001e-4", 0, false},
		{"1.5", 0, false},
		{"15e-1", 0, false},
		{"1e-1", 0, false},
		{"0.1", 0, false},
		{"0.1e1", 1, true},
		{"1732147200000", 1732147200000, true},
		{"9223372036854775807", 1<<63 - 1, true},
		{"9223372036854775807.0", 1<<63 - 1, true},
		{"92233720368547758070e-1", 1<<63 - 1, true},
		{"9223372036854775808", 0, false},
		{"-9223372036854775808", -1 << 63, true},
		{"-9223372036854775809", 0, false},
		{"1e18", 1e18, true},
		{"1e19", 0, false},
		{"1e99999999999999999999", 0, false},
		{"1e-99999999999999999999", 0, false},
		{"1e18446744073709551617", 0, false}, // 2^64+1
		{"10e-18446744073709551617", 0, false},
		{"99999999999999999999999999999", 0, false},
		{`"3600"`, 0, false},
		{"true", 0, false},
		{"null", 0, false},
	}
	for _, test := range tests {
		if got, ok := parse(t, test.in).Int(); got != test.want || ok != test.ok {
			t.Errorf("Int of %s = %d, %v, want %d, %v", test.in, got, ok, test.want, test.ok)
		}
	}
}

func TestTruncated(t *testing.T) {
	tests := []struct {
		in   string
		want int64
		ok   bool
	}{
		{"0", 0, true},
		{"-0.0", 0, true},
		{"3599.9", 3599, true},
		{"-3599.9", -3599, true},
		{"0.999", 0, true},
		{"1e-999", 0, true},
		{"123456e-2", 1234, true},
		{"1732147200000.25", 1732147200000, true},
		{"9223372036854775807.5", 9223372036854775807, true},
		{"9223372036854775808", 9223372036854775807, true},
		{"-9223372036854775809", -9223372036854775808, true},
		{"1e300", 9223372036854775807, true},
		{"-1e999999999999", -9223372036854775808, true},
		{`"1"`, 0, false},
		{"null", 0, false},
	}
	for _, test := range tests {
		if got, ok := parse(t, test.in).Truncated(); got != test.want || ok != test.ok {
			t.Errorf("Truncated of %s = %d, %v, want %d, %v", test.in, got, ok, test.want, test.ok)
		}
	}
}

func TestQuote(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", `""`},
		{"abc é 😀", `"abc é 😀"`},
		{"\"\\/\b\f\n\r\t", `"\"\\/\b\f\n\r\t"`},
		{"\x00\x1f\x7f", "\"\\u0000\\u001f\x7f\""},
		{"</script>&", `"\u003c/script\u003e\u0026"`},
		{"\u2028\u2029\u202a", "\"\\u2028\\u2029\u202a\""},
		{"a\xffb\xc3", `"a\ufffdb\ufffd"`},
		{"\uFFFD", "\"\uFFFD\""},
	}
	for _, test := range tests {
		if got := jsonscan.Quote(test.in); got != test.want {
			t.Errorf("Quote(%q) = %s, want %s", test.in, got, test.want)
		}
	}
	if got := string(jsonscan.AppendString([]byte(`{"a":`), "b")); got != `{"a":"b"` {
		t.Errorf("AppendString: %s", got)
	}
}

func TestMerge(t *testing.T) {
	tests := []struct{ label, a, b, want string }{
		{"nothing", `{}`, `{}`, `{}`},
		{"absent", ``, ``, `{}`},
		{"only a", `{"a":1}`, ``, `{"a":1}`},
		{"only b", ``, `{"b":1}`, `{"b":1}`},
		{"side by side, in order", `{"z":1,"a":2}`, `{"y":3,"b":4}`, `{"z":1,"a":2,"y":3,"b":4}`},
		{"b wins, in a's place", `{"x":1,"y":2}`, `{"z":4,"x":3}`, `{"x":3,"y":2,"z":4}`},
		{"deep", `{"o":{"a":{"k":1,"l":2}}}`, `{"o":{"b":2,"a":{"l":3}}}`, `{"o":{"a":{"k":1,"l":3},"b":2}}`},
		{"arrays are replaced", `{"v":["cp1","cp2"]}`, `{"v":["cp3"]}`, `{"v":["cp3"]}`},
		{"null wins", `{"v":{"a":1}}`, `{"v":null}`, `{"v":null}`},
		{"an object wins over a leaf", `{"v":null}`, `{"v":{"a":1}}`, `{"v":{"a":1}}`},
		{"a leaf wins over an object", `{"v":{"a":1}}`, `{"v":"x"}`, `{"v":"x"}`},
		{"duplicates in a", `{"v":{"a":1},"v":{"b":2}}`, `{"v":{"c":3}}`, `{"v":{"b":2,"c":3}}`},
		{"duplicates in b", `{"v":1}`, `{"v":2,"w":0,"v":3}`, `{"v":3,"w":0}`},
		{"duplicates below", `{"v":[{"a":1,"a":2}]}`, `{"w":{"b":1,"b":2}}`, `{"v":[{"a":2}],"w":{"b":2}}`},
		{"names by their content", `{"\u0061":1}`, `{"a":2}`, `{"a":2}`},
		{"space goes", " { \"a\" : [ 1 , { } , [ ] ] } ", "{ \"b\"\n: \" \" }", `{"a":[1,{},[]],"b":" "}`},
		{"numbers stay", `{"a":1.0,"b":1e2,"c":12345678901234567890}`, `{}`, `{"a":1.0,"b":1e2,"c":12345678901234567890}`},
		{"text is clean", "{\"a\xff\":\"<\xff\\ud800\"}", `{}`, "{\"a\uFFFD\":\"\\u003c\uFFFD\uFFFD\"}"},
	}
	for _, test := range tests {
		t.Run(test.label, func(t *testing.T) {
			var a, b jsonscan.Value
			if test.a != "" {
				a = parse(t, test.a)
			}
			if test.b != "" {
				b = parse(t, test.b)
			}
			if got, err := jsonscan.Merge(a, b); got != test.want || err != nil {
				t.Errorf("Merge(%s, %s) = %s, %v, want %s", test.a, test.b, got, err, test.want)
			}
		})
	}
}

func TestMergeRefuses(t *testing.T) {
	object := parse(t, `{"s3cr3t":1}`)
	for _, text := range []string{"null", "true", "1", `"s3cr3t"`, `["s3cr3t"]`} {
		v := parse(t, text)
		for _, pair := range [][2]jsonscan.Value{{object, v}, {v, object}, {v, {}}, {{}, v}} {
			got, err := jsonscan.Merge(pair[0], pair[1])
			if got != "" || err == nil || err.Error() != "jsonscan: merge: a value is not an object" {
				t.Errorf("Merge with %s = %q, %v", text, got, err)
			}
		}
	}
}
