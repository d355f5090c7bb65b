package jsonscan_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

var seeds = []string{
	`{"token_type":"Bearer","expires_in":3599,"ext_expires_in":"3599","access_token":"eyJ0","id_token":null}`,
	` { "a" : [ 1 , -2.5e+10 , true , false , null , { } , [ ] ] , "a" : { "b" : "c" } } `,
	`{"\u0061\ud83d\ude00":"\ud800\"\\\/\b\f\n\r\t"}`,
	"{\"\xff\":\"\xc3\x28\",\"\u2028\":\"<&>\"}",
	`[0,-0,0.0,1e3,3600.0,1e-1,9223372036854775807,-9223372036854775808,9223372036854775808,1e400]`,
	`{"a":{"a":{"a":{}}}}`, `[[[[]]]]`, `"`, `{`, `[1,`, `nul`, `01`, `1.`, "\ufeff1", "", `{"a":1}x`,
}

// FuzzParse compares Parse, and every value below, with encoding/json.
func FuzzParse(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := jsonscan.Parse(text)
		var syntax *jsonscan.SyntaxError
		if err != nil && (!errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(text) || v.Exists()) {
			t.Fatalf("Parse(%q) = %v, %v", text, v, err)
		}
		if (err == nil) != json.Valid([]byte(text)) {
			if err != nil && syntax.Reason == "nested too deeply" {
				return
			}
			t.Fatalf("Parse(%q): %v, encoding/json takes it: %v", text, err, err != nil)
		}
		if err != nil {
			return
		}
		want := unmarshal(t, text)
		if got := tree(t, v); !reflect.DeepEqual(got, want) {
			t.Fatalf("Parse(%q) = %v, encoding/json says %v", text, got, want)
		}
	})
}

// FuzzQuote checks that encoding/json reads what Quote wrote, and that the text is safe in a page.
func FuzzQuote(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Add("\x00\x1f\x7f\u2028\u2029\uFFFD\xed\xa0\x80")
	f.Fuzz(func(t *testing.T, s string) {
		quoted := jsonscan.Quote(s)
		if strings.ContainsAny(quoted, "<>&\u2028\u2029\n\r\x00") {
			t.Fatalf("Quote(%q) = %q", s, quoted)
		}
		var want, got string
		twin, _ := json.Marshal(s)
		if err := json.Unmarshal(twin, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(quoted), &got); err != nil || got != want {
			t.Fatalf("Quote(%q) = %s, which encoding/json reads as %q, %v", s, quoted, got, err)
		}
		if again, ok := parse(t, quoted).Text(); !ok || again != want {
			t.Fatalf("Text of Quote(%q) = %q, %v", s, again, ok)
		}
	})
}

// FuzzMerge compares Merge with a merge of the maps that encoding/json makes of the two objects.
func FuzzMerge(f *testing.F) {
	f.Add(`{"a":1,"b":{"c":[1,2]}}`, `{"b":{"c":[3],"d":null},"e":"<"}`)
	f.Add(`{"access_token":{"xms_cc":{"values":["cp1"]}}}`, `{"access_token":{"nbf":{"essential":true}}}`)
	f.Add(`{"a":{},"a":{"b":1}}`, `{"a":{"c":1},"a":{"d":1}}`)
	f.Add(`{"\ud800":1}`, `{"`+"\xff"+`":2}`)
	f.Fuzz(func(t *testing.T, a, b string) {
		x, errX := jsonscan.Parse(a)
		y, errY := jsonscan.Parse(b)
		if errX != nil || errY != nil || x.Kind() != jsonscan.Object || y.Kind() != jsonscan.Object {
			return
		}
		got, err := jsonscan.Merge(x, y)
		if err != nil {
			t.Fatalf("Merge(%q, %q): %v", a, b, err)
		}
		want := mergeMaps(unmarshal(t, a).(map[string]any), unmarshal(t, b).(map[string]any))
		if !reflect.DeepEqual(unmarshal(t, got), any(want)) {
			t.Fatalf("Merge(%q, %q) = %s, want %v", a, b, got, want)
		}
		again, err := jsonscan.Merge(jsonscan.Value{}, parse(t, got))
		if err != nil || again != got {
			t.Fatalf("%s changes to %s when it is merged with nothing: %v", got, again, err)
		}
	})
}

// tree reads v to the bottom into what encoding/json would make of it.
func tree(t *testing.T, v jsonscan.Value) any {
	switch v.Kind() {
	case jsonscan.Null:
		return nil
	case jsonscan.Bool:
		value, _ := v.Bool()
		return value
	case jsonscan.Number:
		checkNumber(t, v)
		return json.Number(v.Raw())
	case jsonscan.String:
		text, _ := v.Text()
		return text
	case jsonscan.Array:
		items := []any{}
		v.Items(func(item jsonscan.Value) bool {
			items = append(items, tree(t, item))
			return true
		})
		return items
	case jsonscan.Object:
		members := map[string]any{}
		last := map[string]string{}
		v.Each(func(name string, member jsonscan.Value) bool {
			members[name] = tree(t, member)
			last[name] = member.Raw()
			return true
		})
		for name, raw := range last {
			if got := v.Get(name).Raw(); got != raw {
				t.Fatalf("Get(%q) = %q, Each says %q", name, got, raw)
			}
			if got := v.Members().Get(name).Raw(); got != raw {
				t.Fatalf("Members().Get(%q) = %q, Each says %q", name, got, raw)
			}
		}
		return members
	}
	t.Fatalf("a value of kind %v", v.Kind())
	return nil
}

func checkNumber(t *testing.T, v jsonscan.Value) {
	// math/big would write a number like 1e999999 out.
	if _, exponent, ok := strings.Cut(strings.ToLower(v.Raw()), "e"); ok && len(exponent) > 4 {
		return
	}
	exact, ok := new(big.Rat).SetString(v.Raw())
	if !ok {
		t.Fatalf("math/big does not read %s", v.Raw())
	}
	whole := exact.IsInt() && exact.Num().IsInt64()
	got, ok := v.Int()
	if ok != whole || ok && got != exact.Num().Int64() {
		t.Fatalf("Int of %s = %d, %v, want %v, %v", v.Raw(), got, ok, exact, whole)
	}
	cut := new(big.Int).Quo(exact.Num(), exact.Denom())
	switch truncated, _ := v.Truncated(); {
	case cut.IsInt64() && truncated != cut.Int64(), !cut.IsInt64() && truncated != nearest(cut):
		t.Fatalf("Truncated of %s = %d, want %v", v.Raw(), truncated, cut)
	}
}

func mergeMaps(a, b map[string]any) map[string]any {
	merged := map[string]any{}
	for name, v := range a {
		merged[name] = v
	}
	for name, v := range b {
		below, isMap := v.(map[string]any)
		old, wasMap := merged[name].(map[string]any)
		if isMap && wasMap {
			merged[name] = mergeMaps(old, below)
		} else {
			merged[name] = v
		}
	}
	return merged
}

func unmarshal(t *testing.T, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("encoding/json: %q: %v", text, err)
	}
	return v
}

// nearest returns the int64 that is nearest to a number beyond all of them.
func nearest(n *big.Int) int64 {
	if n.Sign() < 0 {
		return -1 << 63
	}
	return 1<<63 - 1
}
