package jsonscan_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// parse is for texts that the test knows to be JSON.
func parse(t testing.TB, text string) jsonscan.Value {
	t.Helper()
	v, err := jsonscan.Parse(text)
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return v
}

func TestKinds(t *testing.T) {
	tests := []struct {
		text string
		kind jsonscan.Kind
		name string
		raw  string
	}{
		{"null", jsonscan.Null, "null", "null"},
		{" true\n", jsonscan.Bool, "boolean", "true"},
		{"false", jsonscan.Bool, "boolean", "false"},
		{"\t-0.5e+3 ", jsonscan.Number, "number", "-0.5e+3"},
		{"0", jsonscan.Number, "number", "0"},
		{"\r\n\"a\" ", jsonscan.String, "string", `"a"`},
		{" [ 1 , 2 ] ", jsonscan.Array, "array", "[ 1 , 2 ]"},
		{"{}", jsonscan.Object, "object", "{}"},
	}
	for _, test := range tests {
		v := parse(t, test.text)
		if v.Kind() != test.kind || v.Kind().String() != test.name || v.Raw() != test.raw || !v.Exists() {
			t.Errorf("Parse(%q) is a %v, %q, exists: %v", test.text, v.Kind(), v.Raw(), v.Exists())
		}
	}
}

func TestAbsent(t *testing.T) {
	absent := []jsonscan.Value{
		{},
		parse(t, `{"a":1}`).Get("b"),
		parse(t, `{"a":1}`).Get("A"),
		parse(t, `{"a":{"b":1}}`).Get("b"),
		parse(t, `{}`).Get(""),
		parse(t, `[1]`).Get("0"),
		parse(t, `"a"`).Get("a"),
		parse(t, `null`).Get("a").Get("b"),
	}
	for i, v := range absent {
		_, isText := v.Text()
		_, isInt := v.Int()
		_, isTruncated := v.Truncated()
		_, isBool := v.Bool()
		if v.Exists() || v.Kind() != jsonscan.Absent || v.Kind().String() != "absent" || v.Raw() != "" ||
			isText || isInt || isTruncated || isBool {
			t.Errorf("%d: not absent: %v", i, v)
		}
		v.Each(func(string, jsonscan.Value) bool { t.Errorf("%d: a member", i); return true })
		v.Items(func(jsonscan.Value) bool { t.Errorf("%d: an element", i); return true })
	}
}

