package cache

// An Account is what a record knows about the user in one tenant (realm). It holds no
// secret. It must not be changed once it is in a [Record].
type Account struct {
	HomeAccountID  string // home_account_id: the user, whatever the tenant
	Environment    string // environment: the cache environment of the cloud
	Realm          string // realm: the tenant
	LocalAccountID string // local_account_id: the user in this tenant (oid or sub)
	Username       string // username: for people to read, not an identifier
	Name           string // name: for people to read
	AuthorityType  string // authority_type: MSSTS, ADFS, MSA or Generic
	ClientInfo     string // client_info as it came from the token endpoint
	LoginHint      string // login_hint: what to send so that this user signs in again

	// TenantProfiles are JSON objects, as MSAL Node keeps them for a user who is known in
	// several tenants. This module writes one Account a tenant instead.
	TenantProfiles []string

	extra *members
}

// String names the account by its home account id.
func (a *Account) String() string { return "cache.Account{" + a.HomeAccountID + "}" }

var accountNames = names{
	always: []string{"home_account_id", "environment", "realm", "local_account_id", "username", "authority_type"},
	ifSet:  []string{"name", "client_info", "login_hint", "tenantProfiles"},
}

func (a *Account) names() names       { return accountNames }
func (a *Account) extras() **members  { return &a.extra }
func (a *Account) credential() string { return "" }
func (a *Account) cachedAt() int64    { return 0 }

func (a *Account) slot(name string) slot {
	switch name {
	case "home_account_id":
		return slot{text: &a.HomeAccountID}
	case "environment":
		return slot{text: &a.Environment}
	case "realm":
		return slot{text: &a.Realm}
	case "local_account_id":
		return slot{text: &a.LocalAccountID}
	case "username":
		return slot{text: &a.Username}
	case "name":
		return slot{text: &a.Name}
	case "authority_type":
		return slot{text: &a.AuthorityType}
	case "client_info":
		return slot{text: &a.ClientInfo}
	case "login_hint":
		return slot{text: &a.LoginHint}
	case "tenantProfiles":
		return slot{list: &a.TenantProfiles}
	}
	return slot{}
}

func (a *Account) identity() string { return Key(a.HomeAccountID, a.Environment, a.Realm) }

func (a *Account) jsonKey() string {
	return a.HomeAccountID + "-" + a.Environment + "-" + a.Realm
}
