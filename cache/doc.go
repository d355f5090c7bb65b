// Package cache keeps tokens: it says what a [Store] must do, has one in memory, and
// defines the [Record] that a client keeps in it.
//
//	client, err := latchkey.NewPublic(latchkey.Config{
//		Authority: "https://login.contoso.example",
//		ClientID:  "8f1c6f0e",
//		Cache:     cache.NewMemory(),
//	})
//
// Tokens in memory end with the program. A store of your own, on disk or shared by several
// machines, needs three methods; package cachetest checks that it keeps the contract.
//
// # Partitions
//
// A store never sees one blob with everybody's tokens. It keeps one small entry a
// [Partition]: one user of one client at one cloud, one tenant of an application's own
// tokens, or one on-behalf-of session. What is in the entry is opaque to it.
//
// # Records
//
// An entry is an encoded [Record]. Its members have the names of MSAL's unified cache, so
// that tokens can come from MSAL's caches and go there, by [ImportMSAL] and [ExportMSAL].
// Tokens are found by their fields and never by parsing a key, and members that this package
// does not know are kept.
package cache
