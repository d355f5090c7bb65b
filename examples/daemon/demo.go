package main

import (
	"context"
	"fmt"
	"io"

	"github.com/latchkey-auth/latchkey/examples/internal/sandbox"
)

// demo runs the service in the sandbox.
func demo(ctx context.Context, out io.Writer) error {
	world, err := sandbox.Start()
	if err != nil {
		return err
	}
	defer world.Close()
	app := world.Authority.Directory.App("daemon")
	err = run(ctx, settings{
		issuer:   world.Authority.OIDCIssuer(),
		clientID: app.ClientID,
		secret:   string(app.Secrets[0]),
		api:      world.API,
		audience: world.Audience,
	}, out)
	if err == nil {
		fmt.Fprintln(out, "Requests for a token:", world.TokenRequests())
	}
	return err
}
