// Package rediscache keeps tokens in Redis or Valkey, encrypted, and shares them between the
// machines of one deployment:
//
//	client := redis.NewUniversalClient(&redis.UniversalOptions{
//		Addrs:     []string{"redis.example.com:6380"},
//		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12},
//	})
//	keys, err := rediscache.ReadKeyring(file)
//	if err != nil {
//		return err
//	}
//	store, err := rediscache.Open(ctx, client, keys, rediscache.Options{})
//	if err != nil {
//		return err // a *rediscache.Error says what to do
//	}
//	app, err := latchkey.NewConfidential(latchkey.Config{
//		Authority: "https://login.example.com",
//		ClientID:  clientID,
//		Cache:     store,
//	}, credential)
//
// One server, a sentinel's group of servers and a cluster will do, of Redis 6.2 or Valkey 7.2
// or later. The client belongs to the caller, who closes it after the last use of the store.
//
// Each user, tenant or session has a key of its own. A save is a script that compares the
// version of the record and replaces it in one step: whoever was slower gets
// cache.ErrConflict, also the holder of a lock that has ended. A lock is a key with a random
// value and a lease, which is renewed for as long as the lock is held, and taken away only by
// whoever knows the value: if the holder dies, the lock ends after [Options.Lease].
//
// The store itself remembers no token. A client of package latchkey holds decoded records in
// its process for at most five seconds: so a user who calls often costs no round trip within
// that time, and a sign-out on one machine is seen by the others when it has passed. Records
// are always read from the primary, because a replica may be behind, and a refresh token that
// was spent already can end the session.
//
// # Keys
//
// Records are sealed with AES-256-GCM under a [Keyring] that Redis never sees. The version,
// the partition and the deployment are sealed with them: whoever can write to Redis can
// remove a record or bring an old one back, but cannot read one, change one, or give one
// user's to another. The names of keys are keyed hashes. Somebody who can only read learns
// how many records there are, how long they are, and when they change.
//
// # Failures
//
// If Redis does not answer, the error matches [ErrUnreachable] within the caller's context
// and [Options.Timeout]; nothing needs to be restarted when it is back. After a failover the
// new primary may lack what the old one had said to have saved. A record that was never newer
// than what is there is never overwritten by it; a token that was renewed meanwhile is renewed
// once more, which an authority that takes no refresh token twice answers with a new sign-in.
// The store notices and logs that a write was lost. docs/operations.md has what each failure
// looks like, what to set in Redis, and how to change keys.
package rediscache
