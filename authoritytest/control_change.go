package authoritytest

import (
	"bytes"
	"net/http"
)

// setDirectory replaces the directory by the body's. Users without a password, and apps
// without secrets, keep what they have, so that what GET answered can be sent back.
func (c *call) setDirectory() *reply {
	err := c.change(func(d *Directory) error {
		next, err := decodeDirectory(bytes.NewReader(c.body))
		if err != nil {
			return err
		}
		next.keepSecrets(*d)
		*d = next
		return nil
	})
	if err != nil {
		return c.refuse(controlFailed, err.Error())
	}
	return jsonReply(http.StatusOK, publicDirectory(c.s.CurrentDirectory()))
}

// revokeSessions ends everything that a user has.
func (c *call) revokeSessions() *reply {
	var body struct {
		Username string `json:"username"`
	}
	if k := c.readJSON(&body); k != nil {
		return c.refusal(k)
	}
	if err := c.s.RevokeSessions(body.Username); err != nil {
		return c.refuse(controlFailed, err.Error())
	}
	return jsonReply(http.StatusOK, map[string]any{"username": body.Username})
}
