package pkcs12_test

import (
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/latchkey-auth/latchkey/clientkey"
	"github.com/latchkey-auth/latchkey/clientkey/pkcs12"
)

func ExampleLoad() {
	key, err := pkcs12.Load("orders.pfx", os.Getenv("ORDERS_PFX_PASSWORD"))
	if errors.Is(err, pkcs12.ErrPassword) {
		log.Fatal("set ORDERS_PFX_PASSWORD")
	}
	if err != nil {
		log.Fatal(err)
	}
	key.SendChain = true // the authority knows the certificate by its subject and issuer
	if _, err := clientkey.New(key); err != nil {
		log.Fatal(err)
	}
}

func ExampleDecode() {
	_, err := pkcs12.Decode([]byte("-----BEGIN PRIVATE KEY-----"), "")
	fmt.Println(err)
	// Output: clientkey: PKCS#12: is not PKCS#12: a PEM file is read by clientkey.LoadPEM
}
