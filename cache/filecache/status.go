package filecache

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strings"
)

// A Status says what a cache is and what its tier protects, for people to read.
type Status struct {
	Dir    string // the folder, as an absolute path
	Exists bool   // whether there is a cache in it; without one, all but Network and Advice is empty
	Tier   Tier   // where the key is kept

	// KeyAt is where the key is in the tier: the file, the item of the keyring, or "".
	KeyAt string

	Protects string // whom the tier keeps out, as a sentence
	Exposed  string // whom it does not, as a sentence

	// Network is the kind of the network file system that the folder is on, such as nfs;
	// "" if it is on this computer, or if that is not known.
	Network string

	// Advice is what to do in this place, a sentence each: on a server without a desktop, in
	// WSL, in a container, on a network file system. Empty if there is nothing to say.
	Advice []string
}

// String is the status as lines of text.
func (s Status) String() string {
	var b strings.Builder
	line := func(name, text string) {
		if text != "" {
			b.WriteString(name + ": " + text + "\n")
		}
	}
	line("folder", s.Dir)
	if !s.Exists {
		line("cache", "none yet")
	}
	line("tier", string(s.Tier))
	line("key", s.KeyAt)
	line("protects", s.Protects)
	line("does not protect", s.Exposed)
	line("network file system", s.Network)
	for _, a := range s.Advice {
		line("advice", a)
	}
	return b.String()
}

// Inspect says what the cache in a folder is. It needs no key, opens no record and changes
// nothing. A folder that does not exist is no error. The error is an [Error], as Open's, and
// comes with what could be found out.
func Inspect(dir string) (Status, error) {
	s := Status{Dir: dir}
	around := here()
	f, err := openFolder(dir, false)
	if errors.Is(err, fs.ErrNotExist) {
		s.Advice = around.advice("", false)
		return s, nil
	}
	if err != nil {
		return s, err
	}
	defer f.close()
	s.Dir, s.Network = f.dir, networkFileSystem(f.dir)
	h, err := f.header()
	if err != nil || h == nil {
		s.Advice = append(networkAdvice(s.Network), around.advice("", false)...)
		return s, err
	}
	s.Exists, s.Tier = true, h.Tier
	s.describe(f, h)
	s.Advice = append(networkAdvice(s.Network), around.advice(h.Tier, h.Tier == TierKeyFile && h.KeyFile == "")...)
	return s, nil
}

const malware = "any program that runs as you can use the cache as you do"

func (s *Status) describe(f *folder, h *header) {
	switch h.Tier {
	case TierKeyring:
		s.KeyAt = "the item " + h.Account + " of " + keyringService + " in the system's keyring"
		s.Protects = "whoever gets the disk, a backup or a copy of the folder has no tokens without your keyring"
		s.Exposed = malware + ", while the keyring is unlocked"
	case TierKeyFile:
		s.KeyAt = f.keyPath(h.KeyFile)
		s.Protects = "whoever gets a copy or a backup of the folder has no tokens without the key file"
		s.Exposed = malware + ", and so can whoever gets the folder and the key file"
		if h.KeyFile == "" {
			s.Protects = "only copies of the folder that lack the key file in it are safe"
			s.Exposed = malware + ", and so can whoever gets the disk or a whole copy of the folder"
		}
	case TierPassphrase:
		s.Protects = "whoever gets the disk, a backup or a copy of the folder has no tokens without the passphrase"
		s.Exposed = malware + ", once it has seen the passphrase, and a passphrase that can be guessed protects nothing"
	case TierPlaintext:
		s.Protects = "the permissions of the folder keep other users out"
		s.Exposed = "nothing else does: whoever can read the folder, a copy or a backup of it has the tokens"
	}
}

// A place is what is around the program.
type place struct {
	noKeyring      string // why there is no keyring; "" if there may be one
	wsl, container bool
}

func here() place {
	p := place{noKeyring: systemRing{}.unavailable()}
	if runtime.GOOS != "linux" {
		return p
	}
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	p.wsl = strings.Contains(strings.ToLower(string(release)), "microsoft")
	p.container = os.Getenv("KUBERNETES_SERVICE_HOST") != "" || os.Getenv("container") != ""
	for _, mark := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(mark); err == nil {
			p.container = true
		}
	}
	return p
}

// advice says what to do here for a cache of a tier; "" for one that is to be made.
func (p place) advice(t Tier, beside bool) []string {
	var all []string
	weak := t == "" || beside || t == TierPlaintext
	switch {
	case p.container:
		if weak {
			all = append(all, "in a container there is no keyring: mount the key as a secret and name it with filecache.KeyFile, or take a passphrase from the secret store")
		}
		all = append(all, "files in a container end with it: keep the folder on a volume, one for each container")
	case p.wsl:
		if weak {
			all = append(all, "in WSL programs do not reach the Credential Manager of Windows: use a key file that backups leave out, or a passphrase")
		}
		all = append(all, "in WSL keep the folder in the Linux file system, not under /mnt: permissions do not hold there")
	case p.noKeyring != "" && weak:
		all = append(all, "there is no keyring, as on a server without a desktop: use a key file outside of the folder that backups leave out, or a passphrase from a secret store")
	}
	if p.noKeyring != "" && t == TierKeyring {
		all = append(all, "the keyring that has the key cannot be used here ("+p.noKeyring+"): run the program in the session that made the cache, or make another cache here")
	}
	return all
}

func networkAdvice(network string) []string {
	if network == "" {
		return nil
	}
	return []string{"the folder is on a network file system (" + network + "), where locks may not hold between computers and the server's administrators read along: keep it on a disk of this computer"}
}
