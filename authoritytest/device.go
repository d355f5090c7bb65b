package authoritytest

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A device is a device authorization (RFC 8628). What changes, from interval on, is
// guarded by the state's lock.
type device struct {
	app      *App
	userCode string
	expires  time.Time
	asked    *grant // without a user; the tenant may be nil

	interval time.Duration
	polled   time.Time // zero: not yet
	status   deviceStatus
	grant    *grant // once approved
}

type deviceStatus int

const (
	deviceWaiting deviceStatus = iota
	deviceApproved
	deviceRefused
	deviceSpent
)

// A deviceResponse is the answer of the device authorization endpoint (RFC 8628,
// section 3.2). Entra's message is part of its shape.
type deviceResponse struct {
	DeviceCode              string `json:"device_code"`
	UserCode                string `json:"user_code"`
	VerificationURI         string `json:"verification_uri"`
	VerificationURIComplete string `json:"verification_uri_complete,omitempty"`
	ExpiresIn               int64  `json:"expires_in"`
	Interval                int64  `json:"interval"`
	Message                 string `json:"message,omitempty"`
}

// deviceCode is the device authorization endpoint.
func (c *call) deviceCode() *reply {
	if name := c.repeated(); name != "" {
		return c.refuse(repeatedParam, name)
	}
	app, k := c.client()
	if k != nil {
		return c.refusal(k)
	}
	if !app.mayUse(grantDevice) {
		return c.refuse(grantNotAllowed, grantDevice)
	}
	g, k := c.deviceGrant(app)
	if k != nil {
		return c.refusal(k)
	}
	lifetime, interval := orDefault(c.s.DeviceLifetime, 15*time.Minute), orDefault(c.s.DeviceInterval, 5*time.Second)
	d := &device{app: app, expires: c.now.Add(lifetime), asked: g, interval: interval}
	resp := deviceResponse{DeviceCode: c.s.addDevice(d), UserCode: d.userCode, ExpiresIn: seconds(lifetime), Interval: seconds(interval)}
	if c.dialect().microsoft {
		resp.VerificationURI = c.base() + devicePages[c.route.shape]
		resp.Message = "To sign in, use a web browser to open the page " + resp.VerificationURI + " and enter the code " + d.userCode + " to authenticate."
	} else {
		resp.VerificationURI = c.s.base + oidcDevicePage
		resp.VerificationURIComplete = resp.VerificationURI + "?user_code=" + url.QueryEscape(d.userCode)
	}
	return jsonReply(http.StatusOK, resp)
}

// deviceGrant is what the device asks for; who it is for is not known yet.
func (c *call) deviceGrant(app *App) (*grant, *refusal) {
	tenant, k := c.tenant()
	if k != nil {
		return nil, k
	}
	list, k := c.scopesOf(app)
	if k != nil {
		return nil, k
	}
	if len(list) == 0 && c.dialect().entra {
		return nil, refused(missingScope)
	}
	claims, k := c.claimsParam()
	if k != nil {
		return nil, k
	}
	g := &grant{shape: c.route.shape, policy: c.route.policy, app: app, tenant: tenant, wanted: list, claims: claims, organizations: c.organizationsOnly()}
	for _, name := range c.params["resource"] {
		g.resources = append(g.resources, c.s.state.api(name)) // scopes has checked the names
	}
	return g, nil
}

func (s *Server) addDevice(d *device) (deviceCode string) {
	deviceCode = randomText(32)
	s.secrets.add(deviceCode)
	st := s.state
	st.mu.Lock()
	defer st.mu.Unlock()
	if len(st.userCodes) >= 2*maxDevices {
		clear(st.userCodes) // of devices that the ledger forgot long ago
	}
	for d.userCode = newUserCode(); st.userCodes[plainCode(d.userCode)] != nil; {
		d.userCode = newUserCode()
	}
	st.userCodes[plainCode(d.userCode)] = d
	st.devices.put(deviceCode, d)
	return deviceCode
}

// newUserCode returns eight consonants (RFC 8628, section 6.1), in two groups.
func newUserCode() string {
	const letters = "BCDFGHJKLMNPQRSTVWXZ"
	var b [8]byte
	for i := range b {
		for {
			rand.Read(b[i : i+1])
			if b[i] < 240 { // 12 * 20: every letter is equally likely
				break
			}
		}
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b[:4]) + "-" + string(b[4:])
}

// plainCode is a user code without what people add or leave out.
func plainCode(code string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(code))
}

