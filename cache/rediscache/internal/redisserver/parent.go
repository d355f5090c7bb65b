//go:build linux

package redisserver

import (
	"os/exec"
	"syscall"
)

// dieWithParent ends the server with the test, also if that is killed.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
