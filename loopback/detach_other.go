//go:build !unix

package loopback

import "os/exec"

// detach does nothing: the opener hands over to a browser that is not its child.
func detach(*exec.Cmd) {}
