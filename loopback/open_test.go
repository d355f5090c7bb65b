package loopback

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// R38: the URL is one argument of a program, on each system, and no shell sees it.
func TestR38_OneArgument(t *testing.T) {
	const page = "https://login.contoso.example/authorize?a=$(id)&b=%25PATH%25;c='d'"
	const handler = "url.dll,FileProtocolHandler"
	type call []string
	tests := []struct {
		name, goos string
		env        map[string]string
		missing    []string
		want       []call
		fails      bool
	}{
		{name: "Windows", goos: "windows", env: map[string]string{"SystemRoot": `D:\Win`}, want: []call{{`D:\Win\System32\rundll32.exe`, handler, page}}},
		{name: "Windows without environment", goos: "windows", want: []call{{`C:\Windows\System32\rundll32.exe`, handler, page}}},
		{name: "macOS", goos: "darwin", want: []call{{"/usr/bin/open", page}}},
		{name: "Linux, X", goos: "linux", env: map[string]string{"DISPLAY": ":0"}, want: []call{{"xdg-open", page}}},
		{name: "Linux, Wayland", goos: "linux", env: map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, want: []call{{"xdg-open", page}}},
		{name: "FreeBSD", goos: "freebsd", env: map[string]string{"DISPLAY": ":0"}, want: []call{{"xdg-open", page}}},
		{name: "no screen", goos: "linux", env: map[string]string{"SSH_CONNECTION": "x"}, fails: true},
		{name: "BROWSER", goos: "linux", env: map[string]string{"BROWSER": "/opt/helper.sh"}, want: []call{{"/opt/helper.sh", page}}},
		{name: "BROWSER is missing", goos: "linux", env: map[string]string{"BROWSER": "firefox"}, missing: []string{"firefox"},
			want: []call{{"firefox", page}, {"xdg-open", page}}},
		{name: "BROWSER is a list", goos: "linux", env: map[string]string{"BROWSER": "firefox:lynx"}, want: []call{{"xdg-open", page}}},
		{name: "BROWSER is a command line", goos: "linux", env: map[string]string{"BROWSER": "sh -c %s"}, want: []call{{"xdg-open", page}}},
		{name: "WSL", goos: "linux", env: map[string]string{"WSL_DISTRO_NAME": "Debian"}, want: []call{{"wslview", page}}},
		{name: "WSL without wslu", goos: "linux", env: map[string]string{"WSL_DISTRO_NAME": "Debian"}, missing: []string{"wslview"},
			want: []call{{"wslview", page}, {"rundll32.exe", handler, page}}},
		{name: "nothing works", goos: "linux", env: map[string]string{"WSL_DISTRO_NAME": "D"}, missing: []string{"wslview", "rundll32.exe", "xdg-open"},
			want: []call{{"wslview", page}, {"rundll32.exe", handler, page}, {"xdg-open", page}}, fails: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []call
			o := opener{tt.goos, func(name string) string { return tt.env[name] }, func(_ context.Context, name string, arguments ...string) error {
				got = append(got, append(call{name}, arguments...))
				if slices.Contains(tt.missing, name) {
					return &exec.Error{Name: name, Err: exec.ErrNotFound}
				}
				return nil
			}}
			err := o.open(t.Context(), page)
			if (err != nil) != tt.fails || !slices.EqualFunc(got, tt.want, slices.Equal) {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
			for _, name := range tt.missing {
				if err != nil && !strings.Contains(err.Error(), name) {
					t.Errorf("the error does not name %s: %v", name, err)
				}
			}
			if err != nil && (strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "contoso")) {
				t.Errorf("the error has a line break or the URL: %q", err)
			}
		})
	}
}

