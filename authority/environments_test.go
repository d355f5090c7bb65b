package authority

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/transport"
)

// The names are those that the metadata of each host has.
func TestEnvironments(t *testing.T) {
	all := Environments()
	if len(all) < 12 || all["login.microsoftonline.com"] != "login.windows.net" {
		t.Errorf("%v", all)
	}
	offline := func(context.Context, *transport.Request) (*transport.Response, error) {
		return nil, errors.New("something is sent")
	}
	for host, name := range all {
		a, err := Parse("https://"+host+"/"+consumersTenant, Entra())
		if err != nil {
			t.Fatal(err)
		}
		m, err := NewResolver(offline, time.Now).Resolve(context.Background(), a)
		if err != nil || m.Environment != name {
			t.Errorf("%s: %v, %v, want %s", host, m, err, name)
		}
	}
	delete(all, "login.microsoftonline.com")
	if Environments()["login.microsoftonline.com"] == "" {
		t.Error("what a caller does to the map, all see")
	}
}
