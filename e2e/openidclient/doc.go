// Package openidclient holds no code: its tests run the certified relying party openid-client for Node.js, as it is
// published, against the authority for tests. driver.js does with it what the tests say. "npm ci" in this folder
// installs it; ci/test does that.
package openidclient
