package authoritytest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Continuous access evaluation: an API that can be told about revocations at once gets
// tokens that last for more than a day, if the client can handle the API's refusal.

// capabilityCAE is what such a client says in the claim xms_cc.
const capabilityCAE = "cp1"

// evaluated reports whether an access token is evaluated continuously.
func (c *call) evaluated(api *App, asked claimsRequest) bool {
	return c.dialect().entra && api != nil && api.CAE &&
		slices.ContainsFunc(asked.capabilities(), func(s string) bool { return strings.EqualFold(s, capabilityCAE) })
}

// lifetime returns how long an access token lasts.
func (c *call) lifetime(api *App, asked claimsRequest) time.Duration {
	if c.evaluated(api, asked) {
		return orDefault(c.s.EvaluatedLifetime, 28*time.Hour)
	}
	return c.s.accessLifetime()
}

// checkNotBefore refuses a claims challenge that asks for a token of the future: an API
// that was told about a revocation asks for one that was issued after that.
func (c *call) checkNotBefore(r claimsRequest) *refusal {
	spec := r.access["nbf"]
	if !spec.Essential {
		return nil
	}
	var text string
	if json.Unmarshal(spec.Value, &text) != nil {
		text = string(spec.Value)
	}
	at, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return refused(invalidParam, "claims", "the value of nbf must be a number of seconds")
	case at > c.now.Unix():
		return refused(invalidParam, "claims", "nbf is in the future; the time is "+c.timestamp())
	}
	return nil
}
