// Package msalnode holds no code: its tests run Microsoft's @azure/msal-node, as it is published, against the authority
// for tests. driver.js does with it what the tests say. "npm ci" in this folder installs it; ci/test does that.
package msalnode
