package host_test

import (
	"fmt"

	"github.com/latchkey-auth/latchkey/internal/host"
)

func ExampleDigest() {
	sum, err := host.Digest(256, "abc")
	fmt.Printf("%x... %v\n", sum[:4], err)
	// Output: ba7816bf... <nil>
}
