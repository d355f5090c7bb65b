package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxInput bounds what is read from standard input and from secret files, in bytes.
const maxInput = 1 << 20

// readInput reads r to its end. It does not wait for a reader that blocks, such as a
// terminal, once ctx has ended.
func readInput(ctx context.Context, r io.Reader) (string, error) {
	data, err := readAtMost(ctx, r, maxInput)
	return string(data), err
}

// readAtMost is readInput with another bound.
func readAtMost(ctx context.Context, r io.Reader, limit int) ([]byte, error) {
	type outcome struct {
		data []byte
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		data, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
		done <- outcome{data, err}
	}()
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case o := <-done:
		if o.err == nil && len(o.data) > limit {
			o.err = fmt.Errorf("it is longer than %d bytes", limit)
		}
		return o.data, o.err
	}
}

// secretVariable is the environment variable that holds a client's secret.
const secretVariable = "LATCHKEY_CLIENT_SECRET"

// readSecret reads a client's secret; empty: there is none.
func readSecret(ctx context.Context, file string, stdin io.Reader) (string, error) {
	return readSecretFrom(ctx, "--secret-file", file, secretVariable, stdin)
}

// readSecretFrom reads a secret from the file of a flag, from standard input if the file is
// "-", or from the environment if there is none (rule R44). The line break at the end,
// which editors add, is no part of it. Empty: there is no secret.
func readSecretFrom(ctx context.Context, flag, file, variable string, stdin io.Reader) (string, error) {
	var secret string
	var err error
	switch file {
	case "":
		return os.Getenv(variable), nil
	case "-":
		secret, err = readInput(ctx, stdin)
	default:
		var f *os.File
		if f, err = os.Open(file); err == nil {
			secret, err = readInput(ctx, f)
			err = errors.Join(err, f.Close())
		}
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	secret = strings.TrimSuffix(strings.TrimSuffix(secret, "\n"), "\r")
	if secret == "" {
		return "", &usageError{flag + ": there is no secret in it"}
	}
	return secret, nil
}
