package filecache

import (
	"context"
	"encoding/base64"
	"errors"
	"os"
	"runtime"
	"time"

	"github.com/zalando/go-keyring"
)

const (
	// keyringService is the name under which the keyring has the keys of all caches.
	keyringService = "latchkey"

	// keyringPatience bounds the wait for a keyring. One that is locked may ask the user,
	// who can answer and try again.
	keyringPatience = time.Second
)

// Keyring keeps the key in the keyring of the operating system. On Linux and the BSDs that
// is the Secret Service, and only if DBUS_SESSION_BUS_ADDRESS is set: without it the
// keyring's library would start a bus of its own. A keyring that does not answer within a
// second counts as unavailable.
func Keyring() Key { return keyringKey(systemRing{}) }

// A ring is a keyring.
type ring interface {
	// unavailable says why there is none here, or returns "".
	unavailable() string
	get(account string) (string, error)
	set(account, secret string) error
}

type systemRing struct{}

func (systemRing) unavailable() string {
	return ringUnavailable(runtime.GOOS, os.Getenv("DBUS_SESSION_BUS_ADDRESS"))
}

func (systemRing) get(account string) (string, error) { return keyring.Get(keyringService, account) }
func (systemRing) set(account, secret string) error {
	return keyring.Set(keyringService, account, secret)
}

func ringUnavailable(goos, bus string) string {
	switch goos {
	case "darwin", "windows":
		return ""
	}
	if bus == "" {
		return "no session bus is set (DBUS_SESSION_BUS_ADDRESS), as in a container or without a desktop"
	}
	return ""
}

func keyringKey(r ring) Key {
	return Key{
		tier: TierKeyring,
		create: func(ctx context.Context, f *folder, h *header) ([]byte, error) {
			h.Account = h.ID
			master := random(masterSize)
			_, err := askRing(ctx, f, r, func() (string, error) {
				return "", r.set(h.Account, base64.StdEncoding.EncodeToString(master))
			})
			return master, err
		},
		load: func(ctx context.Context, f *folder, h *header) ([]byte, error) {
			text, err := askRing(ctx, f, r, func() (string, error) { return r.get(h.Account) })
			if err != nil {
				return nil, err
			}
			master, err := base64.StdEncoding.DecodeString(text)
			if err != nil { // the error would quote the text
				return nil, f.ringError("the item "+h.Account+" of "+keyringService+" is no key", h.remedy(), nil)
			}
			return master, nil
		},
	}
}

// askRing calls a keyring, which takes no context and may never return.
func askRing(ctx context.Context, f *folder, r ring, call func() (string, error)) (string, error) {
	if why := r.unavailable(); why != "" {
		return "", f.ringError(why, "run it in the session that made the cache; or name another folder with a key file or a passphrase", nil)
	}
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		text, err := call()
		answers <- answer{text, err}
	}()
	patience := time.NewTimer(keyringPatience)
	defer patience.Stop()
	select {
	case a := <-answers:
		if errors.Is(a.err, keyring.ErrNotFound) {
			return "", f.ringError("the key is not in it any more", "restore it; or remove the folder and sign in again", nil)
		}
		if a.err != nil {
			return "", f.ringError("it refuses", "unlock it and try again", a.err)
		}
		return a.text, nil
	case <-patience.C:
		return "", f.ringError("it does not answer", "unlock it and try again", nil)
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func (f *folder) ringError(problem, remedy string, err error) error {
	return &Error{Path: f.dir, Problem: "the keyring cannot be used: " + problem, Remedy: remedy, Err: err, kind: ErrKey}
}
