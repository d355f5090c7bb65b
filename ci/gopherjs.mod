// GopherJS compiles with the library and the language of Go 1.21; this file stands in for the root's go.mod there.
module github.com/latchkey-auth/latchkey

go 1.21
