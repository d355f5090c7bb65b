// Package clientkey makes the credential of a confidential client from a private key
// (RFC 7523, private_key_jwt): one in a file, or one that a security module or a key
// service holds and never gives away.
//
//	key, err := clientkey.LoadPEM("orders.pem") // the private key and its certificate
//	...
//	credential, err := clientkey.New(key)
//	...
//	svc, err := latchkey.NewConfidential(latchkey.Config{
//		Authority: "https://login.microsoftonline.com/contoso.com",
//		ClientID:  "3c9d5f4b-8e0a-4f6c-9b4d-5a7c9e1f2d34",
//	}, credential)
//
// [LoadPEM] and [ParsePEM] read PEM; PKCS#12 (.pfx, .p12) is read by package
// clientkey/pkcs12, in a module of its own because Go's library has no such format. A
// key that is elsewhere is any [crypto.Signer]:
//
//	credential, err := clientkey.New(clientkey.Key{Signer: hsmKey, Certificates: certificates})
//
// A key that is registered as a bare public key has no certificate, and mostly an id:
//
//	credential, err := clientkey.New(clientkey.Key{Signer: signer, KeyID: "2026-01"})
//
// # What is signed
//
// A client assertion: a JWT that says who the client is and for which authority, with a
// random id, and that lasts ten minutes. The client, its authority and its profile say
// for whom it is; there is nothing to configure for it here.
//
//	key                      algorithm              names its key by
//	RSA with certificate     PS256                  x5t#S256
//	the same for AD FS       RS256                  x5t
//	RSA without              RS256                  kid
//	ECDSA P-256, -384, -521  ES256, ES384, ES512    as RSA does
//
// RS256 is what every authority that takes assertions must know (RFC 7523 section 5).
// [Key.Algorithm] names another one. [Key.SendChain] sends the certificate along (x5c),
// so that Microsoft Entra can recognise it by its subject and issuer, and a renewed
// certificate need not be registered.
//
// # How often
//
// Where the profile allows it, as for Microsoft Entra, an assertion serves for every
// token request to the same audience until shortly before it ends: any number of
// requests at once cost one signature, and the key service is asked once in eight
// minutes. Elsewhere each request has an assertion of its own, because authorities
// accept an assertion only once (OpenID Connect Core 9).
//
// Nothing is locked while the signer works, and a caller whose context ends leaves
// without it. What the signer returns is checked against its public key before it is
// sent.
//
// # What is refused
//
// [New] refuses what an authority would refuse later, in plainer words: RSA of less than
// 2048 bits, a key of another kind, certificates of which none is for the key, and one
// that has expired or is not valid yet, which is a [*ValidityError]. The last is checked
// again for each signature, so a service that runs for years says why it stopped.
package clientkey
