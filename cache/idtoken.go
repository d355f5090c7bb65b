package cache

// An IDToken is the last ID token of the user in one tenant (realm). It must not be changed
// once it is in a [Record].
type IDToken struct {
	HomeAccountID string // home_account_id: the user
	Environment   string // environment: the cache environment of the cloud
	ClientID      string // client_id
	Realm         string // realm: the tenant that issued the token
	Secret        Secret // secret: the token

	extra *members
}

// String describes the token without its secret.
func (t *IDToken) String() string { return "cache.IDToken{" + t.Realm + "}" }

var idTokenNames = names{
	always: []string{"home_account_id", "environment", "client_id", "realm", "secret"},
}

func (t *IDToken) names() names       { return idTokenNames }
func (t *IDToken) extras() **members  { return &t.extra }
func (t *IDToken) credential() string { return "IdToken" }
func (t *IDToken) cachedAt() int64    { return 0 }

func (t *IDToken) slot(name string) slot {
	switch name {
	case "home_account_id":
		return slot{text: &t.HomeAccountID}
	case "environment":
		return slot{text: &t.Environment}
	case "client_id":
		return slot{text: &t.ClientID}
	case "realm":
		return slot{text: &t.Realm}
	case "secret":
		return slot{text: (*string)(&t.Secret)}
	}
	return slot{}
}

func (t *IDToken) identity() string {
	return Key(t.HomeAccountID, t.Environment, t.ClientID, t.Realm)
}

func (t *IDToken) jsonKey() string {
	return t.HomeAccountID + "-" + t.Environment + "-idtoken-" + t.ClientID + "-" + t.Realm + "--"
}
