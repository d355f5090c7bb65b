package filecache

import (
	"errors"
	"io/fs"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// No file makes an open wait here, and folders are not asked to wait for the disk.
const (
	neverWait   = 0
	foldersSync = false
)

// Who owns a file and who may read it is not in its FileInfo: restrict sees to the folder,
// from which its files inherit, and openForReading to a key file.
func owned(fs.FileInfo, bool) bool  { return true }
func openToOthers(fs.FileInfo) bool { return false }

// restrict gives the folder a list of access rights with the user, the system and the
// administrators, and reads it back.
func restrict(dir string, _ *os.Root) error {
	allowed, err := trusted()
	if err != nil {
		return err
	}
	if err := checkOwner(dir, allowed); err != nil {
		return err
	}
	var entries []windows.EXPLICIT_ACCESS
	for _, sid := range allowed {
		entries = append(entries, windows.EXPLICIT_ACCESS{
			AccessPermissions: windows.GENERIC_ALL,
			AccessMode:        windows.GRANT_ACCESS,
			Inheritance:       windows.SUB_CONTAINERS_AND_OBJECTS_INHERIT,
			Trustee:           windows.TRUSTEE{TrusteeForm: windows.TRUSTEE_IS_SID, TrusteeValue: windows.TrusteeValueFromSID(sid)},
		})
	}
	list, err := windows.ACLFromEntries(entries, nil)
	if err != nil {
		return err
	}
	err = windows.SetNamedSecurityInfo(dir, windows.SE_FILE_OBJECT,
		windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, list, nil)
	if err != nil {
		return err
	}
	return checkAccess(dir, allowed)
}

// trusted are the user, the system and the administrators, in this order.
func trusted() ([]*windows.SID, error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return nil, err
	}
	system, err := windows.CreateWellKnownSid(windows.WinLocalSystemSid)
	if err != nil {
		return nil, err
	}
	administrators, err := windows.CreateWellKnownSid(windows.WinBuiltinAdministratorsSid)
	if err != nil {
		return nil, err
	}
	return []*windows.SID{user.User.Sid, system, administrators}, nil
}

func isOneOf(sid *windows.SID, all []*windows.SID) bool {
	for _, s := range all {
		if sid.Equals(s) {
			return true
		}
	}
	return false
}

func checkOwner(path string, allowed []*windows.SID) error {
	d, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return err
	}
	owner, _, err := d.Owner()
	if err != nil {
		return err
	}
	if !isOneOf(owner, allowed) {
		return errors.New("it belongs to another user")
	}
	return nil
}

// checkAccess refuses a list that lets anybody else in, and one that lets everybody in.
func checkAccess(path string, allowed []*windows.SID) error {
	d, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return err
	}
	list, _, err := d.DACL()
	if err != nil {
		return err
	}
	if list == nil {
		return errors.New("it has no list of access rights, so that everybody may read it")
	}
	for i := range uint32(list.AceCount) {
		var ace *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(list, i, &ace); err != nil {
			return err
		}
		if ace.Header.AceType == windows.ACCESS_DENIED_ACE_TYPE {
			continue
		}
		if ace.Header.AceType != windows.ACCESS_ALLOWED_ACE_TYPE || !isOneOf((*windows.SID)(unsafe.Pointer(&ace.SidStart)), allowed) {
			return errors.New("its list of access rights lets other users in")
		}
	}
	return nil
}

// openForReading opens a key file that only the user, the system and the administrators own
// and can read.
func openForReading(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	allowed, err := trusted()
	if err == nil {
		err = checkOwner(path, allowed)
	}
	if err == nil {
		err = checkAccess(path, allowed)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
