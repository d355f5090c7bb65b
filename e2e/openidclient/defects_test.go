package openidclient

import (
	"errors"
	"testing"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/e2e/internal/nodescript"
)

// The defects of ID tokens that openid-client refuses. It does not look at at_hash, at azp beside a single audience, nor
// whether iat has come: the code flow leaves these to the client.
var refusedDefects = []authoritytest.TokenDefect{
	authoritytest.DefectWrongIss, authoritytest.DefectMissingIss, authoritytest.DefectWrongAud, authoritytest.DefectMissingAud,
	authoritytest.DefectSeveralAud, authoritytest.DefectWrongNonce, authoritytest.DefectMissingNonce,
	authoritytest.DefectExpired, authoritytest.DefectMissingExp, authoritytest.DefectMissingIat, authoritytest.DefectFutureNbf,
	authoritytest.DefectMissingSub,
	authoritytest.DefectBadSignature, authoritytest.DefectAlgNone, authoritytest.DefectHS256, authoritytest.DefectES256AsRS256,
	authoritytest.DefectUnpublishedKey, authoritytest.DefectUnknownKid, authoritytest.DefectUnpublishedNoKid,
}

// What is unusual, but valid.
var validVariants = []authoritytest.TokenDefect{
	authoritytest.DefectArrayAud, authoritytest.DefectSecondaryAud, authoritytest.DefectMissingKid,
}

// openid-client agrees with the authority about which ID tokens are wrong.
func TestDefects(t *testing.T) {
	eachShape(t, func(t *testing.T, s shape) {
		redeem := func(t *testing.T, defect authoritytest.TokenDefect) error {
			t.Helper()
			p := s.discover(t, "native", "None")
			at.InjectFault(t, authoritytest.Fault{Times: 1, Token: &authoritytest.FaultToken{Defect: defect}})
			return driver.Do(t.Context(), "redeem", p.respond(t, loopback, "openid"), nil, nil)
		}
		for _, defect := range refusedDefects {
			t.Run(string(defect), func(t *testing.T) {
				var thrown *nodescript.Error
				if err := redeem(t, defect); !errors.As(err, &thrown) {
					t.Errorf("the error is %v", err)
				}
			})
		}
		for _, variant := range validVariants {
			t.Run(string(variant), func(t *testing.T) {
				if err := redeem(t, variant); err != nil {
					t.Error(err)
				}
			})
		}
	})
}