// An opener that runs on until the sign-in is over has not failed: no other one shows the page again.
func TestOpenOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var got []string
	o := opener{"linux", func(name string) string { return map[string]string{"BROWSER": "firefox"}[name] }, func(ctx context.Context, name string, _ ...string) error {
		got = append(got, name)
		cancel()
		return context.Cause(ctx)
	}}
	if err := o.open(ctx, "https://login.contoso.example/"); !errors.Is(err, context.Canceled) || len(got) != 1 {
		t.Errorf("%q were started, %v", got, err)
	}
	if err := o.open(ctx, "https://login.contoso.example/"); !errors.Is(err, context.Canceled) || len(got) != 1 {
		t.Errorf("%q were started after the end, %v", got, err)
	}
}

// R38: https, or http on loopback, and nothing that a browser or its opener could take for something else.
func TestR38_URLs(t *testing.T) {
	for raw, want := range map[string]bool{
		"https://login.contoso.example/a?b=c": true, "https://[2001:db8::1]:8443/": true, "HTTPS://h/": true,
		"http://localhost:99/?a": true, "http://127.0.0.1/": true, "http://[::1]:99/": true, "http://127.9.9.9": true,
		"": false, "http://login.contoso.example/": false, "http://localhost.evil.example/": false, "http://127.0.0.1.evil.example/": false,
		"http://2130706433/": false, "http://127.1/": false, "http://0.0.0.0/": false, "http://localhost@evil.example/": false,
		"https://user@h/": false, "https://user:password@h/": false, "https:///path": false, "https://": false, "https:h": false,
		"file:///etc/passwd": false, "javascript:alert(1)": false, "data:text/html,x": false, "ms-settings:": false, "vbscript:x": false,
		"//h/": false, "/h": false, "h": false, "-a": false, "--version": false, "C:\\a.exe": false, `\\h\a`: false,
		"https://h/\" --flag": false, "https://h/a b": false, "https://h/\r\n": false, "https://h/\x00": false, "https://h/é": false,
		"https://h/`id`": false, "https://h/|x": false, "https://h/^&calc": false, "https://h/<>": false, " https://h/": false,
	} {
		if err := checkURL(raw); (err == nil) != want {
			t.Errorf("%q: got %v", raw, err)
		}
		if want {
			continue
		}
		o := opener{"linux", func(string) string { return "x" }, func(context.Context, string, ...string) error { t.Errorf("%q was opened", raw); return nil }}
		if o.open(t.Context(), raw) == nil {
			t.Errorf("%q: no error", raw)
		}
	}
}

func FuzzR38_URL(f *testing.F) {
	for _, seed := range []string{"https://h/?a=b", "http://localhost", "http://[::1]:1/", "http://LOCALHOST@h", "https:/\\h", "javascript://localhost/%0a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if checkURL(raw) != nil {
			return
		}
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		address, _ := netip.ParseAddr(u.Hostname())
		local := strings.EqualFold(u.Hostname(), "localhost") || address.IsLoopback()
		lower := strings.ToLower(raw)
		if !strings.HasPrefix(lower, "https://") && !(strings.HasPrefix(lower, "http://") && local) || strings.ContainsAny(raw, " \"\\<>`|") {
			t.Errorf("accepted %q", raw)
		}
	})
}

// A program outlives the sign-in that started it; one that fails at once is an error.
func TestLaunch(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := launch(t.Context(), self, "-test.run=^$"); err != nil {
		t.Errorf("a program that ends: %v", err)
	}
	var exit *exec.ExitError
	if err := launch(t.Context(), self, "echo", "127.0.0.1:1"); !errors.As(err, &exit) || !strings.Contains(err.Error(), "exit status 1") {
		t.Errorf("a program that fails: %v", err)
	}
	if err := launch(t.Context(), "latchkey-no-such-program"); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("no program: %v", err)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	returned := make(chan error, 1)
	go func() { returned <- launch(ctx, self, "echo", l.Addr().String()) }()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cancel()
	if err := <-returned; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	// Whatever might end the program has the time that another one takes.
	if err := launch(t.Context(), self, "-test.run=^$"); err != nil {
		t.Error(err)
	}
	if _, err := conn.Write([]byte{1}); err != nil {
		t.Error(err)
	}
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
		t.Errorf("the program did not outlive the call: %v", err)
	}
}
