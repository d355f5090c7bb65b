package cache

// A RefreshToken is a refresh token and what it was granted for. It must not be changed
// once it is in a [Record]. Times are Unix seconds, 0 if unknown.
type RefreshToken struct {
	HomeAccountID string // home_account_id: the user
	Environment   string // environment: the cache environment of the cloud
	ClientID      string // client_id
	Realm         string // realm: the tenant that issued the token; it may serve others too
	Secret        Secret // secret: the token

	// FamilyID (family_id) is the family of clients that may use the token; "" for none.
	FamilyID string

	// Target (target) holds the scopes of the original grant, separated by spaces. A renewal
	// asks for no others (RFC 6749 section 6), except where a provider allows it.
	Target string

	// KeyID (key_id) is the key that a bound token needs; "" for a token that is not bound.
	KeyID string

	CachedAt  int64 // cached_at: when the token was got; the newest one wins
	ExpiresOn int64 // expires_on: when it ends, if the authority said so

	extra *members
}

// String describes the token without its secret.
func (t *RefreshToken) String() string { return "cache.RefreshToken{" + t.Target + "}" }

var refreshTokenNames = names{
	always: []string{"home_account_id", "environment", "client_id", "secret"},
	ifSet:  []string{"realm", "family_id", "target", "key_id", "cached_at", "expires_on"},
}

func (t *RefreshToken) names() names       { return refreshTokenNames }
func (t *RefreshToken) extras() **members  { return &t.extra }
func (t *RefreshToken) credential() string { return "RefreshToken" }
func (t *RefreshToken) cachedAt() int64    { return t.CachedAt }

func (t *RefreshToken) slot(name string) slot {
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
	case "family_id":
		return slot{text: &t.FamilyID}
	case "target":
		return slot{text: &t.Target}
	case "key_id", "keyid":
		return slot{text: &t.KeyID}
	case "cached_at":
		return slot{seconds: &t.CachedAt}
	case "expires_on":
		return slot{seconds: &t.ExpiresOn}
	}
	return slot{}
}

// identity is the same for two tokens if only one of them can be good for their user: they
// are of one client, or of one family.
func (t *RefreshToken) identity() string {
	if t.FamilyID != "" {
		return Key(t.HomeAccountID, t.Environment, "family", t.FamilyID)
	}
	return Key(t.HomeAccountID, t.Environment, "client", t.ClientID)
}

// replaces reports whether two tokens have one identity, without making it.
func (t *RefreshToken) replaces(old *RefreshToken) bool {
	if t.HomeAccountID != old.HomeAccountID || t.Environment != old.Environment || t.FamilyID != old.FamilyID {
		return false
	}
	return t.FamilyID != "" || t.ClientID == old.ClientID
}

func (t *RefreshToken) jsonKey() string {
	owner := t.FamilyID
	if owner == "" {
		owner = t.ClientID
	}
	return t.HomeAccountID + "-" + t.Environment + "-refreshtoken-" + owner + "---"
}
