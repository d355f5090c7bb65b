package authoritytest

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The response modes of an authorization request.
const (
	modeQuery    = "query"
	modeFragment = "fragment"
	modeFormPost = "form_post"
)

// The values of prompt (OpenID Connect Core, section 3.1.2.1; Initiating User
// Registration, section 4).
const (
	promptNone    = "none"
	promptLogin   = "login"
	promptConsent = "consent"
	promptSelect  = "select_account"
	promptCreate  = "create"
)

var prompts = []string{promptNone, promptLogin, promptConsent, promptSelect, promptCreate}

// An authRequest is an authorization request that has been checked.
type authRequest struct {
	shape       string
	policy      string // B2C shape
	app         *App
	tenant      *Tenant // nil: the user's own
	redirectURI string
	mode        string
	state       string
	hasState    bool
	nonce       string
	challenge   string
	wanted      []wanted
	resources   []*App
	prompt      []string
	hint        string // login_hint
	sid         string // Entra: the sid claim of the session to use
	hinted      *User  // of id_token_hint
	maxAge      time.Duration
	hasMaxAge   bool
	claims      claimsRequest
	clientInfo  bool

	essentialACR bool // the claim acr is essential
}

func (r *authRequest) prompts(value string) bool { return slices.Contains(r.prompt, value) }

// authorize is the authorization endpoint (RFC 6749, section 3.1).
func (c *call) authorize() *reply {
	r, k := c.redirectTarget()
	if k != nil {
		return c.errorPage(k) // never redirect to where nobody registered (section 4.1.2.1)
	}
	c.embedded = slices.Contains(strings.Fields(c.params.Get("prompt")), promptNone)
	if k := c.readAuthorize(r); k != nil {
		return c.errorResponse(r, k)
	}
	return c.proceed(&interaction{shape: r.shape, policy: r.policy, tenant: r.tenant, organizations: c.organizationsOnly(), request: r, session: c.session()})
}

// redirectTarget checks the client and the redirect URI, before which no error may be
// sent there.
func (c *call) redirectTarget() (*authRequest, *refusal) {
	for _, name := range []string{"client_id", "redirect_uri"} {
		switch len(c.params[name]) {
		case 0:
			return nil, refused(missingParam, name)
		case 1:
		default:
			return nil, refused(repeatedParam, name)
		}
	}
	app, k := c.knownClient(c.params.Get("client_id"))
	if k != nil {
		return nil, k
	}
	tenant, k := c.tenant()
	if k != nil {
		return nil, k
	}
	r := &authRequest{shape: c.route.shape, policy: c.route.policy, app: app, tenant: tenant, redirectURI: c.params.Get("redirect_uri"), mode: modeQuery}
	if !registeredURI(r.shape, r.redirectURI, app.RedirectURIs) {
		return nil, refused(unregisteredRedirect, r.redirectURI, app.ClientID)
	}
	if mode := c.params.Get("response_mode"); mode == modeFragment || mode == modeFormPost {
		r.mode = mode
	}
	r.state, r.hasState = c.params.Get("state"), c.params.Has("state")
	return r, nil
}

// readAuthorize reads the rest of the request.
func (c *call) readAuthorize(r *authRequest) *refusal {
	if name := c.repeated(); name != "" {
		return refused(repeatedParam, name)
	}
	p := c.params
	switch mode := p.Get("response_mode"); {
	case p.Has("request"):
		return refused(requestObject)
	case p.Has("request_uri"):
		return refused(requestURI)
	case p.Has("registration"):
		return refused(registrationParam)
	case p.Get("response_type") == "":
		return refused(missingParam, "response_type")
	case p.Get("response_type") != "code":
		return refused(wrongResponseType)
	case mode != "" && mode != modeQuery && mode != modeFragment && mode != modeFormPost:
		return refused(wrongResponseMode)
	}
	if k := c.readChallenge(r); k != nil {
		return k
	}
	if k := c.readPrompt(r); k != nil {
		return k
	}
	var k *refusal
	if r.claims, k = c.claimsParam(); k != nil {
		return k
	}
	if k := c.checkNotBefore(r.claims); k != nil {
		return k
	}
	c.readClasses(r)
	if r.wanted, k = c.scopesOf(r.app); k != nil {
		return k
	}
	if len(r.wanted) == 0 {
		return refused(missingScope)
	}
	for _, name := range p["resource"] {
		r.resources = append(r.resources, c.s.state.api(name)) // scopes has checked the names
	}
	r.nonce, r.hint, r.sid = p.Get("nonce"), p.Get("login_hint"), p.Get("sid")
	r.clientInfo = p.Get("client_info") == "1"
	if token := p.Get("id_token_hint"); token != "" {
		if r.hinted = c.userOfIDToken(token); r.hinted == nil {
			return refused(invalidParam, "id_token_hint", "it is not an ID token of this issuer")
		}
	}
	return nil
}

