package filecache

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestInspect(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside.key")
	for _, tt := range []struct {
		name, keyAt, protects, exposed string
		key                            Key
		tier                           Tier
	}{
		{"keyring", "the item ", "without your keyring", "as you", keyringKey(newFakeRing()), TierKeyring},
		{"key file", outside, "without the key file", "and the key file", KeyFile(outside), TierKeyFile},
		{"key file beside", "/key", "only copies of the folder that lack the key file", "the disk", KeyFileBeside(), TierKeyFile},
		{"passphrase", "", "without the passphrase", "guessed", passphrase("correct horse"), TierPassphrase},
		{"plaintext", "", "permissions", "has the tokens", InsecurePlaintext(), TierPlaintext},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := newDir(t)
			openStore(t, dir, tt.key)
			s, err := Inspect(dir)
			if err != nil || !s.Exists || s.Dir != dir || s.Tier != tt.tier {
				t.Fatalf("%+v, %v", s, err)
			}
			// R32: malware of the same user reads any tier, and the text says so.
			malware := strings.Contains(s.Exposed, "any program that runs as you") || tt.tier == TierPlaintext
			if !strings.Contains(filepath.ToSlash(s.KeyAt), filepath.ToSlash(tt.keyAt)) || !strings.Contains(s.Protects, tt.protects) || !strings.Contains(s.Exposed, tt.exposed) || !malware {
				t.Errorf("%+v", s)
			}
			for _, want := range []string{"folder: " + dir, "tier: " + string(tt.tier), "protects: " + s.Protects, "does not protect: " + s.Exposed} {
				if !strings.Contains(s.String(), want+"\n") {
					t.Errorf("%q is not in\n%s", want, s)
				}
			}
		})
	}
}

func TestInspectNothing(t *testing.T) {
	dir := newDir(t)
	s, err := Inspect(dir)
	if err != nil || s.Exists || s.Tier != "" || !strings.Contains(s.String(), "cache: none yet\n") {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder was made")
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if s, err = Inspect(dir); err != nil || s.Exists || s.Dir != dir {
		t.Errorf("%+v, %v", s, err)
	}
	if info, err := os.Stat(dir); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o755 {
		t.Errorf("the folder was changed: %v, %v", info.Mode(), err)
	}
}

func TestAdvice(t *testing.T) {
	desktop, server := place{}, place{noKeyring: "no session bus"}
	wsl, container := place{noKeyring: "no session bus", wsl: true}, place{noKeyring: "no session bus", container: true}
	for _, tt := range []struct {
		name   string
		place  place
		tier   Tier
		beside bool
		want   []string // one for each advice
	}{
		{"desktop", desktop, TierKeyring, false, nil},
		{"desktop, none yet", desktop, "", false, nil},
		{"server, none yet", server, "", false, []string{"server without a desktop"}},
		{"server, key beside", server, TierKeyFile, true, []string{"outside of the folder"}},
		{"server, key elsewhere", server, TierKeyFile, false, nil},
		{"server, keyring", server, TierKeyring, false, []string{"in the session that made the cache"}},
		{"WSL, none yet", wsl, "", false, []string{"in WSL programs do not reach", "not under /mnt"}},
		{"WSL, passphrase", wsl, TierPassphrase, false, []string{"not under /mnt"}},
		{"container, none yet", container, "", false, []string{"mount the key as a secret", "on a volume"}},
		{"container, plaintext", container, TierPlaintext, false, []string{"mount the key as a secret", "on a volume"}},
		{"container, key elsewhere", container, TierKeyFile, false, []string{"on a volume"}},
	} {
		got := tt.place.advice(tt.tier, tt.beside)
		if !slices.EqualFunc(got, tt.want, strings.Contains) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := networkAdvice("nfs"); len(got) != 1 || !strings.Contains(got[0], "(nfs)") {
		t.Errorf("%q", got)
	}
	if got := networkAdvice(""); got != nil {
		t.Errorf("%q", got)
	}
	if got := networkFileSystem(t.TempDir()); got != "" {
		t.Logf("the tests run on %s", got)
	}
	if got := networkFileSystem(filepath.Join(t.TempDir(), "nowhere")); got != "" {
		t.Errorf("nothing is on %s", got)
	}
}
