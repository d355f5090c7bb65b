package browser

import "errors"

// Match these with [errors.Is]. None holds anything of an answer or a token.
var (
	// ErrBlocked means that the page could not open a window.
	ErrBlocked = errors.New("browser: the page could not open the window: open it at once in the handler of a click, and allow popups for this site")
	// ErrClosed means that the window was closed before the user had signed in.
	ErrClosed = errors.New("browser: the window was closed before the sign-in was finished: let the user try again")
	// ErrTimeout means that no answer came in time.
	ErrTimeout = errors.New("browser: no answer came in time: check that the redirect page is served from this origin, can be framed, runs its script and has no Cross-Origin-Opener-Policy")
	// ErrUnavailable means that the page lacks what the store needs.
	ErrUnavailable = errors.New("browser: this page has no storage, IndexedDB, Web Crypto or Web Locks: serve it over https, or from localhost, and allow site data")
	// ErrStalled means that the storage did not answer within ten seconds.
	ErrStalled = errors.New("browser: the page's storage did not answer within ten seconds: close the other tabs of this site, and load the page again")
	// ErrQuota means that the storage is full.
	ErrQuota = errors.New("browser: the page's storage is full: remove what is not needed any more")
	// ErrDamaged means that an entry is not one that this store wrote in this place. It is
	// left aside as if it were not there, and a new sign-in writes over it.
	ErrDamaged = errors.New("browser: an entry of the page's storage was damaged, moved or written by another program: it was left aside, and a sign-in replaces it")
	// ErrAddress means that a return address is not of this origin.
	ErrAddress = errors.New("browser: the page to return to must be one of this origin, http or https")
	// ErrBusy means that this tab is leaving the page for another sign-in.
	ErrBusy = errors.New("browser: the page is about to leave for another sign-in: wait for it")
)