// readClasses makes acr_values the claim acr, unless that is asked for itself (OpenID
// Connect Core, sections 3.1.2.1 and 5.5.1.1). Microsoft's shapes have acrs instead.
func (c *call) readClasses(r *authRequest) {
	if c.route.shape != ShapeOIDC {
		delete(r.claims.id, "acr")
		return
	}
	spec, asked := r.claims.id["acr"]
	r.essentialACR = spec.Essential
	list := strings.Fields(c.params.Get("acr_values"))
	if asked || len(list) == 0 {
		return
	}
	for _, value := range list {
		text, _ := json.Marshal(value) // strings always marshal
		spec.Values = append(spec.Values, text)
	}
	r.claims = r.claims.merge(claimsRequest{id: map[string]claimSpec{"acr": spec}})
}

// readChallenge demands PKCE with S256 of every client (RFC 9700, section 2.1.1) but
// those that are registered to do without.
func (c *call) readChallenge(r *authRequest) *refusal {
	r.challenge = c.params.Get("code_challenge")
	if r.app.WithoutPKCE && !c.params.Has("code_challenge") && !c.params.Has("code_challenge_method") {
		return nil
	}
	if r.challenge == "" || c.params.Get("code_challenge_method") != "S256" {
		return refused(missingPKCE)
	}
	if len(r.challenge) != 43 || !isUnreserved(r.challenge) {
		return refused(invalidParam, "code_challenge", "it must be the base64url of a SHA-256 hash")
	}
	return nil
}

func (c *call) readPrompt(r *authRequest) *refusal {
	r.prompt = strings.Fields(c.params.Get("prompt"))
	for _, value := range r.prompt {
		if !slices.Contains(prompts, value) {
			return refused(invalidParam, "prompt", "it knows "+strings.Join(prompts, ", "))
		}
	}
	if r.prompts(promptNone) && len(r.prompt) > 1 {
		return refused(invalidParam, "prompt", "none can't be combined with other values")
	}
	if text := c.params.Get("max_age"); text != "" {
		age, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return refused(invalidParam, "max_age", "it must be a number of seconds")
		}
		r.maxAge, r.hasMaxAge = time.Duration(age)*time.Second, true
	}
	return nil
}

// stale reports whether a sign-in is too old for the request.
func (r *authRequest) stale(a signedIn, now time.Time) bool {
	return r.hasMaxAge && (r.maxAge == 0 || now.Sub(a.at) > r.maxAge)
}

// userOfIDToken returns the user of an ID token that this server issued, expired or not.
func (c *call) userOfIDToken(token string) *User {
	claims, typ, ok := verify(token)
	if !ok || typ != "JWT" {
		return nil
	}
	iss, _ := claims["iss"].(string)
	sub, _ := claims["sub"].(string)
	aud, _ := claims["aud"].(string)
	app := c.s.state.app(aud)
	tenant, _ := c.tenant()
	if tid, _ := claims["tid"].(string); tid != "" {
		tenant = c.s.state.tenant(tid)
	}
	if app == nil || tenant == nil || iss != c.issuer(tenant) {
		return nil
	}
	return c.s.state.userWhere(func(u *User) bool { return c.subject(tenant, app, u) == sub })
}

// errorResponse sends the user back to the client with an error (RFC 6749, section
// 4.1.2.1).
func (c *call) errorResponse(r *authRequest, k *refusal) *reply {
	k = k.answering(k.authorizeCode)
	c.entry.Error = k.codeIn(r.shape)
	return c.respond(r, c.errorParams(k, k.codeIn(r.shape), k.suberror, k.challenge))
}

// errorParams are the parameters of an error response to a redirect URI. Where Microsoft
// Entra has a number, error_uri ends in it, and MSAL reads it from there.
func (c *call) errorParams(k *refusal, code, suberror, claims string) url.Values {
	p := url.Values{"error": {code}, "error_description": {c.describeRefusal(k)}}
	if !c.dialect().entra {
		return p
	}
	uri := ""
	if k.number != 0 {
		uri = errorURI + strconv.Itoa(k.number)
	}
	for name, value := range map[string]string{"suberror": suberror, "claims": claims, "error_uri": uri} {
		if value != "" {
			p.Set(name, value)
		}
	}
	return p
}

// errorURI is Microsoft's own page about its numbers, without the number.
const errorURI = "https://login.microsoftonline.com/error?code="

// respond sends the user back to the client with a response, in the mode asked for.
func (c *call) respond(r *authRequest, p url.Values) *reply {
	if r.hasState {
		p.Set("state", r.state)
	}
	if r.shape == ShapeOIDC {
		p.Set("iss", c.s.OIDCIssuer()) // RFC 9207
	}
	c.meetCallback(r, p)
	switch r.mode {
	case modeFragment:
		return c.back(r.redirectURI + "#" + p.Encode())
	case modeFormPost:
		return c.formPostPage(r, p)
	}
	separator := "?"
	if strings.Contains(r.redirectURI, "?") {
		separator = "&"
	}
	return c.back(r.redirectURI + separator + p.Encode())
}

func (c *call) back(target string) *reply {
	return redirectReply(target)
}
