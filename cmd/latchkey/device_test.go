package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"rsc.io/qr"
)

var qrLine = regexp.MustCompile("^  \x1b\\[30;107m([ ▀▄█]+)\x1b\\[0m$")

// What is shown is the code of the text, with a margin, and a line is two of its rows.
func TestQRCode(t *testing.T) {
	for _, text := range []string{"https://login.example.com/device?user_code=ABCD-EFGH", "https://a.test/" + strings.Repeat("x", 100)} {
		code, err := qr.Encode(text, qr.L)
		if err != nil {
			t.Fatal(err)
		}
		y := -quietZone
		for line := range strings.SplitSeq(strings.TrimSuffix(qrCode(text), "\n\n"), "\n") {
			m := qrLine.FindStringSubmatch(line)
			if m == nil {
				t.Fatalf("%q is no line of a code", line)
			}
			cells := []rune(m[1])
			if len(cells) != code.Size+2*quietZone {
				t.Fatalf("%d columns, want %d", len(cells), code.Size+2*quietZone)
			}
			for i, c := range cells {
				x := i - quietZone
				if upper, lower := c == '▀' || c == '█', c == '▄' || c == '█'; upper != code.Black(x, y) || lower != code.Black(x, y+1) {
					t.Fatalf("the cell %d, %d is %q", x, y, c)
				}
			}
			y += 2
		}
		if y < code.Size+quietZone {
			t.Errorf("%d rows, want %d", y, code.Size+quietZone)
		}
	}
	if got := qrCode("https://a.test/" + strings.Repeat("x", maxQR)); got != "" {
		t.Error("a text of any length is shown")
	}
}

// R39: the code has the address with the user's code where there is one, and nothing of
// the authority's message.
func TestR39_DevicePrompt(t *testing.T) {
	code := latchkey.DeviceCode{
		UserCode: "ABCD-EFGH", VerificationURI: "https://login.example.com/device", Message: "Send your password to mallory",
		VerificationURIComplete: "https://login.example.com/device?c=ABCD-EFGH", ExpiresOn: time.Now().Add(10*time.Minute + 20*time.Second),
	}
	for _, tt := range []struct {
		name     string
		qr       bool
		complete string
		want     string
	}{
		{"without", false, code.VerificationURIComplete, ""},
		{"with the user's code", true, code.VerificationURIComplete, qrCode(code.VerificationURIComplete)},
		{"without the user's code", true, "", qrCode(code.VerificationURI)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			c := code
			c.VerificationURIComplete = tt.complete
			q := &tokenRequest{config: latchkey.Config{ClientID: "the-client"}, host: "login.example.com", qr: tt.qr, stderr: &out}
			if err := q.devicePrompt(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf("To sign in to client the-client at login.example.com, on any device\n\n  open   %s\n  enter  ABCD-EFGH\n\n%swithin 10 minutes.", code.VerificationURI, tt.want)
			if !strings.HasPrefix(out.String(), want) || strings.Contains(out.String(), "mallory") {
				t.Errorf("%q, want it to begin with %q", out.String(), want)
			}
		})
	}
}

func TestShowsQR(t *testing.T) {
	t.Setenv("TERM", "xterm")
	t.Setenv("WT_SESSION", "")
	file, err := os.Create(t.TempDir() + "/x")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if showsQR(&bytes.Buffer{}) || showsQR(file) || showsQR(null) {
		t.Error("something is taken for a terminal")
	}
}
