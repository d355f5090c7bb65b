package clientkey

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"strconv"
)

// maxPEM is the most that is read of a file, in bytes.
const maxPEM = 1 << 20

// LoadPEM reads a private key and its certificates from PEM files of at most 1 MiB: one
// with everything, or several. See [ParsePEM]. A file that cannot be read gives the
// error of package os.
func LoadPEM(files ...string) (Key, error) {
	var k Key
	for _, name := range files {
		text, err := readFile(name)
		if err != nil {
			return Key{}, err
		}
		if err := k.addPEM(name, text); err != nil {
			return Key{}, err
		}
	}
	return k, k.checkPEM()
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPEM+1))
	if err == nil && len(text) > maxPEM {
		err = problemPEM(name, "is longer than 1 MiB, so it is no PEM file with a key", nil)
	}
	return text, err
}

// ParsePEM reads a private key (PKCS #8, PKCS #1 or SEC 1, not encrypted) and
// certificates, if there are any, from PEM texts: one with everything, or several. The
// order does not matter. The key is not checked further, which [New] does. The error is
// an [*Error].
func ParsePEM(texts ...[]byte) (Key, error) {
	var k Key
	for i, text := range texts {
		name := ""
		if len(texts) > 1 {
			name = "text " + strconv.Itoa(i+1)
		}
		if err := k.addPEM(name, text); err != nil {
			return Key{}, err
		}
	}
	return k, k.checkPEM()
}

func problemPEM(name, problem string, cause error) *Error {
	if name != "" {
		problem = name + ": " + problem
	}
	return &Error{Field: "PEM", Problem: problem, Err: cause}
}

func (k *Key) checkPEM() error {
	if k.Signer != nil {
		return nil
	}
	*k = Key{}
	return problemPEM("", "there is no private key: add the block or the file that has PRIVATE KEY in its first line", nil)
}

// addPEM adds what a text has.
func (k *Key) addPEM(name string, text []byte) error {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // which some editors write
	blocks := 0
	for rest := text; ; blocks++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if err := k.addBlock(name, block); err != nil {
			return err
		}
	}
	begins := bytes.Count(append([]byte("\n"), text...), []byte("\n-----BEGIN "))
	switch {
	case blocks == 0 && bytes.Contains(text, []byte(`\n`)):
		return problemPEM(name, `has backslash and n where line breaks must be: replace them, or keep the key in a file`, nil)
	case begins > blocks: // pem.Decode passes over what is damaged
		return problemPEM(name, "a block is damaged, or its END line is missing: copy the file again, as it is", nil)
	case blocks > 0:
		return nil
	}
	return problemPEM(name, "is not PEM, whose first line begins with -----BEGIN: a .pfx or .p12 file is read by package clientkey/pkcs12, a DER file is converted by openssl with -inform der", nil)
}

func (k *Key) addBlock(name string, block *pem.Block) error {
	switch {
	case block.Headers["DEK-Info"] != "", block.Type == "ENCRYPTED PRIVATE KEY":
		return problemPEM(name, "the private key is encrypted, which PEM does badly: decrypt it with openssl pkey -in FILE -out NEWFILE and let nobody else read that, or make a PKCS#12 file, which package clientkey/pkcs12 reads", nil)
	case block.Type == "CERTIFICATE":
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return problemPEM(name, "a certificate cannot be read", err)
		}
		k.Certificates = append(k.Certificates, c)
		return nil
	case block.Type == "EC PARAMETERS": // openssl ecparam -genkey writes it before the key, which repeats it
		return nil
	}
	signer, err := parsePrivate(block)
	switch {
	case err != nil:
		return problemPEM(name, "the block "+block.Type+" cannot be used", err)
	case k.Signer != nil:
		return problemPEM(name, "there are several private keys: leave only the client's", nil)
	}
	k.Signer = signer
	return nil
}

func parsePrivate(block *pem.Block) (crypto.Signer, error) {
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, err
		}
		return key, nil
	case "EC PRIVATE KEY":
		key, err := x509.ParseECPrivateKey(block.Bytes)
		if err != nil {
			return nil, err
		}
		return key, nil
	case "PRIVATE KEY":
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, err
		}
		signer, ok := key.(crypto.Signer)
		if !ok {
			return nil, errors.New("it is a key for agreement, which signs nothing: make an RSA or ECDSA key")
		}
		return signer, nil
	case "OPENSSH PRIVATE KEY":
		return nil, errors.New("it is in the format of OpenSSH: convert it with ssh-keygen -p -m PKCS8 -f FILE")
	}
	return nil, errors.New("only PRIVATE KEY, RSA PRIVATE KEY, EC PRIVATE KEY and CERTIFICATE are: remove it")
}
