// Package pkcs12 reads the private key and the certificates of a confidential client
// from a PKCS#12 file (.pfx, .p12), as Windows, Azure Key Vault and Java write them.
//
//	key, err := pkcs12.Load("orders.pfx", password)
//	...
//	credential, err := clientkey.New(key)
//
// Take the password from a file or the environment, never from the command line, where
// other users of the computer can see it.
//
// # What can be read
//
// DER files with one private key and its certificate, under a password: those of
// OpenSSL 1 and 3, of Windows and of Java. The password is empty for files of Azure Key
// Vault, and for those that have none. Files with several keys are refused.
//
// # Why a module of its own
//
// Go's library cannot read PKCS#12, golang.org/x/crypto's package for it is frozen and
// reads no modern encryption, and to write a third one is not our task. So this needs
// software.sslmate.com/src/go-pkcs12, and who uses PEM does not have it.
package pkcs12

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/latchkey-auth/latchkey/clientkey"
)

// ErrPassword means that the password is wrong. Match it with [errors.Is].
var ErrPassword = errors.New("the password is wrong: use the one with which the file was exported")

// maxFile is the most that is read of a file, in bytes.
const maxFile = 1 << 20

// Load reads a PKCS#12 file of at most 1 MiB: see [Decode]. A file that cannot be read
// gives the error of package os.
func Load(file, password string) (clientkey.Key, error) {
	f, err := os.Open(file)
	if err != nil {
		return clientkey.Key{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return clientkey.Key{}, err
	}
	if len(data) > maxFile {
		return clientkey.Key{}, problem("is longer than 1 MiB, so it is no file with a key", nil)
	}
	return Decode(data, password)
}

// Decode reads the private key and all certificates of a PKCS#12 file. The key is not
// checked further, which [clientkey.New] does. The error is a [*clientkey.Error]; it
// matches [ErrPassword] if the password is wrong.
func Decode(data []byte, password string) (key clientkey.Key, err error) {
	defer func() {
		// The library reads what anybody may have written.
		if recover() != nil {
			key, err = clientkey.Key{}, problem("is malformed: export it again", nil)
		}
	}()
	private, certificate, others, err := pkcs12.DecodeChain(data, password)
	if err != nil {
		return clientkey.Key{}, explain(data, err)
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return clientkey.Key{}, problem(fmt.Sprintf("its key is of type %T, which signs nothing: make an RSA or ECDSA key", private), nil)
	}
	return clientkey.Key{Signer: signer, Certificates: append([]*x509.Certificate{certificate}, others...)}, nil
}

func explain(data []byte, err error) error {
	var lacking pkcs12.NotImplementedError
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		return problem("cannot be opened", ErrPassword)
	case errors.As(err, &lacking):
		return problem("is protected in a way that is not supported: export it again with openssl pkcs12 -export", err)
	case len(data) == 0:
		return problem("is empty", nil)
	case data[0] != 0x30:
		return problem("is not PKCS#12: a PEM file is read by clientkey.LoadPEM", nil)
	}
	return problem("cannot be read: export it again, with one private key and its certificate", err)
}

func problem(text string, cause error) error {
	return &clientkey.Error{Field: "PKCS#12", Problem: text, Err: cause}
}
