package authoritytest

import (
	"net/http"
	"strings"
)

// faultPlaces is where the control endpoint has each rule by its name.
const faultPlaces = "/faults/"

// noSuchFault is what the control endpoint answers for a rule that is not there.
var noSuchFault = condition{code: "not_found", status: http.StatusNotFound, text: "There is no fault with the name '%s'; GET faults lists those that there are."}

func (c *call) showFaults() *reply {
	return jsonReply(http.StatusOK, map[string]any{"faults": c.s.faults.snapshot()})
}

// injectFaults adds one rule, or an array of them.
func (c *call) injectFaults() *reply {
	faults, err := parseFaults(c.body)
	if err == nil {
		_, err = c.s.addFaults(faults)
	}
	if err != nil {
		text := strings.ReplaceAll(err.Error(), "\n", "; ")
		return c.refusal(&refusal{condition: controlBody, description: "The body is not right: " + text[:min(len(text), maxFaultText)]})
	}
	return c.showFaults()
}

// maxFaultText bounds what is said about rules that are not right.
const maxFaultText = 4096

func (c *call) clearFaults() *reply {
	c.s.ClearFaults()
	return c.showFaults()
}

func (c *call) removeFault() *reply {
	name := strings.TrimPrefix(c.r.URL.Path, controlPath+faultPlaces)
	if !c.s.RemoveFault(name) {
		return c.refuse(noSuchFault, name)
	}
	return c.showFaults()
}
