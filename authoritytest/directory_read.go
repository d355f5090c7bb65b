package authoritytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

const maxDirectory = 4 << 20

// ReadDirectory reads a directory from JSON. Unknown fields, missing or repeated
// identifiers and references to what does not exist are errors that say what to fix.
// A user without a password, and a confidential client without any credential, gets a
// random one.
func ReadDirectory(r io.Reader) (Directory, error) {
	d, err := decodeDirectory(r)
	if err != nil {
		return Directory{}, err
	}
	d.fill()
	if err := d.check(); err != nil {
		return Directory{}, err
	}
	return d, nil
}

// decodeDirectory reads a directory that may lack passwords and be inconsistent.
func decodeDirectory(r io.Reader) (d Directory, err error) {
	limited := &io.LimitedReader{R: r, N: maxDirectory + 1}
	dec := json.NewDecoder(limited)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		if limited.N <= 0 {
			return Directory{}, fmt.Errorf("authoritytest: the directory is larger than %d MB", maxDirectory>>20)
		}
		return Directory{}, fmt.Errorf("authoritytest: the directory is not as Directory's JSON: %w", trimJSON(err))
	}
	if _, err := dec.Token(); err != io.EOF {
		return Directory{}, errors.New("authoritytest: the directory has something after its closing brace")
	}
	return d, nil
}

// trimJSON takes the package's name off an error of encoding/json.
func trimJSON(err error) error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return fmt.Errorf("%s: want %s", wrongType.Field, wrongType.Type.Kind())
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends too early")
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

// fill gives random passwords and secrets to those who have none and need one, without
// changing the caller's slices.
func (d *Directory) fill() {
	d.Users = append([]User(nil), d.Users...)
	for i := range d.Users {
		if d.Users[i].Password == "" {
			d.Users[i].Password = newSecret()
		}
	}
	d.Apps = append([]App(nil), d.Apps...)
	for i := range d.Apps {
		a := &d.Apps[i]
		if a.Kind == KindConfidential && len(a.Secrets)+len(a.Keys)+len(a.Federated) == 0 {
			a.Secrets = []Secret{newSecret()}
		}
	}
}

// secrets returns what must not be printed.
func (d Directory) secrets() []string {
	var list []string
	for _, u := range d.Users {
		list = append(list, string(u.Password))
	}
	for _, a := range d.Apps {
		for _, s := range a.Secrets {
			list = append(list, string(s))
		}
	}
	return list
}
