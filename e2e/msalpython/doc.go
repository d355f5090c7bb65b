// Package msalpython holds no code: its tests run Microsoft's MSAL for Python, as Debian packages it (python3-msal),
// against the authority for tests. driver.py does with it what the tests say.
package msalpython
