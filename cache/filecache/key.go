package filecache

import (
	"context"
	"errors"
)

// A Tier says where the key of a cache is kept. It is chosen when the cache is made.
type Tier string

// The tiers.
const (
	TierKeyring    Tier = "keyring"    // in the keyring of the operating system
	TierKeyFile    Tier = "key file"   // in a file, beside the cache or elsewhere
	TierPassphrase Tier = "passphrase" // nowhere: it is derived from a passphrase
	TierPlaintext  Tier = "plaintext"  // there is none
)

// A Key says how [Open] gets the key of a cache. The zero Key is an error: a cache without
// encryption must be asked for by name.
type Key struct {
	tier Tier // "": as the header says
	// create makes the key of a new cache, and notes in the header where it is.
	create func(ctx context.Context, f *folder, h *header) (master []byte, err error)
	// load gets the key of a cache that exists.
	load func(ctx context.Context, f *folder, h *header) (master []byte, err error)
}

// masterSize is the length of the key from which all others are derived, in bytes.
const masterSize = 32

// InsecurePlaintext keeps tokens without encryption: whoever can read the files has the
// tokens. Copies and backups of the folder are such files.
func InsecurePlaintext() Key {
	return Key{
		tier: TierPlaintext,
		create: func(_ context.Context, _ *folder, h *header) ([]byte, error) {
			h.PlaintextNames = random(masterSize)
			return h.PlaintextNames, nil
		},
		load: func(_ context.Context, _ *folder, h *header) ([]byte, error) { return h.PlaintextNames, nil },
	}
}

// Auto opens a cache whose key is in the keyring or in a key file, wherever its header says
// that it is. A new cache gets a key in the keyring, or if no keyring can be used here, in a
// key file beside it. A cache with a passphrase, or without encryption, must be opened by
// [Passphrase] or [InsecurePlaintext].
func Auto() Key { return autoKey(Keyring()) }

func autoKey(ring Key) Key {
	return Key{
		create: func(ctx context.Context, f *folder, h *header) ([]byte, error) {
			master, err := ring.create(ctx, f, h)
			if !errors.Is(err, ErrKey) || ctx.Err() != nil {
				h.Tier = TierKeyring
				return master, err
			}
			h.Tier, h.Account = TierKeyFile, ""
			return KeyFileBeside().create(ctx, f, h)
		},
		load: func(ctx context.Context, f *folder, h *header) ([]byte, error) {
			switch h.Tier {
			case TierKeyring:
				return ring.load(ctx, f, h)
			case TierKeyFile:
				return keyFile(h.KeyFile).load(ctx, f, h)
			}
			return nil, f.wrongTier(h)
		},
	}
}

// get returns the key of a cache that exists, if it is the right one.
func (k Key) get(ctx context.Context, f *folder, h *header) ([]byte, error) {
	if k.tier != "" && k.tier != h.Tier {
		return nil, f.wrongTier(h)
	}
	master, err := k.load(ctx, f, h)
	if err != nil {
		return nil, err
	}
	if !h.fits(master) {
		return nil, &Error{Path: f.path(headerName), Problem: "the cache was made with another key than the " + string(h.Tier) + " gives",
			Remedy: h.remedy(), kind: ErrKey}
	}
	return master, nil
}

// wrongTier says by which constructor a cache is to be opened. It is never opened by another.
func (f *folder) wrongTier(h *header) error {
	by := map[Tier]string{
		TierKeyring: "Keyring or Auto", TierKeyFile: "KeyFile, KeyFileBeside or Auto",
		TierPassphrase: "Passphrase", TierPlaintext: "InsecurePlaintext",
	}[h.Tier]
	return &Error{Path: f.path(headerName), Problem: "the cache was made with the tier " + string(h.Tier),
		Remedy: "open it by filecache." + by + ", or name another folder", kind: ErrKey}
}

// remedy says what to do if the key is not the cache's.
func (h *header) remedy() string {
	const last = "; if it is lost, remove the folder and sign in again"
	switch h.Tier {
	case TierKeyring:
		return "restore the item " + h.Account + " of " + keyringService + " in the keyring" + last
	case TierPassphrase:
		return "check the passphrase" + last
	case TierKeyFile:
		return "restore the key file" + last
	}
	return "remove the folder and sign in again"
}
