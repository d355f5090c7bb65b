package sealed

import (
	"fmt"
	"sync"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
)

func user(subject string) cache.Partition {
	return cache.Partition{Kind: cache.KindUser, Cloud: "login.example.com", Owner: "client", Subject: subject}
}

// A name is the same whether it is remembered or not, whoever asks meanwhile.
func TestNamesAreRemembered(t *testing.T) {
	n, again := NewNames([]byte("key")), NewNames([]byte("key"))
	want := map[string]string{}
	for i := range 10_000 {
		p := user(fmt.Sprint("user", i))
		want[p.Subject] = again.Of(p)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 2 {
				for subject, name := range want {
					if got := n.Of(user(subject)); got != name || !IsName(got) {
						t.Errorf("%s has the names %s and %s", subject, got, name)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	if size := len(*n.known.Load()); size != mostNames {
		t.Errorf("the table has %d places, want %d", size, mostNames)
	}
	if size := len(*NewNames([]byte("key")).known.Load()); size != firstNames {
		t.Errorf("a new table has %d places, want %d", size, firstNames)
	}
}
