// Package browser holds no code: its tests click through examples/react-spa in Chromium, with both engines. What they
// assert is seen from outside: the requests that the authority had, what the API answered, and what is in the page's
// storages.
package browser
