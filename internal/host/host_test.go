package host_test

import (
	"encoding/hex"
	"strings"
	"sync"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/host"
)

func TestRandom(t *testing.T) {
	for _, n := range []int{0, 1, 16, 32, 65536, 65537, 200000} {
		a, err := host.Random(n)
		if err != nil || len(a) != n {
			t.Fatalf("Random(%d): %d bytes, %v", n, len(a), err)
		}
		b, err := host.Random(n)
		if err != nil || n >= 16 && a == b {
			t.Fatalf("Random(%d) twice: the same bytes, %v", n, err)
		}
		// The last bytes of a long request are random, too.
		if n > 65536+16 && strings.Trim(a[n-16:], "\x00") == "" {
			t.Errorf("Random(%d) ends in zeros", n)
		}
	}
	if got, err := host.Random(-1); got != "" || err == nil {
		t.Errorf("Random(-1) = %q, %v", got, err)
	}
}

func TestRandomUsesEveryByteValue(t *testing.T) {
	s, err := host.Random(65536)
	if err != nil {
		t.Fatal(err)
	}
	var seen [256]int
	for i := 0; i < len(s); i++ {
		seen[s[i]]++
	}
	for value, n := range seen {
		// 256 are expected; 100 is ten standard deviations away.
		if n < 100 {
			t.Errorf("byte %d occurs %d times in 65536", value, n)
		}
	}
}

// digests are the examples of FIPS 180-4 and the empty text.
var digests = []struct {
	bits int
	text string
	want string
}{
	{256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{384, "abc", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
	{512, "abc", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	{256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	{256, strings.Repeat("a", 1000000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
	// The code challenge of RFC 7636 appendix B.
	{256, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3"},
}

func TestDigest(t *testing.T) {
	for _, test := range digests {
		got, err := host.Digest(test.bits, test.text)
		if err != nil || hex.EncodeToString(got) != test.want {
			t.Errorf("Digest(%d, %.20q...) = %x, %v, want %s", test.bits, test.text, got, err, test.want)
		}
	}
	for _, bits := range []int{0, 1, 160, 224, 255, 1024, -256} {
		if got, err := host.Digest(bits, "abc"); got != nil || err == nil || strings.Contains(err.Error(), "abc") {
			t.Errorf("Digest(%d) = %x, %v", bits, got, err)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	var wg sync.WaitGroup
	for i := 0; i < 20; i++ {
		test := digests[i%len(digests)]
		wg.Add(1)
		go func() {
			defer wg.Done()
			if got, err := host.Digest(test.bits, test.text); err != nil || hex.EncodeToString(got) != test.want {
				t.Errorf("Digest(%d) = %x, %v", test.bits, got, err)
			}
			if got, err := host.Random(32); err != nil || len(got) != 32 {
				t.Errorf("Random(32): %d bytes, %v", len(got), err)
			}
		}()
	}
	wg.Wait()
}
