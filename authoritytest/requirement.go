package authoritytest

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// A Demand is what a [Requirement] demands of a sign-in beyond the password.
type Demand string

// The demands. What the user did is part of the browser's session and of what it gave,
// so that a refresh token from before the demand is refused, and the next one passes.
const (
	DemandMFA             Demand = "mfa"               // a verification code; with Frequency, not older than that
	DemandMFARegistration Demand = "mfa_registration"  // set up verification, which verifies too
	DemandPasswordChange  Demand = "password_change"   // another password, once for each user; with Frequency, again after that time
	DemandDevice          Demand = "device"            // a browser on a registered device
	DemandCompliantDevice Demand = "compliant_device"  // a browser on a device that meets the organization's rules
	DemandJoinedDevice    Demand = "joined_device"     // a browser on a device that is joined to the organization
	DemandSignInFrequency Demand = "sign_in_frequency" // a password typed within Frequency; 0 = for this very request
	DemandTermsOfUse      Demand = "terms_of_use"      // accept the terms, once for each user; with Frequency, again after that time
	DemandBlock           Demand = "block"             // nothing: there is no access
)

// demandOrder is the order in which unmet demands are asked for.
var demandOrder = []Demand{
	DemandBlock, DemandSignInFrequency, DemandPasswordChange, DemandMFARegistration, DemandMFA,
	DemandDevice, DemandCompliantDevice, DemandJoinedDevice, DemandTermsOfUse,
}

// A Requirement is a demand on sign-ins, such as a Conditional Access policy makes. It
// applies where everything that it names is so, in every shape: on the pages, with
// prompt=none, when a code or a refresh token is redeemed, on behalf of a user, and with
// a password. Tokens that an app gets for itself are free of it.
type Requirement struct {
	Name     string `json:"name"`               // unique; people read it on the pages
	User     string `json:"user,omitempty"`     // username; "" = every user
	App      string `json:"app,omitempty"`      // name or client id of the client; "" = every client
	Resource string `json:"resource,omitempty"` // ID URI, name or client id of the API; "" = every API, and none
	Context  string `json:"context,omitempty"`  // only if a claims challenge asks for this authentication context (acrs), such as c1; "" = always
	Demand   Demand `json:"demand"`             // one of the Demand constants
	// Frequency is how long what satisfies the demand stays good; 0 = for ever, but see
	// DemandSignInFrequency. In JSON it is as 8h or 30m.
	Frequency time.Duration `json:"-"`
}

// ID returns the GUID that names the requirement in claims challenges (capolids). It
// is made from the name.
func (q Requirement) ID() string { return namedGUID("requirement", q.Name) }

// requirementJSON is a Requirement as JSON has it.
type requirementJSON struct {
	plainRequirement
	Frequency string `json:"frequency,omitempty"`
}

type plainRequirement Requirement

// MarshalJSON writes Frequency as text.
func (q Requirement) MarshalJSON() ([]byte, error) {
	out := requirementJSON{plainRequirement: plainRequirement(q)}
	if q.Frequency != 0 {
		out.Frequency = q.Frequency.String()
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes. A field that it does not know is an error.
func (q *Requirement) UnmarshalJSON(text []byte) error {
	var in requirementJSON
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return err
	}
	if in.Frequency != "" {
		d, err := time.ParseDuration(in.Frequency)
		if err != nil {
			return errors.New("requirements: frequency must be a duration such as 8h or 30m")
		}
		in.plainRequirement.Frequency = d
	}
	*q = Requirement(in.plainRequirement)
	return nil
}

// requirement checks one requirement of the directory.
func (k *check) requirement(where string, q Requirement) {
	if strings.TrimSpace(q.Name) == "" {
		k.fail("%s: name is missing", where)
	}
	k.unique(where, "requirement", q.Name)
	if !slices.Contains(demandOrder, q.Demand) {
		k.fail("%s: demand must be one of %v, not %q", where, demandOrder, q.Demand)
	}
	if q.Frequency < 0 {
		k.fail("%s: frequency must not be negative", where)
	}
	if q.User != "" && k.d.User(q.User).ObjectID == "" {
		k.fail("%s: there is no user %q; use the username of one in users, or none for everybody", where, q.User)
	}
	if q.App != "" && k.d.App(q.App).ClientID == "" {
		k.fail("%s: there is no app %q; use the name or client id of one in apps, or none for every app", where, q.App)
	}
	if q.Resource != "" && !slices.ContainsFunc(k.d.Apps, func(a App) bool { return q.names(&a) }) {
		k.fail("%s: there is no API %q; use the ID URI, name or client id of one in apps", where, q.Resource)
	}
}

// names reports whether the requirement's Resource is the API.
func (q Requirement) names(api *App) bool {
	return api.IDURI != "" && (q.Resource == api.IDURI || q.Resource == api.Name || strings.EqualFold(q.Resource, api.ClientID))
}

// appliesTo reports whether the requirement is for a user, a client and one of the APIs.
func (q Requirement) appliesTo(user *User, client *App, apis []*App) bool {
	switch {
	case q.User != "" && !sameName(q.User, user.Username):
		return false
	case q.App != "" && q.App != client.Name && !strings.EqualFold(q.App, client.ClientID):
		return false
	}
	return q.Resource == "" || slices.ContainsFunc(apis, q.names)
}
