package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/latchkey-auth/latchkey/cache/filecache"
	"github.com/spf13/cobra"
)

// cacheNone is the --cache that keeps nothing.
const cacheNone = "none"

// passphraseVariable is the environment variable that holds the passphrase of the cache.
const passphraseVariable = "LATCHKEY_CACHE_PASSPHRASE"

// cacheFlags say where tokens are kept.
type cacheFlags struct{ place, keyFile, passphraseFile string }

// cacheHelp says where tokens are kept.
const cacheHelp = `Tokens are kept, encrypted, in the folder latchkey of your configuration directory, or
where --cache says; --cache none keeps nothing. The key is in the system's keyring, or
without one in the folder itself; or it is the file of --cache-key-file, or is made from
a passphrase: of --cache-passphrase-file or of ` + passphraseVariable + `.
latchkey doctor says what that protects against whom.`

// cacheNames are the flags for which environment variables stand in.
var cacheNames = []string{"cache", "cache-key-file", "cache-passphrase-file"}

func (f *cacheFlags) define(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.place, "cache", "", "keep tokens in this `folder`, which is for them alone; none keeps nothing; unless given, latchkey in the configuration directory")
	flags.StringVar(&f.keyFile, "cache-key-file", "", "the `file` with the key of the cache; it is made with a new cache")
	flags.StringVar(&f.passphraseFile, "cache-passphrase-file", "", "read the passphrase of the cache from this `file`; - is standard input")
}

// none reports whether nothing is kept.
func (f *cacheFlags) none() bool { return f.place == cacheNone }

// folder returns where tokens are kept.
func (f *cacheFlags) folder() (string, error) {
	if f.place != "" {
		return f.place, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil || !filepath.IsAbs(dir) {
		return "", &usageError{"--cache: there is no configuration directory to keep tokens in: name a folder, or none"}
	}
	return filepath.Join(dir, "latchkey"), nil
}

// open opens the cache; nil if nothing is kept.
func (f *cacheFlags) open(ctx context.Context, stdin io.Reader) (*filecache.Store, error) {
	if f.none() {
		if f.keyFile != "" || f.passphraseFile != "" {
			return nil, &usageError{"--cache none keeps nothing, and needs no key: leave out --cache-key-file and --cache-passphrase-file"}
		}
		return nil, nil
	}
	dir, err := f.folder()
	if err != nil {
		return nil, err
	}
	key, err := f.key(ctx, stdin)
	if err != nil {
		return nil, err
	}
	store, err := filecache.Open(ctx, dir, key)
	if errors.Is(err, filecache.ErrKey) {
		err = f.wrongKey(dir, err)
	}
	return store, err
}

func (f *cacheFlags) key(ctx context.Context, stdin io.Reader) (filecache.Key, error) {
	if f.keyFile != "" {
		if f.passphraseFile != "" {
			return filecache.Key{}, &usageError{"--cache-key-file and --cache-passphrase-file are two keys: choose one"}
		}
		return filecache.KeyFile(f.keyFile), nil
	}
	passphrase, err := readSecretFrom(ctx, "--cache-passphrase-file", f.passphraseFile, passphraseVariable, stdin)
	if err != nil || passphrase == "" {
		return filecache.Auto(), err
	}
	return filecache.Passphrase(func(context.Context, bool) (string, error) { return passphrase, nil }), nil
}

// wrongKey names the flags for the key that a cache was made with.
func (f *cacheFlags) wrongKey(dir string, err error) error {
	s, failed := filecache.Inspect(dir)
	given := f.passphraseFile != "" || os.Getenv(passphraseVariable) != ""
	switch {
	case failed != nil || !s.Exists:
		return err
	case s.Tier == filecache.TierPassphrase && !given:
		return &usageError{"the cache in " + s.Dir + " was made with a passphrase: give --cache-passphrase-file or " + passphraseVariable}
	case s.Tier != filecache.TierPassphrase && s.Tier != filecache.TierKeyFile && (given || f.keyFile != ""),
		s.Tier == filecache.TierKeyFile && given:
		return &usageError{"the cache in " + s.Dir + " was made with the key in the " + string(s.Tier) + ": leave out the other key, or name another folder by --cache"}
	case s.Tier == filecache.TierKeyFile && f.keyFile != "" && !sameFile(f.keyFile, s.KeyAt):
		return fmt.Errorf("%w; the cache was made with %s", err, s.KeyAt)
	}
	return err
}

func sameFile(a, b string) bool {
	absolute, err := filepath.Abs(a)
	return err == nil && absolute == b
}

// inCommand says by flags what the advice of the cache says by functions.
func inCommand(advice string) string {
	return strings.NewReplacer("name it with filecache.KeyFile", "name it by --cache-key-file",
		"use a key file", "use a key file (--cache-key-file)", "a passphrase", "a passphrase (--cache-passphrase-file)").Replace(advice)
}