// redeemDevice is the device code grant (RFC 8628, section 3.4).
func (c *call) redeemDevice(app *App) (*tokenResponse, *refusal) {
	code := c.params.Get("device_code")
	if code == "" {
		return nil, refused(missingParam, "device_code")
	}
	g, k := c.s.state.poll(code, app, c.route.shape, c.now)
	if k != nil {
		return nil, k
	}
	if g, k = c.usable(g); k != nil {
		return nil, k
	}
	var resource *App
	if len(g.resources) == 1 {
		resource = g.resources[0]
	}
	a, k := pick(g.wanted, resource, true)
	if k != nil {
		return nil, k
	}
	return c.issue(g, g.tenant, a, "")
}

// poll answers one poll of a device. Polling faster than the interval makes the
// interval longer for good (RFC 8628, section 3.5).
func (st *state) poll(code string, app *App, shape string, now time.Time) (*grant, *refusal) {
	st.mu.Lock()
	defer st.mu.Unlock()
	d := st.devices.get(code)
	if d == nil || d.app.ClientID != app.ClientID || d.asked.shape != shape || d.status == deviceSpent {
		return nil, refused(unknownDevice)
	}
	early := !d.polled.IsZero() && now.Sub(d.polled) < d.interval
	d.polled = now
	switch {
	case !now.Before(d.expires):
		return nil, refused(deviceExpired)
	case early && d.status == deviceWaiting:
		d.interval += 5 * time.Second
		return nil, refused(deviceSlower)
	case d.status == deviceRefused:
		return nil, refused(deviceDeclined)
	case d.status == deviceWaiting:
		return nil, refused(devicePending)
	}
	d.status = deviceSpent
	return d.grant, nil
}

// answer records a person's answer for a device that waits for it.
func (st *state) answer(d *device, g *grant, approve bool) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	if d.status != deviceWaiting {
		return false
	}
	d.status = deviceRefused
	if approve {
		d.status, d.grant = deviceApproved, g
	}
	delete(st.userCodes, plainCode(d.userCode))
	return true
}

// deviceWaitingFor returns the device that a user code belongs to, if it still waits.
func (st *state) deviceWaitingFor(userCode string, now time.Time) *device {
	st.mu.Lock()
	defer st.mu.Unlock()
	d := st.userCodes[plainCode(userCode)]
	if d == nil || d.status != deviceWaiting || !now.Before(d.expires) {
		return nil
	}
	return d
}

// devicePage is where a person types a user code.
func (c *call) devicePage() *reply {
	it := &interaction{shape: c.route.shape, session: c.session()}
	return c.show(it, pageCode, "")
}

const maxUserCodeTries = 5

// typedCode is that page's form.
func (c *call) typedCode(it *interaction) *reply {
	d := c.s.state.deviceWaitingFor(c.params.Get("user_code"), c.now)
	if d == nil || d.asked.shape != it.shape {
		if it.tries++; it.tries >= maxUserCodeTries {
			c.over(it)
			return c.messagePage(http.StatusTooManyRequests, "Too many wrong codes", "Start again on your device.")
		}
		return c.show(it, pageCode, "That code is not right, or has expired.")
	}
	it.device, it.tenant, it.organizations = d, d.asked.tenant, d.asked.organizations
	c.entry.ClientID = it.clientID()
	return c.proceed(it)
}

// proceedDevice asks who the person is, always visibly, and then for the approval.
func (c *call) proceedDevice(it *interaction) *reply {
	user := it.account.user
	if user == nil {
		return c.askAccount(it)
	}
	c.entry.User = user.Username
	if standing(user) != nil {
		return c.blocked(it)
	}
	if rep := c.meetDemands(it); rep != nil {
		return rep
	}
	g := it.asked(c.s.state)
	if adminOnly(g.wanted, c.s.state.lacking(g.app, user, g.wanted)) {
		return c.show(it, pageAdmin, "")
	}
	if !it.consented {
		return c.show(it, pageApprove, "")
	}
	return c.deviceAnswered(it, true)
}

// deviceAnswered ends the interaction of a device.
func (c *call) deviceAnswered(it *interaction, approve bool) *reply {
	c.over(it)
	g := *it.asked(c.s.state).rooted()
	if approve {
		g.user, g.tenant = it.account.user, c.homeOr(g.tenant, it.account.user)
		g.authTime, g.sid, g.since = it.account.at, it.account.sid, c.now
		g.acts, g.epoch = it.account.acts, it.account.epoch
		g.wanted = slices.Clone(g.wanted)
	}
	switch {
	case !c.s.state.answer(it.device, &g, approve):
		return c.messagePage(http.StatusBadRequest, "This code was used already", "Start again on your device.")
	case approve:
		return c.messagePage(http.StatusOK, "You are signed in on your device", "You can close this page and go back to it.")
	}
	return c.messagePage(http.StatusOK, "You declined", "Nothing was signed in. You can close this page.")
}