func TestParseRefuses(t *testing.T) {
	deep := strings.Repeat("[", 65)
	tests := []struct {
		text   string
		offset int
		reason string
	}{
		{"", 0, "the text ends where a value should be"},
		{" \n", 2, "the text ends where a value should be"},
		{"\ufeff{}", 0, "not the beginning of a value"},
		{"<html>", 0, "not the beginning of a value"},
		{"{} {}", 3, "something follows the value"},
		{"1,", 1, "something follows the value"},
		{"nul", 3, "not the beginning of a value"},
		{"nulL", 3, "not the beginning of a value"},
		{"True", 0, "not the beginning of a value"},
		{"NaN", 0, "not the beginning of a value"},
		{"{", 1, "not the beginning of a member name"},
		{"{a:1}", 1, "not the beginning of a member name"},
		{"{'a':1}", 1, "not the beginning of a member name"},
		{`{"a"}`, 4, "no ':' after a member name"},
		{`{"a" 1}`, 5, "no ':' after a member name"},
		{`{"a":}`, 5, "not the beginning of a value"},
		{`{"a":1`, 6, "neither ',' nor the end of the array or object"},
		{`{"a":1,}`, 7, "not the beginning of a member name"},
		{`{"a":1;"b":2}`, 6, "neither ',' nor the end of the array or object"},
		{"[1,]", 3, "not the beginning of a value"},
		{"[,1]", 1, "not the beginning of a value"},
		{"[1 2]", 3, "neither ',' nor the end of the array or object"},
		{"[1}", 2, "neither ',' nor the end of the array or object"},
		{"[", 1, "the text ends where a value should be"},
		{"// comment\n1", 0, "not the beginning of a value"},
		{`"a`, 2, "the text ends in a string"},
		{`"a\`, 3, "unknown escape in a string"},
		{`"a\"`, 4, "the text ends in a string"},
		{"\"a\nb\"", 2, "control character in a string"},
		{"\"\x00\"", 1, "control character in a string"},
		{`"\x41"`, 2, "unknown escape in a string"},
		{`"\u00g0"`, 5, `\u without four hexadecimal digits`},
		{`"\u12"`, 5, `\u without four hexadecimal digits`},
		{"-", 1, "no digit where a number needs one"},
		{"01", 1, "something follows the value"},
		{"-01", 2, "something follows the value"},
		{"1.", 2, "no digit where a number needs one"},
		{".5", 0, "not the beginning of a value"},
		{"+1", 0, "not the beginning of a value"},
		{"1e", 2, "no digit where a number needs one"},
		{"1e+", 3, "no digit where a number needs one"},
		{"0x10", 1, "something follows the value"},
		{"1_000", 1, "something follows the value"},
		{deep, 64, "nested too deeply"},
	}
	for _, test := range tests {
		v, err := jsonscan.Parse(test.text)
		var syntax *jsonscan.SyntaxError
		if v.Exists() || !errors.As(err, &syntax) || syntax.Offset != test.offset || syntax.Reason != test.reason {
			t.Errorf("Parse(%q): %v, want %q at %d", test.text, err, test.reason, test.offset)
			continue
		}
		if want := fmt.Sprintf("jsonscan: malformed at byte %d: %s", test.offset, test.reason); err.Error() != want {
			t.Errorf("Parse(%q): error text %q, want %q", test.text, err, want)
		}
		if json.Valid([]byte(test.text)) {
			t.Errorf("encoding/json takes %q", test.text)
		}
	}
}

func TestDepth(t *testing.T) {
	for _, test := range []struct {
		label, open, inner, close string
		depth                     int
		ok                        bool
	}{
		{"arrays", "[", "", "]", 64, true},
		{"arrays", "[", "", "]", 65, false},
		{"objects", `{"a":`, "1", "}", 64, true},
		{"objects", `{"a":`, "1", "}", 65, false},
		{"many", "[", "", "]", 500000, false},
		{"side by side", "", "[" + strings.Repeat("[],{},", 1000) + "1]", "", 1, true},
	} {
		text := strings.Repeat(test.open, test.depth) + test.inner + strings.Repeat(test.close, test.depth)
		v, err := jsonscan.Parse(text)
		if (err == nil) != test.ok {
			t.Errorf("%d %s: %v", test.depth, test.label, err)
		}
		if err == nil && v.Kind() == jsonscan.Object {
			if _, err := jsonscan.Merge(v, v); err != nil {
				t.Errorf("%d %s: Merge: %v", test.depth, test.label, err)
			}
		}
	}
}

func TestGet(t *testing.T) {
	const text = `{ "a" : 1 , "b":{"a":2,"x":"}"} , "s":"a\"b", "l":[ {"a":3} ,4 ], "":5, "dup":1,"dup":{"n":[]},
		"e\u0073c":6, "\u00e9":7, "é2":8, "q\"":9, "null":null, "dup" : "last",
		"path":"c:\\","quoted\\":"\\\"\\","after":10 }`
	v := parse(t, text)
	tests := []struct{ name, raw string }{
		{"a", "1"},
		{"b", `{"a":2,"x":"}"}`},
		{"s", `"a\"b"`},
		{"l", `[ {"a":3} ,4 ]`},
		{"", "5"},
		{"dup", `"last"`},
		{"esc", "6"},
		{`e\u0073c`, ""},
		{"é", "7"},
		{"é2", "8"},
		{`q"`, "9"},
		{`q\"`, ""},
		{"null", "null"},
		{"path", `"c:\\"`},
		{`quoted\`, `"\\\"\\"`},
		{"after", "10"},
		{"x", ""},
		{"3", ""},
	}
	for _, test := range tests {
		if got := v.Get(test.name).Raw(); got != test.raw {
			t.Errorf("Get(%q) = %q, want %q", test.name, got, test.raw)
		}
		if got := v.Members().Get(test.name).Raw(); got != test.raw {
			t.Errorf("Members().Get(%q) = %q, want %q", test.name, got, test.raw)
		}
	}
}

// What encoding/json makes of names that are not UTF-8 is what Get looks for.
func TestGetOfBrokenNames(t *testing.T) {
	v := parse(t, "{\"\xff\":1,\"\\ud800x\":2}")
	tests := []struct{ name, raw string }{
		{"\uFFFD", "1"},
		{"\xff", ""},
		{"\uFFFDx", "2"},
		{"\\ud800x", ""},
	}
	for _, test := range tests {
		if got := v.Get(test.name).Raw(); got != test.raw {
			t.Errorf("Get(%q) = %q, want %q", test.name, got, test.raw)
		}
	}
}

func TestEach(t *testing.T) {
	v := parse(t, `{"b":1,"a\n":[2 , 3] ,"b":{} }`)
	var got []string
	v.Each(func(name string, v jsonscan.Value) bool {
		got = append(got, name+"="+v.Raw())
		return true
	})
	if want := []string{"b=1", "a\n=[2 , 3]", "b={}"}; !reflect.DeepEqual(got, want) {
		t.Errorf("Each gives %q, want %q", got, want)
	}
	var none jsonscan.Members
	for _, m := range []jsonscan.Members{none, parse(t, "[1]").Members(), parse(t, "{ }").Members()} {
		if m.Get("a").Exists() {
			t.Errorf("Members of %s has a member", m.Raw())
		}
	}
	visits := 0
	v.Each(func(string, jsonscan.Value) bool { visits++; return false })
	if visits != 1 {
		t.Errorf("Each goes on after false: %d visits", visits)
	}
	parse(t, "[1]").Each(func(string, jsonscan.Value) bool { t.Error("Each of an array"); return true })
	parse(t, "{ }").Each(func(string, jsonscan.Value) bool { t.Error("Each of nothing"); return true })
}

func TestItems(t *testing.T) {
	v := parse(t, `[ 1,"]" ,[[2]], {"a":[]},null ]`)
	var got []string
	v.Items(func(v jsonscan.Value) bool {
		got = append(got, v.Raw())
		return true
	})
	if want := []string{"1", `"]"`, "[[2]]", `{"a":[]}`, "null"}; !reflect.DeepEqual(got, want) {
		t.Errorf("Items gives %q, want %q", got, want)
	}
	visits := 0
	v.Items(func(jsonscan.Value) bool { visits++; return false })
	if visits != 1 {
		t.Errorf("Items goes on after false: %d visits", visits)
	}
	parse(t, `{"a":1}`).Items(func(jsonscan.Value) bool { t.Error("Items of an object"); return true })
	parse(t, "[ ]").Items(func(jsonscan.Value) bool { t.Error("Items of nothing"); return true })
}

// No secret is printable: design.md, section 8, number 7.
func TestPrintingShowsNothing(t *testing.T) {
	const secret = "s3cr3t-value"
	v := parse(t, `{"access_token":"`+secret+`"}`)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, x := range []any{v, &struct{ V jsonscan.Value }{v}, v.Get("access_token"), v.Members(), struct{ M jsonscan.Members }{v.Members()}, []jsonscan.Value{v}, struct{ V jsonscan.Value }{v}} {
			got := fmt.Sprintf(verb, x)
			if strings.Contains(got, secret) || strings.Contains(got, fmt.Sprintf("%x", secret)) {
				t.Errorf("Sprintf(%q) of a %T shows the text: %s", verb, x, got)
			}
		}
	}
	if got, want := v.String(), "jsonscan[object]"; got != want {
		t.Errorf("String() = %s, want %s", got, want)
	}
}

func TestManyMembers(t *testing.T) {
	var b strings.Builder
	for i := 0; i < 20000; i++ {
		b.WriteString(`,"n` + strconv.Itoa(i) + `":` + strconv.Itoa(i))
	}
	v := parse(t, "{"+b.String()[1:]+"}")
	if n, ok := v.Get("n19999").Int(); n != 19999 || !ok {
		t.Errorf("Get of the last of many = %d, %v", n, ok)
	}
	if n, ok := v.Members().Get("n19999").Int(); n != 19999 || !ok {
		t.Errorf("Members().Get of the last of many = %d, %v", n, ok)
	}
	merged, err := jsonscan.Merge(v, v)
	if err != nil || merged != v.Raw() {
		t.Errorf("Merge of many members with themselves differs: %v", err)
	}
}

func ExampleParse() {
	v, err := jsonscan.Parse(`{"token_type": "Bearer", "expires_in": 3599.0, "scope": null}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	text, _ := v.Get("token_type").Text()
	seconds, _ := v.Get("expires_in").Int()
	fmt.Println(text, seconds, v.Get("scope").Kind(), v.Get("refresh_token").Kind())
	_, err = jsonscan.Parse(`{"access_token": "eyJ0`)
	fmt.Println(err)
	// Output:
	// Bearer 3599 null absent
	// jsonscan: malformed at byte 22: the text ends in a string
}

func ExampleMerge() {
	capabilities, _ := jsonscan.Parse(`{"access_token": {"xms_cc": {"values": ["CP1"]}}}`)
	challenge, _ := jsonscan.Parse(`{"access_token": {"nbf": {"essential": true, "value": "1604106651"}}}`)
	fmt.Println(jsonscan.Merge(capabilities, challenge))
	// Output:
	// {"access_token":{"xms_cc":{"values":["CP1"]},"nbf":{"essential":true,"value":"1604106651"}}} <nil>
}
