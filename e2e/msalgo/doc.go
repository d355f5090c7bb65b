// Package msalgo holds no code: its tests run Microsoft's MSAL for Go, as it is published, against the authority for tests.
package msalgo
