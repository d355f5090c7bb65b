// Package sealed is what the stores that encrypt have in common: the names of records, what
// is inside of a seal, and the cipher.
package sealed
