package authoritytest

import (
	"reflect"
	"slices"
	"strings"
)

// A roster is a directory that was checked, with its indexes. Nothing in it ever
// changes: another directory is another roster.
type roster struct {
	directory Directory
	tenants   map[string]*Tenant // by id and by domain, lower case
	first     *Tenant
	apps      map[string]*App   // by client id, lower case
	graph     *App              // the resource of scopes without one, in the Entra shape
	proofs    map[string]proofs // what client assertions are checked with, by client id, lower case
	users     map[string]*User  // by username, lower case
	objects   map[string]*User  // by object id in the home tenant
	consents  map[consentKey]bool
}

// A consentKey is one scope of one client for one user; user "" is everybody.
type consentKey struct{ clientID, objectID, scope string }

// personal is the tenant that every directory has beside its own.
var personal = Tenant{ID: consumersTenant, Domain: tenantConsumers, Name: "Personal accounts"}

// newRoster checks a directory and indexes a copy of it.
func newRoster(d Directory) (*roster, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	d = d.clone()
	r := &roster{
		directory: d, tenants: map[string]*Tenant{}, apps: map[string]*App{}, proofs: map[string]proofs{},
		users: map[string]*User{}, objects: map[string]*User{}, consents: map[consentKey]bool{},
		graph: &App{Name: "Microsoft Graph", ClientID: graphClientID, Kind: KindAPI, IDURI: graphIDURI},
	}
	for _, t := range append([]Tenant{personal}, d.Tenants...) {
		r.tenants[strings.ToLower(t.ID)], r.tenants[strings.ToLower(t.Domain)] = &t, &t
	}
	r.tenants[tenantConsumers] = r.tenants[consumersTenant]
	r.first = r.tenant(d.Tenants[0].ID)
	for _, a := range d.Apps {
		key := strings.ToLower(a.ClientID)
		a.Tenant = r.tenant(a.Tenant).ID
		r.apps[key], r.proofs[key] = &a, a.proofs()
		if a.ClientID == graphClientID || a.IDURI == graphIDURI {
			r.graph = &a
		}
	}
	for _, u := range d.Users {
		u.Tenant, u.GuestOf = r.tenant(u.Tenant).ID, slices.Clone(u.GuestOf)
		for i, g := range u.GuestOf {
			u.GuestOf[i].Tenant = r.tenant(g.Tenant).ID
		}
		r.users[userKey(u.Username)], r.objects[u.ObjectID] = &u, &u
	}
	for _, k := range d.Consents {
		client, user := d.App(k.Client), d.User(k.User)
		for _, scope := range k.Scopes {
			r.consents[consentKey{client.ClientID, user.ObjectID, scope}] = true
		}
	}
	return r, nil
}

func (r *roster) tenant(name string) *Tenant { return r.tenants[strings.ToLower(name)] }

// clone returns a copy that shares no slice and no map with the directory.
func (d Directory) clone() Directory {
	return deepCopy(reflect.ValueOf(d)).Interface().(Directory)
}

// deepCopy copies slices, maps and structs; what else there is, is shared.
func deepCopy(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(deepCopy(v.Index(i)))
		}
		return out
	case reflect.Map:
		if v.IsNil() {
			return v
		}
		out := reflect.MakeMapWithSize(v.Type(), v.Len())
		for it := v.MapRange(); it.Next(); {
			out.SetMapIndex(it.Key(), deepCopy(it.Value()))
		}
		return out
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		out := reflect.New(v.Type()).Elem()
		out.Set(deepCopy(v.Elem()))
		return out
	case reflect.Struct:
		out := reflect.New(v.Type()).Elem()
		out.Set(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(deepCopy(v.Field(i)))
			}
		}
		return out
	}
	return v
}
