package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	msalcache "github.com/AzureAD/microsoft-authentication-library-for-go/apps/cache"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/latchkey-auth/latchkey/cache/filecache"
)

// A file is MSAL Go's cache in one file, as its interface wants it. It is neither
// encrypted nor locked.
type file struct {
	path string
	held bool // keep what is there in memory: for filling it
}

// Replace implements ExportReplace.
func (f *file) Replace(_ context.Context, c msalcache.Unmarshaler, _ msalcache.ReplaceHints) error {
	if f.held {
		return nil
	}
	data, err := os.ReadFile(f.path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return c.Unmarshal(data)
}

// Export implements ExportReplace.
func (f *file) Export(_ context.Context, c msalcache.Marshaler, _ msalcache.ExportHints) error {
	if f.held {
		return nil
	}
	data, err := c.Marshal()
	if err != nil {
		return err
	}
	return os.WriteFile(f.path, data, 0o600)
}

// memoryFolder is a folder whose files are in memory, if there is one: what is measured reads,
// and the saves before it need not wait for a disk.
func memoryFolder() string {
	const linux = "/dev/shm"
	if info, err := os.Stat(linux); err == nil && info.IsDir() {
		return linux
	}
	return ""
}

// fileRows measures hits through a store in files: in the process that has asked before,
// and in a new client.
func fileRows(p pace, users int) []row {
	dir := must(os.MkdirTemp(memoryFolder(), "bench"))
	defer os.RemoveAll(dir)
	store := must(filecache.Open(ctx, filepath.Join(dir, "ours"), filecache.KeyFileBeside()))
	defer store.Close()
	w := newWire()
	ours := ourPublic(w, store)
	kept := &file{path: filepath.Join(dir, "peer"), held: true}
	peer := msalPublic(w, kept)
	accounts, peers := make([]string, users), make([]public.Account, users)
	for n := range users {
		accounts[n] = homeAccount(n)
	}
	fill(users, 16, func(n int) { signInOurs(ours, n) }) // each waits for the disk
	inMemory := ourPublic(w, nil)
	fill(users-1, 2, func(n int) { peers[n] = signInMSAL(peer, n) })
	fill(users, 2, func(n int) { signInOurs(inMemory, n) })
	kept.held = false // the last one writes all
	peers[users-1] = signInMSAL(peer, users-1)
	o := randomOrder(users)
	m := p.compare(
		side{do: func(i int) { silentOurs(ours, accounts[o.at(i)]) }},
		side{do: func(i int) { silentMSAL(peer, peers[o.at(i)]) }},
		side{do: func(i int) { silentOurs(ourPublic(w, store), accounts[o.at(i)]) }},
		side{do: func(i int) { silentOurs(inMemory, accounts[o.at(i)]) }})
	name := fmt.Sprintf("file/users=%d", users)
	return []row{
		row{Name: name, NS: m[0].ns, Bytes: m[0].bytes, Allocs: m[0].allocs, Peer: msalGo, PeerNS: m[1].ns,
			Note: fmt.Sprintf("in memory alone %.0f ns", m[3].ns)}.withRatio(),
		{Name: name + "/cold", NS: m[2].ns, Bytes: m[2].bytes, Allocs: m[2].allocs, Note: "a new client each time"},
	}
}
