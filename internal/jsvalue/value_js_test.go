package jsvalue_test

import (
	"context"
	"errors"
	"syscall/js"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

func eval(body string, args ...any) js.Value {
	return js.Global().Get("Function").New(body).Invoke(args...)
}

func TestR49_HostileMembers(t *testing.T) {
	hostile := eval(`return {get a() { throw new Error("no") }, get b() { throw null }, c: new Proxy({}, {get() { throw 1 }}), d: "d"}`)
	for _, name := range []string{"a", "b"} {
		if v := jsvalue.Get(hostile, name); !v.IsUndefined() {
			t.Errorf("%s: %v", name, v)
		}
	}
	if v := jsvalue.Get(jsvalue.Get(hostile, "c"), "x"); !v.IsUndefined() {
		t.Errorf("proxy: %v", v)
	}
	for _, none := range []js.Value{js.Undefined(), js.Null(), js.ValueOf(1), js.ValueOf("text"), js.ValueOf(true)} {
		if v := jsvalue.Get(none, "length"); !v.IsUndefined() {
			t.Errorf("member of %v: %v", none, v)
		}
	}
	if text, err := jsvalue.Text(hostile, "d"); err != nil || text != "d" {
		t.Errorf("%q, %v", text, err)
	}
	if err := jsvalue.Set(eval(`return {set a(v) { throw new TypeError("no") }}`), "a", 1); err == nil {
		t.Error("a setter that throws is not reported")
	}
	if _, err := jsvalue.Call(hostile, "missing"); err == nil {
		t.Error("a method that is not there is not reported")
	}
	if _, err := jsvalue.New("NoSuchClass"); err == nil {
		t.Error("a class that is not there is not reported")
	}
}

func TestR50_LoneSurrogates(t *testing.T) {
	tests := []struct {
		source string
		want   string
		ok     bool
	}{
		{`"plain"`, "plain", true},
		{`"\u{1f511}\u00e9\u0000"`, "\U0001f511\u00e9\x00", true},
		{`"\ud83d"`, "", false},
		{`"\udd11\ud83d"`, "", false},
		{`"a\ud800b"`, "", false},
		{`7`, "", false},
		{`new String("x")`, "", false},
	}
	for _, tt := range tests {
		v := eval("return " + tt.source)
		if text, ok := jsvalue.String(v); text != tt.want || ok != tt.ok {
			t.Errorf("String(%s) = %q, %v", tt.source, text, ok)
		}
		if _, err := jsvalue.Text(eval("return {x: arguments[0]}", v), "x"); (err == nil) != tt.ok {
			t.Errorf("Text(%s): %v", tt.source, err)
		}
	}
	for source, ok := range map[string]bool{
		`{a: "\\ud800"}`: true, `{a: "\\\\u{1f511}"}`: true, `{a: "\u2028\b\u001f"}`: true, `{a: "\ud800"}`: false, `{a: ["x", "\udc00\\"]}`: false,
		`{a: "\\\ud800"}`: false,
	} {
		if json, err := jsvalue.JSON(eval("return "+source), js.ValueOf([]any{"a"})); (err == nil) != ok {
			t.Errorf("JSON(%s) = %s, %v", source, json, err)
		}
	}
}

func TestJSON(t *testing.T) {
	names := js.ValueOf([]any{"a", "b"})
	tests := []struct{ source, want string }{
		{`{a: 1, b: {a: "x", c: 2}, c: 3}`, `{"a":1,"b":{"a":"x"}}`},
		{`{a: undefined, b: null}`, `{"b":null}`},
		{`undefined`, `null`},
		{`function () {}`, `null`},
		{`"text"`, `"text"`},
	}
	for _, tt := range tests {
		if json, err := jsvalue.JSON(eval("return "+tt.source), names); err != nil || json != tt.want {
			t.Errorf("JSON(%s) = %s, %v", tt.source, json, err)
		}
	}
	for _, source := range []string{`{get a() { throw new Error("no") }}`, `{a: 1n}`, `{toJSON() { throw 1 }}`} {
		if json, err := jsvalue.JSON(eval("return "+source), names); err == nil {
			t.Errorf("JSON(%s) = %s", source, json)
		}
	}
	if _, err := jsvalue.JSON(eval(`const o = {}; o.a = o; return o`), names); err == nil {
		t.Error("a circle is not reported")
	}
}

func TestNumber(t *testing.T) {
	o := eval(`return {one: 1, text: "1", nan: NaN, infinite: -Infinity, null: null}`)
	for name, want := range map[string]float64{"one": 1, "null": 7, "absent": 7} {
		if n, err := jsvalue.Number(o, name, 7); err != nil || n != want {
			t.Errorf("%s: %v, %v", name, n, err)
		}
	}
	for _, name := range []string{"text", "nan", "infinite"} {
		var wrong *jsvalue.TypeError
		if n, err := jsvalue.Number(o, name, 7); !errors.As(err, &wrong) || wrong.Name != name {
			t.Errorf("%s: %v, %v", name, n, err)
		}
	}
}

func TestThrownShowsItsNameOnly(t *testing.T) {
	for source, want := range map[string]string{
		`throw new TypeError("https://secret")`:                      "the page threw TypeError",
		`throw {name: "QuotaExceededError", message: "secret"}`:      "the page threw QuotaExceededError",
		`throw {name: "https://secret"}`:                             "the page threw an exception",
		`throw {get name() { throw 1 }}`:                             "the page threw an exception",
		`throw "secret"`:                                             "the page threw an exception",
		`throw undefined`:                                            "the page threw an exception",
		`throw {name: "a".repeat(41)}`:                               "the page threw an exception",
		`throw {name: {toString() { return "SyntaxError secret" }}}`: "the page threw an exception",
	} {
		_, err := jsvalue.Call(eval("return {f() {"+source+"}}"), "f")
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v", source, err)
		}
		_, err = jsvalue.Await(context.Background(), eval("return (async () => {"+source+"})()"))
		if err == nil || err.Error() != want {
			t.Errorf("await %s: %v", source, err)
		}
	}
}

