package rediscache_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/cache/rediscache"
)

// A web service shares its users' tokens between its machines. The key ring is a mounted
// secret.
func ExampleOpen() {
	ctx := context.Background()
	secret, err := os.Open("/run/secrets/token-keys")
	if err != nil {
		return
	}
	defer secret.Close()
	keys, err := rediscache.ReadKeyring(secret)
	if err != nil {
		return
	}
	client := redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs:     []string{"redis.example.com:6380"},
		Username:  "tokens",
		Password:  os.Getenv("REDIS_PASSWORD"),
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	})
	defer client.Close()
	store, err := rediscache.Open(ctx, client, keys, rediscache.Options{Deployment: "shop"})
	if errors.Is(err, rediscache.ErrUnreachable) {
		fmt.Println("try again later:", err)
	}
	if err != nil {
		return
	}
	app, err := latchkey.NewConfidential(latchkey.Config{Authority: "https://login.example.com", ClientID: "shop", Cache: store},
		latchkey.Secret(os.Getenv("CLIENT_SECRET")))
	if err != nil {
		return
	}
	defer app.Close(ctx)
}

// The client follows the primary that the sentinels name.
func ExampleOpen_sentinels() {
	client := redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName:    "tokens",
		SentinelAddrs: []string{"10.0.0.1:26379", "10.0.0.2:26379", "10.0.0.3:26379"},
		TLSConfig:     &tls.Config{MinVersion: tls.VersionTLS12, ServerName: "redis.example.com"},
	})
	_ = client // for Open
}

func ExampleReadKeyring() {
	_, err := rediscache.ReadKeyring(strings.NewReader("# to be filled in\n"))
	fmt.Println(err)
	// Output: rediscache: the key ring has no secret of 32 bytes for names: make each by: openssl rand -base64 32
}

// The last step of changing the key: seal again what nobody has saved since.
func ExampleStore_Reseal() {
	var store *rediscache.Store // whose key ring has the new key first
	if store == nil {
		return
	}
	n, err := store.Reseal(context.Background(), cache.KindUser, "shop")
	fmt.Println(n, "records have the new key", err)
}
