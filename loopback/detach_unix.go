//go:build unix

package loopback

import (
	"os/exec"
	"syscall"
)

// detach keeps the terminal's Ctrl-C, which ends this program, from the browser.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
