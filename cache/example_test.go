package cache_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/latchkey-auth/latchkey/cache"
)

// A store keeps entries that nobody has changed meanwhile.
func ExampleStore() {
	ctx := context.Background()
	var store cache.Store = cache.NewMemory()
	user := cache.Partition{Kind: cache.KindUser, Cloud: "login.contoso.example", Owner: "client", Subject: "alice"}

	entry, _ := store.Load(ctx, user)
	entry.Data = new(cache.Record).Encode()
	_, err := store.Save(ctx, user, entry)
	fmt.Println("saved:", err == nil)

	_, err = store.Save(ctx, user, entry) // entry.Version is that of an absent entry
	fmt.Println("conflict:", errors.Is(err, cache.ErrConflict))
	// Output:
	// saved: true
	// conflict: true
}

// A published record is never changed; a clone of it is, and is published in its place.
func ExampleRecord() {
	published := new(cache.Record)
	next := published.Clone()
	next.PutAccessToken(&cache.AccessToken{
		Realm:           "contoso",
		Secret:          "eyJhbGciOi",
		Target:          "Mail.Read Mail.Send",
		RequestedScopes: "Mail.Read",
		ExpiresOn:       1767225600,
	})

	query := cache.Query{Realm: "contoso", Scopes: []string{"openid", "mail.send"}}
	token := next.Find(&query)
	fmt.Println(token.Target, token.Secret, published.Find(&query) == nil)
	// Output: Mail.Read Mail.Send [redacted] true
}

func ExampleDecodeRecord() {
	record, err := cache.DecodeRecord([]byte(`{"RefreshToken":{"k":{"client_id":"client","secret":"0.AAA"}}}`))
	if errors.Is(err, cache.ErrNewerFormat) {
		fmt.Println("leave the entry alone")
	}
	fmt.Println(record)

	_, err = cache.DecodeRecord([]byte(`{"RefreshToken":`))
	fmt.Println(err)
	// Output:
	// cache.Record{0 accounts, 0 access tokens, 1 refresh tokens, 0 ID tokens}
	// cache: the data is not a token record: remove the entry and sign in again (jsonscan: malformed at byte 16: the text ends where a value should be)
}