func TestAwait(t *testing.T) {
	ctx := context.Background()
	if v, err := jsvalue.Await(ctx, eval(`return Promise.resolve(7)`)); err != nil || v.Int() != 7 {
		t.Errorf("%v, %v", v, err)
	}
	if v, err := jsvalue.Await(ctx, js.ValueOf("no promise")); err != nil || v.String() != "no promise" {
		t.Errorf("%v, %v", v, err)
	}
	twice := eval(`return {then(kept, broken) { kept(1); broken(2); kept(3); throw 4 }}`)
	if v, err := jsvalue.Await(ctx, twice); err != nil || v.Int() != 1 {
		t.Errorf("a thenable that settles often: %v, %v", v, err)
	}
	if _, err := jsvalue.Await(ctx, eval(`return {get then() { throw new RangeError() }}`)); err == nil {
		t.Error("a thenable that throws is not reported")
	}
	ended, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	if _, err := jsvalue.Await(ended, eval(`return new Promise(() => {})`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a promise that never ends: %v", err)
	}
}

func TestR49_PanicsHarmNothing(t *testing.T) {
	f := jsvalue.Func(func(args []js.Value) any { panic(jsvalue.Arg(args, 3).IsUndefined()) })
	defer f.Release()
	if v := f.Invoke(1); !v.IsNull() && !v.IsUndefined() {
		t.Errorf("%v", v)
	}
	jsvalue.Go(func() { panic("in a goroutine") })
	shown := func(err error) any {
		if err == nil {
			return "panicked"
		}
		return err.Error()
	}
	wait := func(promise js.Value) (kept, broken js.Value) {
		v, err := jsvalue.Await(context.Background(), eval(`return arguments[0].then(v => ["kept", v], e => ["broken", e])`, promise))
		if err != nil {
			t.Fatal(err)
		}
		if v.Index(0).String() == "kept" {
			return v.Index(1), js.Undefined()
		}
		return js.Undefined(), v.Index(1)
	}
	if kept, _ := wait(jsvalue.Promise(func() (any, error) { return "value", nil }, shown)); kept.String() != "value" {
		t.Errorf("kept %v", kept)
	}
	if _, broken := wait(jsvalue.Promise(func() (any, error) { return nil, errors.New("failed") }, shown)); broken.String() != "failed" {
		t.Errorf("broken %v", broken)
	}
	if _, broken := wait(jsvalue.Promise(func() (any, error) { panic("!") }, shown)); broken.String() != "panicked" {
		t.Errorf("panicked %v", broken)
	}
}

func TestBytes(t *testing.T) {
	for _, source := range []string{`new Uint8Array([0, 1, 255])`, `new Uint8Array([0, 1, 255]).buffer`, `new (class extends Uint8Array {})([0, 1, 255])`} {
		if b, err := jsvalue.Bytes(eval("return " + source)); err != nil || string(b) != "\x00\x01\xff" {
			t.Errorf("%s: %v, %v", source, b, err)
		}
	}
	if b, err := jsvalue.Bytes(jsvalue.Array([]byte("text"))); err != nil || string(b) != "text" {
		t.Errorf("%q, %v", b, err)
	}
}
