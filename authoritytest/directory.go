package authoritytest

import (
	"slices"
	"time"
)

// A Directory is what an authority knows: its tenants, their users, the registered
// apps, and what was consented to. The zero value means [DefaultDirectory].
// The first tenant is the default one, and the one that the plain OIDC issuer serves.
type Directory struct {
	Tenants  []Tenant  `json:"tenants"`
	Users    []User    `json:"users,omitempty"`
	Apps     []App     `json:"apps,omitempty"`
	Consents []Consent `json:"consents,omitempty"` // what was consented to, before the server starts and since

	Requirements []Requirement `json:"requirements,omitempty"` // what sign-ins have to meet beyond the password
}

// A Tenant is one organization.
type Tenant struct {
	ID     string `json:"id"`             // GUID
	Domain string `json:"domain"`         // such as contoso.test; accepted in the path instead of ID
	Name   string `json:"name,omitempty"` // for people to read

	Policies []Policy `json:"policies,omitempty"` // of the B2C shape, which the tenant has if there are any
}

// A User is a person who can sign in.
type User struct {
	Tenant     string         `json:"tenant"`    // ID or domain of the home tenant, or consumers for a personal account
	ObjectID   string         `json:"object_id"` // GUID in the home tenant
	Username   string         `json:"username"`  // unique in the directory, compared case-insensitively
	Password   Secret         `json:"password"`  // what the user types
	Name       string         `json:"name,omitempty"`
	GivenName  string         `json:"given_name,omitempty"`  // given_name, with the profile scope
	FamilyName string         `json:"family_name,omitempty"` // family_name, with the profile scope
	Email      string         `json:"email,omitempty"`       // email, with the email scope
	Groups     []string       `json:"groups,omitempty"`      // object ids of groups, sent if an app asks for the claim
	Roles      []string       `json:"roles,omitempty"`       // app role values; each app sees those that it declares
	GuestOf    []Guest        `json:"guest_of,omitempty"`    // other tenants that invited the user
	Claims     map[string]any `json:"claims,omitempty"`      // further claims, sent if asked for by name
	Disabled   bool           `json:"disabled,omitempty"`    // true refuses every sign-in and every refresh
	Locked     bool           `json:"locked,omitempty"`      // true does so too, as after too many wrong passwords
}

// A Guest is a user's place in a tenant that is not the home tenant.
type Guest struct {
	Tenant   string `json:"tenant"`    // ID or domain
	ObjectID string `json:"object_id"` // GUID there

	Groups []string `json:"groups,omitempty"` // object ids of groups there; the user's own Groups are of the home tenant
}

// A Kind says what a registered app is.
type Kind string

// The kinds of apps.
const (
	KindPublic       Kind = "public"       // runs on its user's device, has no secret
	KindSPA          Kind = "spa"          // runs in a page, has no secret; cross-origin requests are allowed
	KindConfidential Kind = "confidential" // runs on a server, proves itself with a secret or a key
	KindAPI          Kind = "api"          // a resource: tokens are issued for it; with secrets or keys it is a client too
)

