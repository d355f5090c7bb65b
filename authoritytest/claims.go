package authoritytest

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
)

// A claimsRequest is the claims parameter (OpenID Connect Core, section 5.5). In the
// Entra shapes the manifest's form, with lists of names under optionalClaims, is
// understood too, as Microsoft's documents of claimsRequest have it; elsewhere it is a
// member without meaning, which is ignored.
type claimsRequest struct {
	id, userinfo, access map[string]claimSpec
}

// A claimSpec is what is asked about one claim.
type claimSpec struct {
	Essential bool              `json:"essential"`
	Value     json.RawMessage   `json:"value"`
	Values    []json.RawMessage `json:"values"`
}

const maxClaims = 16 << 10

// claimsParam reads the call's claims parameter, which some shapes do not know.
func (c *call) claimsParam() (claimsRequest, *refusal) {
	text := c.params.Get("claims")
	if text == "" || !c.dialect().claims {
		return claimsRequest{}, nil
	}
	r, err := parseClaims(text, c.dialect().entra)
	if err != nil {
		return claimsRequest{}, refused(invalidParam, "claims", err.Error())
	}
	return r, nil
}

var errClaims = errors.New("it must be a JSON object with the members id_token, userinfo and access_token, each an object of claim names")

func parseClaims(text string, manifests bool) (claimsRequest, error) {
	if len(text) > maxClaims {
		return claimsRequest{}, errors.New("it is longer than 16 KB")
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &members); err != nil || members == nil {
		return claimsRequest{}, errClaims
	}
	var r, manifest claimsRequest
	for name, raw := range members {
		var err error
		switch name {
		case "id_token":
			r.id, err = parseSpecs(raw)
		case "userinfo":
			r.userinfo, err = parseSpecs(raw)
		case "access_token":
			r.access, err = parseSpecs(raw)
		case "optionalClaims":
			if manifests {
				manifest, err = parseManifest(raw)
			}
		}
		if err != nil {
			return claimsRequest{}, err
		}
	}
	return manifest.merge(r), nil
}

func parseSpecs(raw json.RawMessage) (map[string]claimSpec, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return nil, errClaims
	}
	specs := map[string]claimSpec{}
	for name, member := range members {
		var spec claimSpec
		if json.Unmarshal(member, &spec) != nil { // null leaves the zero spec
			return nil, errClaims
		}
		specs[name] = spec
	}
	return specs, nil
}

// parseManifest reads optional claims as an app's manifest has them.
func parseManifest(raw json.RawMessage) (claimsRequest, error) {
	var m map[string][]struct {
		Name      string `json:"name"`
		Essential bool   `json:"essential"`
	}
	if json.Unmarshal(raw, &m) != nil {
		return claimsRequest{}, errClaims
	}
	r := claimsRequest{id: map[string]claimSpec{}, access: map[string]claimSpec{}}
	for _, o := range m["idToken"] {
		r.id[o.Name] = claimSpec{Essential: o.Essential}
	}
	for _, o := range m["accessToken"] {
		r.access[o.Name] = claimSpec{Essential: o.Essential}
	}
	return r, nil
}

// merge returns both requests as one; o wins.
func (r claimsRequest) merge(o claimsRequest) claimsRequest {
	join := func(a, b map[string]claimSpec) map[string]claimSpec {
		if len(b) == 0 {
			return a
		}
		out := maps.Clone(b)
		for name, spec := range a {
			if _, ok := out[name]; !ok {
				out[name] = spec
			}
		}
		return out
	}
	return claimsRequest{join(r.id, o.id), join(r.userinfo, o.userinfo), join(r.access, o.access)}
}

func (r claimsRequest) idNames() []string       { return slices.Sorted(maps.Keys(r.id)) }
func (r claimsRequest) userinfoNames() []string { return slices.Sorted(maps.Keys(r.userinfo)) }
func (r claimsRequest) accessNames() []string   { return slices.Sorted(maps.Keys(r.access)) }

// capabilities returns what the client says that it can do, such as cp1.
func (r claimsRequest) capabilities() []string {
	var list []string
	for _, raw := range r.access["xms_cc"].Values {
		var s string
		if json.Unmarshal(raw, &s) == nil && s != "" {
			list = append(list, s)
		}
	}
	return list
}

// allows reports whether a claim of the ID token may have a value: the one asked for,
// or any if none was.
func (r claimsRequest) allows(name, value string) bool {
	spec := r.id[name]
	want := spec.Values
	if len(bytes.TrimSpace(spec.Value)) > 0 {
		want = append(slices.Clone(want), spec.Value)
	}
	if len(want) == 0 {
		return true
	}
	return slices.ContainsFunc(want, func(raw json.RawMessage) bool {
		var s string
		return json.Unmarshal(raw, &s) == nil && s == value
	})
}
