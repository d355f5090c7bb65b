package authoritytest

import "slices"

// The values that the fields of a Fault can have.
var (
	faultConnections = []string{string(ConnectionReset), string(ConnectionHang), string(ConnectionLost), string(ConnectionRefuse)}
	faultCallbacks   = []string{
		string(CallbackWrongIss), string(CallbackMissingIss), string(CallbackWrongState), string(CallbackMissingState),
		string(CallbackRepeatedState), string(CallbackReplayedCode), string(CallbackForeignCode), string(CallbackUnknownCode),
	}
	faultKeys = []string{
		string(KeysRotate), string(KeysRotateKeep), string(KeysEmpty), string(KeysGarbage), string(KeysMany), string(KeysStale),
	}
)

// FaultKinds returns everything that a rule can do, sorted, in the words of its JSON:
// "error", "answer.html", "change.truncate", "connection.lost", "token.expired",
// "callback.wrong_iss", "keys.rotate" and so on; "token.access" stands for tampering with
// an access token. A client's test goes through it to meet every one, later ones too.
func FaultKinds() []string {
	kinds := []string{"error", "delay", "reuse", "token.set", "token.remove", "token.access"}
	add := func(member string, whats ...string) {
		for _, what := range whats {
			kinds = append(kinds, member+"."+what)
		}
	}
	add("answer", "status", "header", "json", "html", "text", "retry_after", "retry_after_date")
	add("change", "set", "remove", "header", "remove_header", "pad", "truncate", "drip")
	add("connection", faultConnections...)
	add("token", defectNames()...)
	add("callback", faultCallbacks...)
	add("keys", faultKeys...)
	slices.Sort(kinds)
	return kinds
}
