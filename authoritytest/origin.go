package authoritytest

import "time"

// spaLifetime is how long after the sign-in a single-page app can refresh, in the Entra
// shape, however often it does.
const spaLifetime = 24 * time.Hour

// checkOrigin is Microsoft Entra's rule about browsers: what belongs to a single-page
// app is redeemed by pages of other origins only, and nothing else is.
func (c *call) checkOrigin(app *App, grantType string) *refusal {
	origin := c.r.Header.Get("Origin")
	cross := origin != "" && !c.s.ownOrigin(origin)
	switch {
	case !c.dialect().entra:
	case app.Kind != KindSPA && cross:
		return refused(crossOrigin)
	case app.Kind == KindSPA && !cross && (grantType == grantCode || grantType == grantRefresh):
		return refused(spaSameOrigin)
	}
	return nil
}
