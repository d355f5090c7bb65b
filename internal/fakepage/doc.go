// Package fakepage gives tests in Node.js what a web page has and Node.js has not: storages,
// IndexedDB, Web Locks, an address, windows and frames. It is as small as the tests need, and
// its windows load nothing: a function of the test answers for the authority.
package fakepage
