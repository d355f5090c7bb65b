//go:build !js

package cache

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Whatever the data: an error is typed; a second import changes nothing; an export into the
// data keeps every entity; and what is exported to nothing comes back by another import.
func FuzzImportMSAL(f *testing.F) {
	for _, seed := range []string{
		"{}", "[]", "", msalNode, msalGo, `{"AccessToken":{"a":5,"b":{},"b":{"environment":"one.test"}},"x":1,"x":2}`,
		fileText("AccessToken", accessText(), accessText("realm=common", "cached_at=9999999999"), accessText("home_account_id=null"), "IdToken", entityText("secret="+jwtText(`{"tid":"`+guestID+`","iat":5}`), "realm=common")),
		fileText("RefreshToken", refreshText("family_id=1"), refreshText("client_id=b", "environment=login.microsoftonline.com"), "AppMetadata", `{"client_id":"b","environment":"login.windows.net","family_id":"1"}`),
		fileText("Account", entityText("local_account_id=x", "tenantProfiles=null"), "RefreshToken", refreshText("user_assertion_hash=h"), refreshText("secret=b", "cached_at=77", "last_modification_time=1e3")),
		fileText("AccessToken", accessText("credential_type=Voucher"), accessText("target=a b"), accessText("target=b c")),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		store := NewMemory()
		i := MSALImport{Data: data, Environments: msalHosts, Now: msalNow}
		report, err := ImportMSAL(t.Context(), store, i)
		if err != nil {
			var typed *MSALError
			if !errors.As(err, &typed) || !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrEncrypted) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		again, err := ImportMSAL(t.Context(), store, i)
		if err != nil || slices.ContainsFunc(again.Taken, func(p MSALPartition) bool { return p.Saved }) {
			t.Fatalf("a second import: %v, %+v", err, again.Taken)
		}
		var clients []string
		for _, p := range report.Taken {
			if !slices.Contains(clients, p.Partition.Owner) {
				clients = append(clients, p.Partition.Owner)
			}
		}
		if len(clients) == 0 {
			return
		}
		x := MSALExport{ClientIDs: clients, Base: data, Environments: msalHosts, For: MSALGo, Now: msalNow}
		whole := exportedFile(t, store, x)
		had, has := identities(t, data), identities(t, whole)
		for id := range had {
			if !has[id] {
				t.Fatalf("an entity is lost: %s\nof %q\nin %q", id, data, whole)
			}
		}
		x.Base = nil
		alone := exportedFile(t, store, x)
		copied := NewMemory()
		if _, err := ImportMSAL(t.Context(), copied, MSALImport{Data: alone, Environments: msalHosts, Now: msalNow}); err != nil {
			t.Fatal(err)
		}
		for _, p := range report.Taken {
			if sameForMSAL(storedRecord(t, store, p.Partition)) {
				continue
			}
			before, after := storedRecord(t, store, p.Partition), storedRecord(t, copied, p.Partition)
			if a, b := sortedEntities(before), sortedEntities(after); a != b {
				t.Fatalf("%+v was\n%s\nand is\n%s\nby %q", p.Partition, a, b, alone)
			}
		}
	})
}

func exportedFile(t *testing.T, from Store, x MSALExport) []byte {
	t.Helper()
	text, _, err := ExportMSAL(t.Context(), from, x)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(text) {
		t.Fatalf("not JSON: %q", text)
	}
	return text
}

// identities names the entities of a cache that are of a known host.
func identities(t *testing.T, data []byte) map[string]bool {
	t.Helper()
	file, err := readMSAL(data, msalHosts)
	if err != nil {
		t.Fatalf("%v: %q", err, data)
	}
	all := map[string]bool{}
	for _, x := range file.items {
		if x.e != nil && x.cloud != "" {
			all[fmt.Sprint(x.section, " ", msalID(x.e))] = true
		}
	}
	return all
}

// sortedEntities writes the tokens and accounts of a record in an order of their own.
func sortedEntities(r *Record) string {
	var all []string
	add := func(e entity) {
		w := writer{}
		w.entity(e)
		all = append(all, string(w.buf))
	}
	for _, e := range r.Accounts {
		add(e)
	}
	for _, e := range r.IDTokens {
		add(e)
	}
	for _, e := range r.AccessTokens {
		add(e)
	}
	for _, e := range r.RefreshTokens {
		add(e)
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// sameForMSAL reports whether a record has tokens that differ in what was requested alone.
func sameForMSAL(r *Record) bool {
	seen := map[string]bool{}
	for _, t := range r.AccessTokens {
		if seen[msalID(t)] {
			return true
		}
		seen[msalID(t)] = true
	}
	return false
}
