package rediscache

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// testKeys is a key ring that several processes of a test can have: it is no secret.
func testKeys(seal ...byte) Keyring {
	k := Keyring{Names: bytes.Repeat([]byte{'n'}, 32)}
	for _, b := range seal {
		k.Seal = append(k.Seal, bytes.Repeat([]byte{b}, 32))
	}
	return k
}

func keyLine(word string, b byte) string {
	return word + " " + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32)) + "\n"
}

func TestReadKeyring(t *testing.T) {
	names, first, second := keyLine("names", 'n'), keyLine("seal", 'a'), keyLine("seal", 'b')
	short := "seal " + base64.StdEncoding.EncodeToString(make([]byte, 16)) + "\n"
	tests := []struct{ name, text, problem string }{
		{"one key", names + first, ""},
		{"two keys, comments, Windows", "# ours\r\n\r\n" + strings.ReplaceAll(first+names+second, "\n", "\r\n"), ""},
		{"no names", first, "no secret of 32 bytes for names"},
		{"no key", names, "no key to seal with"},
		{"empty", "", "no secret"},
		{"names twice", names + names + first, "line 2"},
		{"a key twice", names + first + first, "a key twice"},
		{"the names as a key", names + keyLine("seal", 'n'), "a key twice"},
		{"a short key", names + short, "line 2"},
		{"no base64", names + "seal !!!\n", "line 2"},
		{"another word", names + first + "key x\n", "line 3"},
		{"a key alone", names + strings.Fields(first)[1] + "\n", "line 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, err := ReadKeyring(strings.NewReader(tt.text))
			if tt.problem == "" {
				if err != nil || len(k.Seal) != strings.Count(tt.text, "seal ") || k.Seal[0][0] != 'a' || k.Names[0] != 'n' {
					t.Fatalf("%v, %v", k, err)
				}
				return
			}
			if !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), tt.problem) {
				t.Fatalf("error %v, want %q", err, tt.problem)
			}
			for _, secret := range strings.Fields(tt.text) {
				if len(secret) > 20 && strings.Contains(err.Error(), secret) {
					t.Errorf("the error shows a key: %v", err)
				}
			}
		})
	}
}

func TestKeyringPrintsNoKey(t *testing.T) {
	k := testKeys('a', 'b')
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, value := range []any{k, &k, struct{ K Keyring }{k}} {
			if text := fmt.Sprintf(verb, value); strings.Contains(text, "97") || strings.Contains(text, "aaa") || strings.Contains(text, "0x61") {
				t.Errorf("%s prints %s", verb, text)
			}
		}
	}
}

func FuzzReadKeyring(f *testing.F) {
	f.Add(keyLine("names", 'n') + keyLine("seal", 'a'))
	f.Add("# comment\nseal x y")
	f.Add("names \xff")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := ReadKeyring(strings.NewReader(text))
		if err != nil {
			if len(k.Seal) != 0 && k.check() == nil {
				t.Fatalf("an error and a key ring: %v", err)
			}
			return
		}
		if k.check() != nil {
			t.Fatal("a key ring that cannot be used")
		}
	})
}
