package authoritytest

import (
	"fmt"
	"net/http"
)

// What is wrong with a policy.
var (
	unknownPolicy = condition{code: "invalid_request", status: http.StatusNotFound, text: "The tenant has no policy '%s'."}
	foreignPolicy = condition{code: "invalid_grant", text: "The provided grant has not been issued for this endpoint. Actual Value : %s and Expected Value : %s"}
)

// A wording is how a product that is not Microsoft Entra names a condition.
type wording struct {
	number int
	code   string // "" = the condition's
}

// b2cWordings are the AADB2C numbers, as far as they are documented.
var b2cWordings = map[condition]wording{
	missingParam:         {number: 90083},
	unsupportedGrant:     {number: 90086},
	missingSecret:        {number: 90079},
	publicWithSecret:     {number: 90084},
	wrongSecret:          {number: 90081},
	unknownClient:        {number: 90285},
	foreignPolicy:        {number: 90088},
	foreignCode:          {number: 90279},
	expiredCode:          {number: 90080},
	expiredRefresh:       {number: 90080},
	revokedRefresh:       {number: 90129},
	reusedRefresh:        {number: 90129},
	wrongVerifier:        {number: 90182},
	disabledUser:         {number: 90128},
	invalidScope:         {number: 90117},
	manyResources:        {number: 90146},
	missingConsent:       {number: 90205},
	unregisteredRedirect: {number: 90006, code: "redirect_uri_mismatch"},
	missingPKCE:          {number: 99059},
	loginRequired:        {number: 90077},
	userCancelled:        {number: 90091},
	userDenied:           {number: 90091},
}

// adfsWordings are the MSIS numbers that are known.
var adfsWordings = map[condition]wording{
	missingSecret:   {number: 9622},
	wrongSecret:     {number: 9622},
	assertionAuth:   {number: 9622},
	unknownClient:   {number: 9223},
	unknownCode:     {number: 9612},
	foreignCode:     {number: 9612},
	spentCode:       {number: 9612},
	expiredCode:     {number: 9612},
	unknownRefresh:  {number: 9615},
	expiredRefresh:  {number: 9615},
	revokedRefresh:  {number: 9615},
	wrongPassword:   {number: 9659},
	unknownUser:     {number: 9659},
	unknownResource: {number: 9602, code: "invalid_resource"},
}

func wordingIn(shape string, k condition) wording {
	switch shape {
	case ShapeB2C:
		return b2cWordings[k]
	case ShapeADFS:
		return adfsWordings[k]
	}
	return wording{}
}

// describeShaped returns the description as the products other than Entra word it.
func (c *call) describeShaped(k *refusal) string {
	return c.numbered(wordingIn(c.route.shape, k.condition).number, k.description)
}

// numbered returns a description with a number of the shape's product, if there is one.
func (c *call) numbered(number int, text string) string {
	switch {
	case c.route.shape == ShapeB2C && number != 0:
		// With line breaks, which RFC 6749 does not allow.
		return fmt.Sprintf("AADB2C%d: %s\r\nCorrelation ID: %s\r\nTimestamp: %s\r\n", number, text, c.entry.CorrelationID, c.timestamp())
	case c.route.shape == ShapeADFS && number != 0:
		return fmt.Sprintf("MSIS%d: %s", number, text)
	}
	return text
}
