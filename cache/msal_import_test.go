//go:build !js

package cache

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/internal/b64"
)

const (
	tenantID = "6c7a4e9d-0a5f-4c9b-8a3e-5b1d2f3c4a6e"
	guestID  = "0d7b8f0c-2b9e-4a54-9d5e-7e1c5c2f9b11"
	homeID   = "5a1e2d3c-0b9a-4877-8a66-1c2d3e4f5a6b." + tenantID
)

// msalNow is before the tokens of the tests end.
func msalNow() time.Time { return time.Unix(1700000100, 0) }

// msalHosts has the clouds of the tests.
var msalHosts = map[string]string{"login.windows.net": "login.windows.net", "login.microsoftonline.com": "login.windows.net", "one.test": "one.test"}

func importMSAL(t *testing.T, to Store, data string, edit ...func(*MSALImport)) *MSALReport {
	t.Helper()
	i := MSALImport{Data: []byte(data), Environments: msalHosts, Now: msalNow}
	for _, f := range edit {
		f(&i)
	}
	report, err := ImportMSAL(t.Context(), to, i)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func exportMSAL(t *testing.T, from Store, x MSALExport) string {
	t.Helper()
	x.Environments, x.Now = msalHosts, msalNow
	text, _, err := ExportMSAL(t.Context(), from, x)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func storedRecord(t *testing.T, s Store, p Partition) *Record {
	t.Helper()
	e, err := s.Load(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if e.Version == "" {
		return new(Record)
	}
	return decode(t, string(e.Data))
}

// entityText writes an entity of a test: fields as "name=value" beside those that each has.
func entityText(fields ...string) string {
	all := map[string]any{"home_account_id": homeID, "environment": "login.windows.net", "client_id": "client", "realm": tenantID}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		all[name] = value
		if strings.HasPrefix(value, "{") || value == "null" {
			all[name] = json.RawMessage(value)
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func accessText(fields ...string) string {
	return entityText(append([]string{"credential_type=AccessToken", "secret=at", "target=User.Read", "cached_at=1700000000", "expires_on=1700003600"}, fields...)...)
}

func refreshText(fields ...string) string {
	return entityText(append([]string{"credential_type=RefreshToken", "secret=rt"}, fields...)...)
}

// fileText writes a cache: sections as "Name", then entities.
func fileText(parts ...string) string {
	var b strings.Builder
	b.WriteByte('{')
	section, n := "", 0
	for _, part := range parts {
		if part[0] != '{' {
			if section != "" {
				b.WriteString("},")
			}
			section, n = part, 0
			fmt.Fprintf(&b, "%q:{", part)
			continue
		}
		if n > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"key%d":%s`, n, part)
		n++
	}
	return b.String() + "}}"
}

var userPlace = Partition{KindUser, "login.windows.net", "client", homeID}

func jwtText(claims string) string {
	return "e30." + b64.EncodeString(claims) + ".c2ln"
}

func TestImportMSALNode(t *testing.T) {
	store := NewMemory()
	report := importMSAL(t, store, strings.NewReplacer("uid.utid", homeID, `"utid`, `"`+tenantID).Replace(msalNode))
	r := storedRecord(t, store, userPlace)
	at := r.Find(&Query{Realm: tenantID, Scopes: []string{"user.read"}})
	if at == nil || at.Secret != "at" || r.RefreshToken("client", "").Secret != "rt" || r.Account(tenantID).Username != "alice@contoso.example" || r.IDToken(tenantID).Secret != "id" {
		t.Errorf("%v: %v", at, r)
	}
	want := []MSALPartition{{userPlace, "alice@contoso.example", 1, 1, 1, 1, true}}
	if fmt.Sprint(report.Taken) != fmt.Sprint(want) {
		t.Errorf("taken %+v", report.Taken)
	}
	if got := reasons(report); got != "AccessToken[1] "+string(MSALVariant)+"\nAccessToken[2] "+string(MSALBound)+"\n" {
		t.Errorf("skipped %s", got)
	}
}

func reasons(report *MSALReport) string {
	var b strings.Builder
	for _, s := range report.Skipped {
		for range s.Count {
			fmt.Fprintln(&b, s.Path, s.Reason)
		}
	}
	return b.String()
}

// What is skipped, and why.
func TestImportMSALSkips(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		want       MSALReason
		at         string
	}{
		{"another host", fileText("AccessToken", accessText("environment=login.other.test")), MSALEnvironment, "AccessToken[0]"},
		{"no host", fileText("AccessToken", accessText("environment=")), MSALMalformed, "AccessToken[0].environment"},
		{"no client", fileText("RefreshToken", refreshText("client_id=")), MSALMalformed, "RefreshToken[0].client_id"},
		{"no secret", fileText("IdToken", entityText("credential_type=IdToken")), MSALMalformed, "IdToken[0].secret"},
		{"a refresh token of nobody", fileText("RefreshToken", refreshText("home_account_id=null")), MSALMalformed, "RefreshToken[0].home_account_id"},
		{"no number", fileText("AccessToken", accessText("expires_on=soon")), MSALMalformed, "AccessToken[0].expires_on"},
		{"no text", fileText("RefreshToken", refreshText(`secret={"a":1}`)), MSALMalformed, "RefreshToken[0].secret"},
		{"ended", fileText("AccessToken", accessText("expires_on=1700000100")), MSALEnded, "AccessToken[0]"},
		{"never ends", fileText("AccessToken", accessText("expires_on=")), MSALEnded, "AccessToken[0]"},
		{"R27 on behalf of, MSAL Node", fileText("AccessToken", accessText("userAssertionHash=h")), MSALOnBehalfOf, "AccessToken[0]"},
		{"R27 on behalf of, MSAL Go", fileText("RefreshToken", refreshText("user_assertion_hash=h")), MSALOnBehalfOf, "RefreshToken[0]"},
		{"a proof of possession", fileText("AccessToken", accessText("credential_type=AccessToken_With_AuthScheme", "token_type=pop", "key_id=k")), MSALBound, "AccessToken[0]"},
		{"an SSH certificate of MSAL Python", fileText("AccessToken", accessText("token_type=ssh-cert", "key_id=k")), MSALBound, "AccessToken[0]"},
		{"a key of MSAL Go", fileText("AccessToken", accessText("keyid=k")), MSALBound, "AccessToken[0]"},
		{"R25 components", fileText("AccessToken", accessText(`additionalCacheKeyComponents={"fmi_path":"a"}`)), MSALVariant, "AccessToken[0]"},
		{"R25 a hash", fileText("AccessToken", accessText("ext_cache_key=h")), MSALVariant, "AccessToken[0]"},
		{"an application in a domain", fileText("AccessToken", accessText("home_account_id=null", "realm=contoso.test")), MSALTenant, "AccessToken[0]"},
		{"an account alone", fileText("Account", entityText("local_account_id=a")), MSALNoTokens, "Account[0]"},
		{"an account of nobody", fileText("Account", entityText("home_account_id=")), MSALMalformed, "Account[0].home_account_id"},
		{"another kind", fileText("AccessToken", accessText("credential_type=Password")), MSALUnknown, "AccessToken[0]"},
		{"an account that is a number", `{"Account":{"a":5}}`, MSALUnknown, "Account[0]"},
		{"metadata that is a list", `{"AppMetadata":{"a":[]}}`, MSALUnknown, "AppMetadata[0]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := NewMemory()
			report := importMSAL(t, store, tt.file)
			if got, want := reasons(report), tt.at+" "+string(tt.want)+"\n"; got != want || len(report.Taken) > 0 {
				t.Errorf("skipped %q, want %q; taken %v", got, want, report.Taken)
			}
			if len(store.entries) > 0 {
				t.Error("something is saved")
			}
		})
	}
}

// The refresh token of an on-behalf-of session of MSAL Node does not say so.
func TestR27_ImportMSALOnBehalfOf(t *testing.T) {
	session := accessText("userAssertionHash=h")
	store := NewMemory()
	report := importMSAL(t, store, fileText("AccessToken", session, "RefreshToken", refreshText()))
	if len(report.Taken) > 0 {
		t.Error("a session's refresh token is taken for the user's")
	}
	report = importMSAL(t, store, fileText("AccessToken", session, accessText(), "RefreshToken", refreshText()))
	if len(report.Taken) != 1 || report.Taken[0].RefreshTokens != 1 || report.Taken[0].AccessTokens != 1 {
		t.Errorf("taken %+v", report.Taken)
	}
}

// MSAL Go and MSAL Python write the tenant of the authority as the program names it.
func TestImportMSALNamesTenants(t *testing.T) {
	id := "secret=" + jwtText(`{"tid":"`+guestID+`"}`)
	for _, tt := range []struct{ name, file, want string }{
		{"common", fileText("AccessToken", accessText("realm=common")), tenantID},
		{"organizations", fileText("AccessToken", accessText("realm=Organizations")), tenantID},
		{"a domain", fileText("AccessToken", accessText("realm=fabrikam.test"), "IdToken", entityText("realm=Fabrikam.test", id)), guestID},
		{"a word and an ID token", fileText("AccessToken", accessText("realm=common"), "IdToken", entityText("realm=common", id)), guestID},
		{"capitals", fileText("AccessToken", accessText("realm="+strings.ToUpper(guestID))), guestID},
		{"an application", fileText("AccessToken", accessText("home_account_id=null")), tenantID},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := NewMemory()
			report := importMSAL(t, store, tt.file)
			if len(report.Taken) != 1 {
				t.Fatalf("taken %v, skipped %v", report.Taken, report.Skipped)
			}
			p := report.Taken[0].Partition
			if r := storedRecord(t, store, p); r.Find(&Query{Realm: tt.want, Scopes: []string{"User.Read"}}) == nil {
				t.Errorf("%v has no token of %s", p, tt.want)
			}
			if p.Kind == KindApp && p.Subject != tenantID {
				t.Errorf("the partition is %v", p)
			}
		})
	}
}

// MSAL Node has one account a user with a profile a tenant; here is one account a tenant.
func TestImportMSALTenantProfiles(t *testing.T) {
	file := strings.Replace(fileText("AccessToken", accessText(), "Account", entityText("username=avery", "name=Avery", "authority_type=MSSTS", "tenantProfiles={}")),
		`"tenantProfiles":{}`, `"tenantProfiles":["{\"tenantId\":\"`+tenantID+`\",\"localAccountId\":\"h\"}","{\"tenantId\":\"`+guestID+`\",\"localAccountId\":\"g\",\"loginHint\":\"hint\"}","no JSON"]`, 1)
	store := NewMemory()
	importMSAL(t, store, file)
	r := storedRecord(t, store, userPlace)
	guest := r.Account(guestID)
	if len(r.Accounts) != 2 || guest == nil || guest.LocalAccountID != "g" || guest.Username != "avery" || guest.LoginHint != "hint" {
		t.Errorf("%d accounts, of the guest tenant %#v", len(r.Accounts), guest)
	}
	if got := exportMSAL(t, store, MSALExport{ClientIDs: []string{"client"}}); strings.Count(got, "local_account_id") != 1 || strings.Count(got, `\"localAccountId\":\"g\"`) != 1 {
		t.Errorf("MSAL Node gets %s", got)
	}
	if got := exportMSAL(t, store, MSALExport{ClientIDs: []string{"client"}, For: MSALGo}); strings.Count(got, "local_account_id") != 2 {
		t.Errorf("MSAL Go gets %s", got)
	}
}

// A user of whom there are tokens alone gets an account, or nobody could list it.
func TestImportMSALWithoutAccount(t *testing.T) {
	store := NewMemory()
	report := importMSAL(t, store, fileText("RefreshToken", refreshText(), "IdToken", entityText("secret="+jwtText(`{"preferred_username":"avery@contoso.test","oid":"o","name":"Avery"}`))))
	a := storedRecord(t, store, userPlace).Account(tenantID)
	if a == nil || a.Username != "avery@contoso.test" || a.LocalAccountID != "o" || a.Name != "Avery" || report.Taken[0].Username != a.Username {
		t.Errorf("the account is %#v", a)
	}
}

// Which refresh token is the newest, where libraries have left several.
func TestImportMSALNewestRefreshToken(t *testing.T) {
	aliased := "environment=login.microsoftonline.com"
	for _, tt := range []struct{ name, file, want string }{
		{"by the access tokens of its host", fileText("AccessToken", accessText("cached_at=1700000050"), accessText(aliased),
			"RefreshToken", refreshText("secret=new"), refreshText(aliased, "secret=old")), "new"},
		{"the other way round", fileText("AccessToken", accessText(), accessText(aliased, "cached_at=1700000050"),
			"RefreshToken", refreshText("secret=old"), refreshText(aliased, "secret=new")), "new"},
		{"MSAL Python says when", fileText("RefreshToken", refreshText("secret=new", "last_modification_time=1700000002"),
			refreshText(aliased, "secret=old", "cached_at=1700000001")), "new"},
		{"MSAL Python leaves a time that is not its own", fileText("RefreshToken", refreshText("secret=new", "cached_at=1690000000", "last_modification_time=1700000002"),
			refreshText(aliased, "secret=old", "cached_at=1700000001")), "new"},
		{"nobody knows", fileText("RefreshToken", refreshText("secret=old"), refreshText(aliased, "secret=new")), "new"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := NewMemory()
			importMSAL(t, store, tt.file)
			r := storedRecord(t, store, userPlace)
			if len(r.RefreshTokens) != 1 || string(r.RefreshTokens[0].Secret) != tt.want {
				t.Errorf("%d refresh tokens, the first is %q", len(r.RefreshTokens), string(r.RefreshTokens[0].Secret))
			}
		})
	}
}

// A second import adds what has happened since, and takes nothing back.
func TestImportMSALAgain(t *testing.T) {
	store := NewMemory()
	file := func(at, rt, cached string) string {
		return fileText("AccessToken", accessText("secret="+at, "cached_at="+cached), "RefreshToken", refreshText("secret="+rt),
			"Account", entityText("local_account_id=l", "username=avery"))
	}
	old := file("at1", "rt1", "1700000000")
	check := func(step, at, rt string, saved bool, report *MSALReport) {
		t.Helper()
		r := storedRecord(t, store, userPlace)
		if len(r.AccessTokens) != 1 || len(r.RefreshTokens) != 1 || string(r.AccessTokens[0].Secret) != at || string(r.RefreshTokens[0].Secret) != rt {
			t.Errorf("%s: %v", step, r)
		}
		if report.Taken[0].Saved != saved {
			t.Errorf("%s: saved is %t", step, report.Taken[0].Saved)
		}
	}
	dry := func(i *MSALImport) { i.DryRun = true }
	if report := importMSAL(t, store, old, dry); !report.Taken[0].Saved || len(store.entries) != 0 {
		t.Error("a dry run saves, or does not say what it would")
	}
	check("first", "at1", "rt1", true, importMSAL(t, store, old))
	check("again", "at1", "rt1", false, importMSAL(t, store, old))
	check("newer", "at2", "rt2", true, importMSAL(t, store, file("at2", "rt2", "1700000060")))
	check("older", "at2", "rt2", false, importMSAL(t, store, old))
	check("of one age", "at2", "rt2", false, importMSAL(t, store, file("at3", "rt3", "1700000060")))

	// A time in the future does not win for ever.
	importMSAL(t, store, fileText("RefreshToken", refreshText("secret=future", "last_modification_time=9000000000")))
	if got := storedRecord(t, store, userPlace).RefreshTokens[0].CachedAt; got != msalNow().Unix() {
		t.Errorf("a refresh token is of %d", got)
	}
}

// MSAL Node rounds the present to the next second, and a token from the future would be renewed at once.
func TestImportMSALRoundedUp(t *testing.T) {
	store := NewMemory()
	importMSAL(t, store, fileText("AccessToken", accessText("cached_at=1700000101")))
	if at := storedRecord(t, store, userPlace).AccessTokens[0]; at.CachedAt != msalNow().Unix() {
		t.Errorf("the token is of %d", at.CachedAt)
	}
}

func TestImportMSALClient(t *testing.T) {
	file := fileText("RefreshToken", refreshText(), refreshText("client_id=other"))
	if report := importMSAL(t, NewMemory(), file); len(report.Taken) != 2 {
		t.Errorf("taken %v", report.Taken)
	}
	one := func(i *MSALImport) { i.ClientID = "other" }
	report := importMSAL(t, NewMemory(), file, one)
	if len(report.Taken) != 1 || report.Taken[0].Partition.Owner != "other" || reasons(report) != "RefreshToken[0] "+string(MSALOtherClient)+"\n" {
		t.Errorf("taken %v, skipped %v", report.Taken, report.Skipped)
	}
}

// MSAL keeps one refresh token for all clients of a family.
func TestImportMSALFamily(t *testing.T) {
	metadata := func(client string) string {
		return `{"client_id":"` + client + `","environment":"login.microsoftonline.com","family_id":"1"}`
	}
	file := fileText("AccessToken", accessText("client_id=second"), accessText("client_id=stranger"),
		"RefreshToken", refreshText("client_id=first", "family_id=1"), "AppMetadata", metadata("first"), metadata("second"), metadata("third"))
	store := NewMemory()
	importMSAL(t, store, file)
	importMSAL(t, store, file, func(i *MSALImport) { i.ClientID = "third" })
	for client, want := range map[string]bool{"first": true, "second": true, "third": true, "stranger": false} {
		r := storedRecord(t, store, Partition{KindUser, "login.windows.net", client, homeID})
		if got := r.RefreshToken(client, ""); (got != nil) != want || want && got.FamilyID != "1" {
			t.Errorf("%s has the refresh token %v", client, got)
		}
	}
}

// An entity of a kind that this package does not know, and members that it does not, go
// into the store and back.
func TestImportMSALUnknown(t *testing.T) {
	file := fileText("AccessToken", accessText("novelty=1"), accessText("credential_type=Voucher", "secret=v"), "RefreshToken", refreshText())
	store := NewMemory()
	if report := importMSAL(t, store, file); len(report.Skipped) != 0 {
		t.Errorf("skipped %v", report.Skipped)
	}
	importMSAL(t, store, file)
	got := exportMSAL(t, store, MSALExport{ClientIDs: []string{"client"}})
	for _, want := range []string{`"novelty":"1"`, `"credential_type":"Voucher"`} {
		if strings.Count(got, want) != 1 {
			t.Errorf("%s is not once in %s", want, got)
		}
	}
}

func TestImportMSALRefuses(t *testing.T) {
	dpapi := append([]byte{1, 0, 0, 0, 0xd0, 0x8c, 0x9d, 0xdf, 1, 0x15, 0xd1, 0x11, 0x8c, 0x7a, 0, 0xc0, 0x4f, 0xc2, 0x97, 0xeb}, "hidden"...)
	for _, tt := range []struct {
		name string
		data []byte
		is   error
		text string
	}{
		{"nothing", nil, ErrMalformed, "not JSON"},
		{"no JSON", []byte("hidden"), ErrMalformed, "not JSON"},
		{"cut off", []byte(`{"AccessToken":{"hidden`), ErrMalformed, "not JSON"},
		{"a list", []byte(`["hidden"]`), ErrMalformed, "no object"},
		{"a section", []byte(`{"AccessToken":"hidden"}`), ErrMalformed, "AccessToken: it is not an object"},
		{"DPAPI", dpapi, ErrEncrypted, "DPAPI"},
		{"JWE", []byte("eyJhbGciOiJkaXIifQ..hidden.hidden.hidden"), ErrEncrypted, "keyring of the Linux kernel"},
		{"too long", bytes.Repeat([]byte(" "), MaxMSAL+1), ErrMalformed, "more than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ImportMSAL(t.Context(), NewMemory(), MSALImport{Data: tt.data, Environments: msalHosts})
			var typed *MSALError
			if !errors.As(err, &typed) || !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "hidden") {
				t.Errorf("the error is %v", err)
			}
		})
	}
	if _, err := ImportMSAL(t.Context(), NewMemory(), MSALImport{Data: []byte("{}")}); err == nil || !strings.Contains(err.Error(), "MSALImport.Environments") {
		t.Errorf("without environments the error is %v", err)
	}
}

// One user with very many clients and tenants costs no more than they are long.
func TestImportMSALBounds(t *testing.T) {
	var parts []string
	const many = 2000
	for i := range many {
		parts = append(parts, refreshText(fmt.Sprint("client_id=", i)))
	}
	parts = append([]string{"RefreshToken"}, append(parts, "Account")...)
	for i := range many {
		parts = append(parts, entityText(fmt.Sprint("realm=", i)))
	}
	report := importMSAL(t, NewMemory(), fileText(parts...))
	if len(report.Taken) != maxMSALUser || report.Taken[0].Accounts != maxMSALUser {
		t.Errorf("%d partitions, %d accounts in the first", len(report.Taken), report.Taken[0].Accounts)
	}
	if n := len(report.Skipped); n != many-maxMSALUser+1 {
		t.Errorf("%d kinds of what was skipped", n)
	}
}

// A failing store is told, and another writer is no failure.
func TestImportMSALStore(t *testing.T) {
	file := fileText("RefreshToken", refreshText())
	for _, tt := range []struct {
		name string
		load error
		save []error
		want error
	}{
		{"conflict", nil, []error{ErrConflict, ErrConflict, nil}, nil},
		{"damaged", ErrDamaged, nil, nil},
		{"unreachable", context.DeadlineExceeded, nil, context.DeadlineExceeded},
		{"full", nil, []error{context.Canceled}, context.Canceled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := &scriptedStore{Memory: NewMemory(), load: tt.load, save: tt.save}
			_, err := ImportMSAL(t.Context(), store, MSALImport{Data: []byte(file), Environments: msalHosts, Now: msalNow})
			if !errors.Is(err, tt.want) || len(store.save) > 0 {
				t.Errorf("the error is %v, and %d saves are missing", err, len(store.save))
			}
		})
	}
	t.Run("newer format", func(t *testing.T) {
		store := NewMemory()
		entry := Entry{Data: []byte(`{"LatchkeyFormat":2}`)}
		if _, err := store.Save(t.Context(), userPlace, entry); err != nil {
			t.Fatal(err)
		}
		if _, err := ImportMSAL(t.Context(), store, MSALImport{Data: []byte(file), Environments: msalHosts}); !errors.Is(err, ErrNewerFormat) {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("malformed", func(t *testing.T) {
		store := NewMemory()
		if _, err := store.Save(t.Context(), userPlace, Entry{Data: []byte(`damage`)}); err != nil {
			t.Fatal(err)
		}
		importMSAL(t, store, file)
		if r := storedRecord(t, store, userPlace); len(r.RefreshTokens) != 1 {
			t.Errorf("the record is %v", r)
		}
	})
}

// A scriptedStore fails as a test says.
type scriptedStore struct {
	*Memory
	load error
	save []error
}

func (s *scriptedStore) Load(ctx context.Context, p Partition) (Entry, error) {
	if s.load != nil {
		return Entry{}, s.load
	}
	return s.Memory.Load(ctx, p)
}

func (s *scriptedStore) Save(ctx context.Context, p Partition, e Entry) (string, error) {
	if len(s.save) > 0 {
		err := s.save[0]
		if s.save = s.save[1:]; err != nil {
			return "", err
		}
	}
	return s.Memory.Save(ctx, p, e)
}
