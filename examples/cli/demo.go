package main

import (
	"context"
	"fmt"
	"io"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/examples/internal/sandbox"
	"github.com/latchkey-auth/latchkey/loopback"
)

// demo runs the program in the sandbox, for a person or alone.
func demo(ctx context.Context, device, alone bool, out io.Writer) error {
	world, err := sandbox.Start()
	if err != nil {
		return err
	}
	defer world.Close()
	s := settings{
		issuer:   world.Authority.OIDCIssuer(),
		clientID: world.Authority.Directory.App("native").ClientID,
		api:      world.API,
		scope:    world.Scope,
		device:   device,
		prompt: func(_ context.Context, code latchkey.DeviceCode) error {
			_, err := fmt.Fprintf(out, "Open %s and enter the code %s\n", code.VerificationURI, code.UserCode)
			return err
		},
	}
	if alone {
		s.browser = loopback.Browser{Open: world.SignIn}
		s.prompt = world.EnterCode
	} else {
		fmt.Fprintf(out, "Sign in as %s with the password %s\n", world.User().Username, string(world.User().Password))
	}
	return run(ctx, s, out)
}
