package filecache

import (
	"context"
	"encoding/hex"

	"golang.org/x/crypto/argon2"
)

// Passphrase derives the key from a passphrase by argon2id (RFC 9106 section 4, the second
// recommended choice: 3 passes over 64 MiB, which takes about a tenth of a second). ask is
// called once an [Open]; created says that the cache is new, so that a person should type
// the passphrase twice. An empty passphrase is refused. A wrong one gives an error that
// matches [ErrKey].
func Passphrase(ask func(ctx context.Context, created bool) (string, error)) Key {
	if ask == nil {
		return Key{}
	}
	return passphraseKey(ask, argon{Passes: 3, MemoryKiB: 64 << 10, Threads: 4})
}

// An argon is the cost of argon2id.
type argon struct {
	Passes    uint32 `json:"passes"`
	MemoryKiB uint32 `json:"memory_kib"`
	Threads   uint8  `json:"threads"`
}

// valid bounds what a header may make us compute.
func (a argon) valid() bool {
	return a.Passes >= 1 && a.Passes <= 64 && a.Threads >= 1 && a.MemoryKiB >= 8*uint32(a.Threads) && a.MemoryKiB <= 1<<20
}

func passphraseKey(ask func(ctx context.Context, created bool) (string, error), cost argon) Key {
	derive := func(ctx context.Context, f *folder, h *header, created bool) ([]byte, error) {
		passphrase, err := ask(ctx, created)
		if err == nil && passphrase == "" {
			return nil, &Error{Path: f.dir, Problem: "the passphrase is empty", Remedy: "give one", kind: ErrKey}
		}
		if err != nil {
			return nil, &Error{Path: f.dir, Problem: "there is no passphrase", Err: err, kind: ErrKey}
		}
		salt, err := hex.DecodeString(h.Salt)
		if err != nil {
			return nil, f.headerDamaged()
		}
		return argon2.IDKey([]byte(passphrase), salt, h.Argon2id.Passes, h.Argon2id.MemoryKiB, h.Argon2id.Threads, masterSize), nil
	}
	return Key{
		tier: TierPassphrase,
		create: func(ctx context.Context, f *folder, h *header) ([]byte, error) {
			h.Salt, h.Argon2id = hex.EncodeToString(random(16)), &cost
			return derive(ctx, f, h, true)
		},
		load: func(ctx context.Context, f *folder, h *header) ([]byte, error) { return derive(ctx, f, h, false) },
	}
}
