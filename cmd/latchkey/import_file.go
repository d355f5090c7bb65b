package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/latchkey-auth/latchkey/cache"
)

// azureFiles are the names that Azure CLI has for its token cache: plain JSON on Linux and
// macOS, encrypted on Windows.
var azureFiles = []string{"msal_token_cache.json", "msal_token_cache.bin"}

// azureFolder is where Azure CLI keeps its files.
func azureFolder() (string, error) {
	if dir := os.Getenv("AZURE_CONFIG_DIR"); dir != "" {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", &usageError{"--from is missing, and there is no home directory to look for Azure CLI's tokens in: name a file"}
	}
	return filepath.Join(home, ".azure"), nil
}

// azureFile finds the token cache of Azure CLI.
func azureFile() (string, error) {
	dir, err := azureFolder()
	if err != nil {
		return "", err
	}
	for _, name := range azureFiles {
		file := filepath.Join(dir, name)
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			return file, nil
		}
	}
	return "", &usageError{"--from is missing, and Azure CLI keeps no tokens in " + dir + ": name a file"}
}

// read reads the file, and says which it was.
func (i *importer) read(ctx context.Context, stdin io.Reader) (file string, data []byte, err error) {
	file = i.from
	if file == "-" {
		if i.cache.passphraseFile == "-" {
			return "", nil, &usageError{"--from and --cache-passphrase-file cannot both be read from standard input: choose one"}
		}
		data, err = readAtMost(ctx, stdin, cache.MaxMSAL)
		return "standard input", data, err
	}
	if file == "" {
		if file, err = azureFile(); err != nil {
			return "", nil, err
		}
	}
	f, err := os.Open(file)
	if err != nil {
		return "", nil, notOpened(err)
	}
	defer f.Close()
	if data, err = readAtMost(ctx, f, cache.MaxMSAL); err != nil && ctx.Err() == nil {
		err = fmt.Errorf("--from: %s: %w", file, err)
	}
	return file, data, err
}

// notOpened says what to do about a file that cannot be opened.
func notOpened(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: run latchkey as the user who owns the file", err)
	}
	return err
}

// otherFile recognises files that are found where people look for MSAL's, and says what to
// do; empty if it is none of them.
func otherFile(data []byte) string {
	if len(strings.TrimSpace(string(data))) == 0 {
		return "it is empty: nobody is signed in, or " + keptInKeyring
	}
	var entries []map[string]json.RawMessage
	if json.Unmarshal(data, &entries) != nil || len(entries) == 0 {
		return ""
	}
	switch first := entries[0]; {
	case first["refreshToken"] != nil || first["accessToken"] != nil:
		return "it is a cache of ADAL (Azure CLI before 2.30), whose tokens are of another kind: sign in again"
	case first["client_id"] != nil && first["tenant"] != nil:
		return "it has the credentials of service principals (Azure CLI) and no tokens: give latchkey token the secret by --secret-file, or the certificate by --key-file"
	}
	return ""
}

const keptInKeyring = "the program keeps its tokens in the Keychain (macOS) or by libsecret (Linux) and leaves this file to tell when they change: let it write the cache as plain JSON, or sign in again"

// nothingTaken says why a file that is MSAL's brought nothing.
func (i *importer) nothingTaken(report *cache.MSALReport) string {
	if len(report.Skipped) == 0 {
		return "there are no tokens in it: nobody is signed in, or " + keptInKeyring
	}
	for _, s := range report.Skipped {
		if i.clientID == "" || !elsewhere(s.Reason) {
			return "none of its tokens can be taken over, for the reasons above"
		}
	}
	return "all its tokens are of other clients than --client-id"
}
