// Package filecache keeps tokens in a folder, encrypted, and shares them between the
// processes of one user:
//
//	store, err := filecache.Open(ctx, dir, filecache.Auto())
//	if err != nil {
//		return err // a *filecache.Error names the file and the remedy
//	}
//	defer store.Close()
//	client, err := latchkey.NewPublic(latchkey.Config{
//		Authority: "https://login.example.com",
//		ClientID:  clientID,
//		Cache:     store,
//	})
//
// Each user, tenant or session has a file of its own. A save writes a new file, waits until
// the disk has it, and puts it in the place of the old one. A process that is killed at any
// moment leaves the old record or the new one, and no lock. What another process saves is
// seen by the next call: that costs one stat, and there is nothing to poll. Two processes
// never spend one refresh token at the same time.
//
// If a process is killed between the authority's answer and the save, and the authority
// takes no refresh token twice, the user has to sign in again: the spent token was the only
// one left, and no cache can do better.
//
// # Keys
//
// The files are sealed with AES-256-GCM. Where the key is kept, the [Tier], is chosen when
// the cache is made, and never changes: if the key cannot be had later, [Open] returns an
// error that matches [ErrKey] and says what to do, and never makes another key.
//
//   - [Keyring] keeps it in the keyring of the operating system: Keychain (macOS; untested
//     here), Credential Manager (Windows; untested here) or Secret Service (Linux, if the
//     session has a bus; untested here). It protects against whoever gets the disk, a backup
//     or a copy of the folder.
//   - [KeyFile] keeps it in a file that you name. It protects copies and backups of the
//     folder, for as long as the key file is not among them.
//   - [KeyFileBeside] keeps it in the folder itself. It protects only copies of the folder
//     that lack the file named key.
//   - [Passphrase] derives it from what a function of yours returns. It protects against
//     whoever gets the folder and cannot guess the passphrase.
//   - [InsecurePlaintext] does without. The permissions of the folder are all there is.
//   - [Auto] takes the keyring if there is one, and else a key file beside the cache.
//
// No tier protects against a program that runs as the same user: it can ask the keyring,
// read the key file, or read the memory of the process. [Inspect] says all this of a folder
// that exists, with advice for the place where it is.
//
// # The folder
//
// It belongs to the user alone: mode 0700, its files 0600, and on Windows (untested here) a
// list of access rights with the user, the system and the administrators. A folder that is
// a symbolic link, or somebody else's, is refused. The names of the files are keyed hashes,
// so neither the names nor what an authority sends lead anywhere else. Network file systems
// are told by [Inspect]: whether locks hold there between computers is up to the server.
//
// A file that is damaged, or was sealed with another key, harms no other one. The error
// matches cache.ErrDamaged; signing the user in again replaces the file.
package filecache
