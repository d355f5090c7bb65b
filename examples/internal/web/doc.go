// Package web is what the web apps among the examples share and what has little to do with
// tokens: sessions, pages, and servers that stop.
package web
