// Package nodeprovider holds no code: its tests run Latchkey against an OpenID provider that is not ours, oidc-provider
// for Node.js, which provider.js starts. "npm ci" in this folder installs it; ci/test does that.
package nodeprovider
