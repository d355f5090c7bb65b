package cache

import "testing"

// Records as MSAL Node 7 and MSAL Go 1 write them (member names and key shapes from their
// documentation of the unified cache; all values are made up).
const (
	msalNode = `{"Account":{"uid.utid-login.windows.net-utid":{"home_account_id":"uid.utid","environment":"login.windows.net",
 "realm":"utid","local_account_id":"uid","username":"alice@contoso.example","authority_type":"MSSTS","name":"Alice",
 "client_info":"e30","last_modification_time":"","tenantProfiles":["{\"tenantId\":\"utid\",\"localAccountId\":\"uid\",\"isHomeTenant\":true}"]}},
"IdToken":{"uid.utid-login.windows.net-idtoken-client-utid--":{"home_account_id":"uid.utid","environment":"login.windows.net",
 "credential_type":"IdToken","client_id":"client","secret":"id","realm":"utid"}},
"AccessToken":{"uid.utid-login.windows.net-accesstoken-client-utid-user.read openid profile-":{"home_account_id":"uid.utid",
 "environment":"login.windows.net","credential_type":"AccessToken","client_id":"client","secret":"at","realm":"utid",
 "target":"User.Read openid profile","cached_at":"1700000000","expires_on":"1700003600","extended_expires_on":"1700007200",
 "refresh_on":"1700001800","token_type":"Bearer"},
 "-login.windows.net-accesstoken-client-utid-https://graph/.default--hash":{"home_account_id":"","environment":"login.windows.net",
 "credential_type":"AccessToken","client_id":"client","secret":"fmi","realm":"utid","target":"https://graph/.default",
 "cached_at":"1700000000","expires_on":"1700003600","token_type":"Bearer","additionalCacheKeyComponents":{"fmi_path":"a/b"}},
 "uid.utid-login.windows.net-accesstoken_with_authscheme-client-utid-user.read-pop":{"home_account_id":"uid.utid",
 "environment":"login.windows.net","credential_type":"AccessToken_With_AuthScheme","client_id":"client","secret":"pop","realm":"utid",
 "target":"User.Read","cached_at":"1700000000","expires_on":"1700003600","key_id":"key","token_type":"pop"}},
"RefreshToken":{"uid.utid-login.windows.net-refreshtoken-client---":{"home_account_id":"uid.utid","environment":"login.windows.net",
 "credential_type":"RefreshToken","client_id":"client","secret":"rt"}},
"AppMetadata":{"appmetadata-login.windows.net-client":{"client_id":"client","environment":"login.windows.net","family_id":"1"}}}`

	msalGo = `{"AccessToken":{"uid.utid-login.microsoftonline.com-accesstoken-client-utid-user.read":{"home_account_id":"uid.utid",
 "environment":"login.microsoftonline.com","realm":"utid","credential_type":"AccessToken","client_id":"client","secret":"at",
 "target":"User.Read","refresh_on":"1700001800","expires_on":"1700003600","extended_expires_on":"1700007200","cached_at":"1700000000",
 "user_assertion_hash":"hash"},
 "uid.utid-login.microsoftonline.com-atext-client-utid-user.read-hash":{"home_account_id":"uid.utid","environment":"login.microsoftonline.com",
 "realm":"utid","credential_type":"AccessToken","client_id":"client","secret":"ext","target":"User.Read","expires_on":"1700003600",
 "cached_at":"1700000000","keyid":"key","token_type":"pop","ext_cache_key":"hash"}},
"RefreshToken":{"uid.utid-login.microsoftonline.com-refreshtoken-client":{"home_account_id":"uid.utid",
 "environment":"login.microsoftonline.com","credential_type":"RefreshToken","client_id":"client","secret":"rt","user_assertion_hash":"hash"}},
"IdToken":{"uid.utid-login.microsoftonline.com-idtoken-client-utid":{"home_account_id":"uid.utid","environment":"login.microsoftonline.com",
 "realm":"utid","credential_type":"IDToken","client_id":"client","secret":"id"}},
"Account":{"uid.utid-login.microsoftonline.com-utid":{"home_account_id":"uid.utid","environment":"login.microsoftonline.com","realm":"utid",
 "local_account_id":"uid","authority_type":"MSSTS","username":"alice@contoso.example"}},
"AppMetadata":{"appmetadata-login.microsoftonline.com-client":{"client_id":"client","environment":"login.microsoftonline.com"}}}`
)

func TestReadsMSALNode(t *testing.T) {
	r := decode(t, msalNode)
	at := r.Find(&Query{Realm: "utid", Scopes: []string{"user.read"}})
	if at == nil || at.Secret != "at" || at.CachedAt != 1700000000 || at.ExpiresOn != 1700003600 ||
		at.ExtendedExpiresOn != 1700007200 || at.RefreshOn != 1700001800 || at.RequestedScopes != "User.Read openid profile" {
		t.Errorf("the access token is %#v", at)
	}
	if pop := r.Find(&Query{Realm: "utid", Scopes: []string{"user.read"}, TokenType: "PoP", KeyID: "key"}); pop == nil || pop.Secret != "pop" {
		t.Errorf("the bound token is %#v", pop)
	}
	if fmi := r.Find(&Query{Realm: "utid", Scopes: []string{"https://graph/.default"}}); fmi != nil {
		t.Error("R25: a token with components of its own is taken for a plain one")
	}
	if rt := r.RefreshToken("client", "1"); rt == nil || rt.Secret != "rt" {
		t.Errorf("the refresh token is %v", rt)
	}
	a := r.Account("utid")
	if a == nil || a.Username != "alice@contoso.example" || a.ClientInfo != "e30" || len(a.TenantProfiles) != 1 || r.IDToken("utid").Secret != "id" {
		t.Errorf("the account is %#v", a)
	}
}

func TestReadsMSALGo(t *testing.T) {
	r := decode(t, msalGo)
	at := r.Find(&Query{Realm: "utid", Scopes: []string{"User.Read"}})
	if at == nil || at.Secret != "at" || at.UserAssertionHash != "hash" || at.RefreshOn != 1700001800 {
		t.Errorf("the access token is %#v", at)
	}
	if ext := r.Find(&Query{Realm: "utid", Scopes: []string{"User.Read"}, TokenType: "pop", KeyID: "key", Variant: "hash"}); ext == nil || ext.Secret != "ext" {
		t.Errorf("the token with claims of the client is %#v", ext)
	}
	if rt := r.RefreshToken("client", ""); rt == nil || rt.Secret != "rt" || r.IDToken("utid") == nil || r.Account("utid") == nil {
		t.Errorf("the rest is %v", r)
	}
}
