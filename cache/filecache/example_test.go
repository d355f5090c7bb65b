package filecache_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache/filecache"
)

// A command keeps its users' tokens under their configuration folder.
func ExampleOpen() {
	ctx := context.Background()
	config, err := os.UserConfigDir()
	if err != nil {
		return
	}
	store, err := filecache.Open(ctx, filepath.Join(config, "my-command", "tokens"), filecache.Auto())
	if errors.Is(err, filecache.ErrKey) {
		fmt.Println("the tokens are out of reach:", err) // names the file and the remedy
	}
	if err != nil {
		return
	}
	defer store.Close()
	client, err := latchkey.NewPublic(latchkey.Config{Authority: "https://login.example.com", ClientID: "my-command", Cache: store})
	if err != nil {
		return
	}
	accounts, err := client.Accounts(ctx) // those of all processes that share the folder
	fmt.Println(accounts, err)
}

// A service in a container has its key mounted as a secret.
func ExampleKeyFile() {
	store, err := filecache.Open(context.Background(), "/var/lib/service/tokens", filecache.KeyFile("/run/secrets/token-key"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
}

// A tool asks its user, twice for a new cache.
func ExamplePassphrase() {
	prompt := func(text string) string { return "typed by the user" }
	key := filecache.Passphrase(func(ctx context.Context, created bool) (string, error) {
		passphrase := prompt("Passphrase: ")
		if created && prompt("Once more: ") != passphrase {
			return "", errors.New("the two are different")
		}
		return passphrase, nil
	})
	_, _ = filecache.Open(context.Background(), "tokens", key)
}

func ExampleInspect() {
	status, err := filecache.Inspect(filepath.Join(os.TempDir(), "no-such-cache"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(status.Exists)
	// Output: false
}