// An App is a registered client, a resource, or both.
type App struct {
	Name             string         `json:"name"`                         // unique; people read it on the pages
	ClientID         string         `json:"client_id"`                    // GUID
	Kind             Kind           `json:"kind"`                         // what it is
	Tenant           string         `json:"tenant"`                       // ID or domain of the tenant that registered it
	Secrets          []Secret       `json:"secrets,omitempty"`            // any one of them authenticates the app
	Keys             []AppKey       `json:"keys,omitempty"`               // any one of them checks the app's client assertions
	Federated        []Federation   `json:"federated,omitempty"`          // whose tokens stand for the app's assertions
	RedirectURIs     []string       `json:"redirect_uris,omitempty"`      // compared exactly, but for the port of a loopback address
	LogoutURIs       []string       `json:"logout_uris,omitempty"`        // where end-session may return to
	IDURI            string         `json:"id_uri,omitempty"`             // of an API, such as api://tasks
	Scopes           []Scope        `json:"scopes,omitempty"`             // of an API: what users can delegate
	AppRoles         []AppRole      `json:"app_roles,omitempty"`          // roles that users and apps can have at this app
	Permissions      []string       `json:"permissions,omitempty"`        // of a client: scopes, as ID URI/name, that .default stands for
	GrantedRoles     []string       `json:"granted_roles,omitempty"`      // of a client: app roles of APIs that it has itself, as ID URI/value
	OptionalClaims   OptionalClaims `json:"optional_claims,omitzero"`     // as an app manifest names them
	MultiTenant      bool           `json:"multi_tenant,omitempty"`       // usable from every tenant, not only from Tenant
	AllowPublicFlows bool           `json:"allow_public_flows,omitempty"` // device code; and password without a secret
	AuthMethod       string         `json:"auth_method,omitempty"`        // client_secret_basic, client_secret_post or private_key_jwt; "" = any in the Entra shape, basic or private_key_jwt in plain OIDC
	SigningAlg       string         `json:"signing_alg,omitempty"`        // of ID tokens for this client: RS256 (also "") or ES256
	WithoutPKCE      bool           `json:"without_pkce,omitempty"`       // code_challenge may be absent, as it may at Microsoft Entra; one that was sent binds. Not for single-page apps

	Routes       []Route `json:"routes,omitempty"`        // of an API: what its paths demand, see [Server.API]
	TokenVersion int     `json:"token_version,omitempty"` // of an API, Entra shape: 1 for access tokens as Entra's version 1; 0 = 2

	UserinfoSigningAlg    string `json:"userinfo_signing_alg,omitempty"`    // plain OIDC: userinfo is a JWT signed so, RS256 or ES256; "" = JSON
	BackChannelLogoutURI  string `json:"backchannel_logout_uri,omitempty"`  // plain OIDC: gets a logout token when a session of the app ends (OpenID Connect Back-Channel Logout 1.0)
	FrontChannelLogoutURI string `json:"frontchannel_logout_uri,omitempty"` // loaded in a frame, with iss and sid, when a session of the app ends (OpenID Connect Front-Channel Logout 1.0)

	SecretExpiry       []time.Time `json:"secret_expiry,omitempty"`       // from when on each of Secrets is expired, in their order; zero or missing = never
	AssignmentRequired bool        `json:"assignment_required,omitempty"` // only the users in Assigned may use the client
	Assigned           []string    `json:"assigned,omitempty"`            // usernames
	StaticPermissions  bool        `json:"static_permissions,omitempty"`  // the client may ask only for APIs that Permissions name
	OrganizationsOnly  bool        `json:"organizations_only,omitempty"`  // personal accounts can't use the client: no tenant consumers
	CAE                bool        `json:"cae,omitempty"`                 // of an API, Entra shape: continuous access evaluation, so that clients with the capability cp1 get tokens that last for more than a day
}

// A Scope is one thing that a user can let a client do at an API.
type Scope struct {
	Name        string `json:"name"`                  // such as Tasks.Read
	Description string `json:"description,omitempty"` // shown on the consent page
	AdminOnly   bool   `json:"admin_only,omitempty"`  // only the directory's Consents can grant it
}

// An AppRole is a role that a user or an app can have at an API.
type AppRole struct {
	Value       string `json:"value"`                 // such as Tasks.Read.All
	Description string `json:"description,omitempty"` // for people to read
}

// OptionalClaims names claims that an app's tokens have beyond the usual ones.
type OptionalClaims struct {
	IDToken     []string `json:"id_token,omitempty"`     // in ID tokens for this client
	AccessToken []string `json:"access_token,omitempty"` // in access tokens for this API
}

// A Consent says that a client may use scopes on behalf of a user.
type Consent struct {
	Client string   `json:"client"`         // name or client id of the app
	User   string   `json:"user,omitempty"` // username; "" = every user, as an administrator grants
	Scopes []string `json:"scopes"`         // openid, profile, email, offline_access, or ID URI/name
}

// App returns the app with the given name or client id, or the zero App.
func (d Directory) App(nameOrID string) App {
	i := slices.IndexFunc(d.Apps, func(a App) bool { return a.Name == nameOrID || a.ClientID == nameOrID })
	if i < 0 {
		return App{}
	}
	return d.Apps[i]
}

// User returns the user with the given username, or the zero User.
func (d Directory) User(username string) User {
	i := slices.IndexFunc(d.Users, func(u User) bool { return sameName(u.Username, username) })
	if i < 0 {
		return User{}
	}
	return d.Users[i]
}

// Scope returns the full name of one of an API's scopes, as a client asks for it:
// ID URI, slash, name.
func (a App) Scope(name string) string { return a.IDURI + "/" + name }
