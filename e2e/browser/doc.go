// Package browser holds no code: its tests click through examples/react-spa in Chromium, with both engines. What they
// assert is seen from outside: the requests that the authority had, what the API answered, and what is in the page's
// storages. A run without LATCHKEY_SOAK has a sample of them; with -run or LATCHKEY_SOAK=1 it has what is asked for, or all.
package browser
