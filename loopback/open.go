package loopback

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"strings"

	"github.com/latchkey-auth/latchkey/internal/printable"
)

// Open opens a URL in the user's browser, for a sign-in or a sign-out. It must be https,
// or http on a loopback host (rule R38). It becomes the one argument of the system's
// opener, and no shell sees it: open on macOS, rundll32 on Windows and in WSL, elsewhere
// the program in BROWSER, or xdg-open. Open returns when the opener has ended, or has run
// for a few seconds, or when ctx ends, after which no other opener is tried. The error says
// that there is none, that it failed, or that nothing is there to show a browser on.
func Open(ctx context.Context, url string) error {
	return opener{runtime.GOOS, os.Getenv, launch}.open(ctx, url)
}

const cannotOpen = "loopback: cannot open a browser: "

// An opener knows how a system opens a browser.
type opener struct {
	goos   string
	getenv func(string) string
	launch func(ctx context.Context, name string, arguments ...string) error
}

func (o opener) open(ctx context.Context, url string) error {
	if err := checkURL(url); err != nil {
		return err
	}
	programs := o.programs()
	if len(programs) == 0 {
		return errors.New(cannotOpen + "there is no screen (DISPLAY, WAYLAND_DISPLAY and BROWSER are empty)")
	}
	var problems []string
	for _, p := range programs {
		if ctx.Err() != nil {
			return context.Cause(ctx) // the sign-in is over, and another program would show the page again
		}
		err := o.launch(ctx, p[0], append(p[1:], url)...)
		if err == nil {
			return nil
		}
		problems = append(problems, printable.Escape(err.Error()))
	}
	return errors.New(cannotOpen + strings.Join(problems, "; "))
}

// programs lists what opens a browser, the best first, with all arguments but the URL.
func (o opener) programs() (list [][]string) {
	switch o.goos {
	case "windows":
		folder := o.getenv("SystemRoot")
		if folder == "" {
			folder = `C:\Windows`
		}
		return [][]string{{folder + `\System32\rundll32.exe`, "url.dll,FileProtocolHandler"}}
	case "darwin", "ios":
		return [][]string{{"/usr/bin/open"}}
	}
	browser, wsl := o.getenv("BROWSER"), o.getenv("WSL_DISTRO_NAME") != ""
	// A list, or a command with arguments, is for xdg-open to read.
	if browser != "" && !strings.ContainsAny(browser, " :%") {
		list = append(list, []string{browser})
	}
	if wsl {
		list = append(list, []string{"wslview"}, []string{"rundll32.exe", "url.dll,FileProtocolHandler"})
	}
	if browser != "" || wsl || o.getenv("DISPLAY") != "" || o.getenv("WAYLAND_DISPLAY") != "" {
		// Without any of these it would start a browser for the terminal.
		list = append(list, []string{"xdg-open"})
	}
	return list
}

var errURL = &Error{Problem: "the URL for the browser must be https, or http on a loopback host, of plain ASCII and without user info"}

// checkURL refuses what a browser, or the program that opens it, could take for
// something else than a web page (rule R38).
func checkURL(raw string) error {
	for i := range len(raw) {
		if raw[i] <= ' ' || raw[i] > '~' || strings.IndexByte("\"<>\\^`{|}", raw[i]) >= 0 {
			return errURL
		}
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.User != nil || u.Hostname() == "" {
		return errURL
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && loopbackHost(u.Hostname())) {
		return errURL
	}
	return nil
}

func loopbackHost(host string) bool {
	address, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && address.IsLoopback()
}
