package authoritytest

// The built-in directory's identifiers. They are the same in every process, so that a
// configuration file can hold them; its secrets are not.
const (
	defaultTenant   = "3c0b6f52-6a4f-4f0e-9c7e-8d2f5b1a7e90"
	defaultNative   = "0f6a2c1e-5b7d-4c39-8e1a-2d4f6b8c9a01"
	defaultSPA      = "1a7b3d2f-6c8e-4d4a-9f2b-3e5a7c9d0b12"
	defaultWeb      = "2b8c4e3a-7d9f-4e5b-8a3c-4f6b8d0e1c23"
	defaultDaemon   = "3c9d5f4b-8e0a-4f6c-9b4d-5a7c9e1f2d34"
	defaultAPI      = "4d0e6a5c-9f1b-4a7d-8c5e-6b8d0f2a3e45"
	graphClientID   = "00000003-0000-0000-c000-000000000000" // Microsoft Graph's own
	graphIDURI      = "https://graph.microsoft.com"
	consumersTenant = "9188040d-6c67-4c5b-b112-36a304b66dad" // the tenant of personal Microsoft accounts
)

// DefaultDirectory returns the built-in directory: the tenant contoso.test, the users
// avery@contoso.test and blake@contoso.test, and the apps native, spa, web, daemon,
// api and graph. Secrets and passwords are new random ones with each call.
//
// Consent was given by the administrator to everything that the clients have in
// Permissions: openid, profile, email, offline_access, Tasks.Read of the api and
// User.Read of graph. In the B2C shape the tenant has the policies B2C_1_signin,
// B2C_1_profile and B2C_1A_Custom. Tasks.Write and Mail.Read are asked of the user, Tasks.Purge
// can be granted by an administrator only.
func DefaultDirectory() Directory {
	const idURI = "api://" + defaultAPI
	permissions := []string{"openid", "profile", "email", "offline_access", idURI + "/Tasks.Read", graphIDURI + "/User.Read"}
	d := Directory{
		Tenants: []Tenant{{ID: defaultTenant, Domain: "contoso.test", Name: "Contoso",
			Policies: []Policy{{Name: "B2C_1_signin"}, {Name: "B2C_1_profile"}, {Name: "B2C_1A_Custom", TFPIssuer: true, ACR: true}}}},
		Users: []User{
			{Tenant: defaultTenant, ObjectID: "5e1f7b6d-0a2c-4b8e-9d6f-7c9e1a3b4f56", Username: "avery@contoso.test",
				Name: "Avery Howard", GivenName: "Avery", FamilyName: "Howard", Email: "avery@contoso.test",
				Groups: []string{"7f3a9d8e-2c4e-4daa-8f8b-9e1a3c5d6b78"}, Roles: []string{"Admin"}},
			{Tenant: defaultTenant, ObjectID: "6f2a8c7e-1b3d-4c9f-8e7a-8d0f2b4c5a67", Username: "blake@contoso.test",
				Name: "Blake Martin", GivenName: "Blake", FamilyName: "Martin", Email: "blake@contoso.test"},
		},
		Apps: []App{
			{Name: "native", ClientID: defaultNative, Kind: KindPublic, AllowPublicFlows: true,
				RedirectURIs: []string{"http://localhost", "http://127.0.0.1", "http://[::1]"}},
			{Name: "spa", ClientID: defaultSPA, Kind: KindSPA,
				RedirectURIs: loopbackURIs("", "/redirect", "/redirect.html"),
				LogoutURIs:   loopbackURIs("", "/signed-out")},
			{Name: "web", ClientID: defaultWeb, Kind: KindConfidential, Secrets: []Secret{newSecret()},
				RedirectURIs: append(loopbackURIs("", "/callback"), "https://web.contoso.test/callback"),
				LogoutURIs:   append(loopbackURIs("", "/signed-out"), "https://web.contoso.test/signed-out")},
			{Name: "daemon", ClientID: defaultDaemon, Kind: KindConfidential, Secrets: []Secret{newSecret()},
				GrantedRoles: []string{idURI + "/Tasks.Read.All", graphIDURI + "/User.Read.All"}},
			{Name: "api", ClientID: defaultAPI, Kind: KindAPI, Secrets: []Secret{newSecret()}, IDURI: idURI,
				Scopes: []Scope{
					{Name: "Tasks.Read", Description: "Read your tasks"},
					{Name: "Tasks.Write", Description: "Create, change and delete your tasks"},
					{Name: "Tasks.Purge", Description: "Delete everybody's tasks", AdminOnly: true},
				},
				AppRoles: []AppRole{
					{Value: "Tasks.Read.All", Description: "Read everybody's tasks"},
					{Value: "Admin", Description: "Administer tasks"},
				}},
			{Name: "graph", ClientID: graphClientID, Kind: KindAPI, IDURI: graphIDURI,
				Scopes: []Scope{
					{Name: "User.Read", Description: "Read your profile"},
					{Name: "Mail.Read", Description: "Read your mail"},
				},
				AppRoles: []AppRole{{Value: "User.Read.All", Description: "Read everybody's profile"}}},
		},
	}
	for i := range d.Users {
		d.Users[i].Password = newSecret()
	}
	for i := range d.Apps {
		a := &d.Apps[i]
		a.Tenant, a.MultiTenant = defaultTenant, true
		if a.Name == "graph" {
			continue
		}
		a.Permissions = permissions
		d.Consents = append(d.Consents, Consent{Client: a.Name, Scopes: permissions})
	}
	return d
}

// loopbackURIs registers paths on each name of this computer; any port is accepted.
func loopbackURIs(paths ...string) []string {
	var uris []string
	for _, host := range []string{"http://localhost", "http://127.0.0.1"} {
		for _, path := range paths {
			uris = append(uris, host+path)
		}
	}
	return uris
}

func newSecret() Secret { return Secret(randomText(24)) }
