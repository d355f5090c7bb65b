package cache

import (
	"fmt"
	"testing"
)

// Of too many tokens those that served last stay, whenever they were got; encoding does not change with use.
func TestPruneKeepsWhatIsUsed(t *testing.T) {
	r := &Record{}
	for i := 0; i < 10; i++ {
		r.PutAccessToken(&AccessToken{Secret: Secret(fmt.Sprint("at-", i)), RequestedScopes: fmt.Sprint("s", i), CachedAt: 6000 + int64(i), ExpiresOn: 99999})
	}
	before := string(r.Encode())
	r.AccessTokens[2].Use(6900)
	r.AccessTokens[0].Use(7200)
	r.AccessTokens[5].Use(100) // the clock was wrong: to be got counts as use
	if string(r.Encode()) != before {
		t.Error("the time of use is saved")
	}
	r.Prune(7200, 4)
	left := map[Secret]bool{}
	for _, token := range r.AccessTokens {
		left[token.Secret] = true
	}
	if len(left) != 4 || !left["at-0"] || !left["at-2"] || !left["at-8"] || !left["at-9"] {
		t.Errorf("left are %v", left)
	}
}
