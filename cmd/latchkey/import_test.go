package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
)

// The scripts run as any user, and some users may read every file.
func TestImportOfAForbiddenFile(t *testing.T) {
	forbidden := &fs.PathError{Op: "open", Path: "msal.json", Err: fs.ErrPermission}
	if err := notOpened(forbidden); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "msal.json") || !strings.Contains(err.Error(), "run latchkey as the user") {
		t.Errorf("the error is %v", err)
	}
	missing := &fs.PathError{Op: "open", Path: "msal.json", Err: fs.ErrNotExist}
	if err := notOpened(missing); err != missing {
		t.Errorf("the error is %v", err)
	}
}

// A hostile file fills no terminal.
func TestImportTellsABoundedList(t *testing.T) {
	report := &cache.MSALReport{}
	for i := range 2 * maxTold {
		report.Skipped = append(report.Skipped, cache.MSALSkip{Section: "AccessToken", Reason: cache.MSALEnded, ClientID: fmt.Sprint(i), Count: 1})
	}
	var out strings.Builder
	(&importer{}).tell(&out, report)
	if n := strings.Count(out.String(), "\n"); n != maxTold+1 || !strings.HasSuffix(out.String(), "\nAnd more, which --json shows.\n") {
		t.Errorf("%d lines: %s", n, out.String())
	}
}
