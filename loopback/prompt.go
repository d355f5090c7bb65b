package loopback

import (
	"io"
	"strconv"
	"strings"

	"github.com/latchkey-auth/latchkey/internal/printable"
)

// prompt asks the user to open the URL by hand. It has nothing that a terminal could
// take for a command: the URL was checked, and the reason is escaped.
func prompt(w io.Writer, url string, p *place, reason error) error {
	port := strconv.Itoa(p.port)
	host := p.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	text := "Cannot open a browser: " + printable.Escape(strings.TrimPrefix(reason.Error(), cannotOpen)) + "\n" +
		"To sign in, open this address in a browser on this computer:\n\n    " + url + "\n\n" +
		"In a browser on another computer it works while that one forwards the port:\n" +
		"    ssh -L " + port + ":" + host + ":" + port + " THIS-COMPUTER\n"
	_, err := io.WriteString(w, text)
	return err
}
