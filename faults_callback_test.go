//go:build !js

package latchkey_test

import (
	"errors"
	"testing"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// callbackScenarios have something wrong in the response to the redirect URI.
var callbackScenarios = map[string]faultScenario{
	"callback.wrong_iss":      refusedCallback(authoritytest.CallbackWrongIss, "iss"),
	"callback.missing_iss":    meetMissingIss,
	"callback.wrong_state":    refusedCallback(authoritytest.CallbackWrongState, "state"),
	"callback.missing_state":  refusedCallback(authoritytest.CallbackMissingState, "state"),
	"callback.repeated_state": refusedCallback(authoritytest.CallbackRepeatedState, "callback"),
	"callback.replayed_code":  uselessCode(authoritytest.CallbackReplayedCode),
	"callback.foreign_code":   uselessCode(authoritytest.CallbackForeignCode),
	"callback.unknown_code":   uselessCode(authoritytest.CallbackUnknownCode),
}

// refusedCallback: R17, R37. A callback that does not answer the flow is refused before its
// code is sent anywhere, by those who give it to AcquireTokenByCode and by those who have
// an agent do it.
func refusedCallback(defect authoritytest.FaultCallback, check string) faultScenario {
	return func(t *testing.T, w *faultWorld) {
		c, fresh := w.public(), w.public()
		had, err := w.tryCode(c)
		w.check(had, err, latchkey.FromAuthority, "sign-in")
		before := w.tokenRequests("")
		w.inject(authoritytest.Fault{Times: 3, Callback: defect})
		_, err = w.tryCode(fresh)
		w.refusedBy(err, check)
		w.nobody(fresh)
		_, err = w.tryCode(c)
		w.refusedBy(err, check)
		w.kept(c, had)
		_, err = fresh.AcquireTokenInteractive(w.ctx, w.srv.UserAgent(w.user.Username), latchkey.InteractiveRequest{Scopes: w.scopes()})
		w.refusedBy(err, check)
		if w.tokenRequests("") != before {
			t.Error("the code was sent")
		}
		w.again(c)
		w.again(fresh)
	}
}

// meetMissingIss: an authority that says that it always sends iss, and does not, is
// another one (RFC 9207 section 2.4). Microsoft's never say so.
func meetMissingIss(t *testing.T, w *faultWorld) {
	if w.shape.name == "oidc" {
		refusedCallback(authoritytest.CallbackMissingIss, "iss")(t, w)
		return
	}
	refusedCallback(authoritytest.CallbackWrongIss, "iss")(t, w)
}

// uselessCode is one that the authority refuses. R21: the user cannot help; R22: it is
// sent once.
func uselessCode(defect authoritytest.FaultCallback) faultScenario {
	return func(t *testing.T, w *faultWorld) {
		c, fresh := w.public(), w.public()
		had, err := w.tryCode(c)
		w.check(had, err, latchkey.FromAuthority, "sign-in")
		w.inject(authoritytest.Fault{Times: 2, Callback: defect})
		for _, who := range []codeClient{fresh, c} {
			before := w.tokenRequests("")
			_, err := w.tryCode(who)
			w.refusal(err, 400, "invalid_grant")
			if errors.Is(err, latchkey.ErrInteractionRequired) || w.tokenRequests("") != before+1 {
				t.Errorf("%v after %d requests", err, w.tokenRequests("")-before)
			}
		}
		w.nobody(fresh)
		w.kept(c, had)
		w.again(fresh)
		w.again(c)
	}
}
