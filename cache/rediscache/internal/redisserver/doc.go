// Package redisserver starts real Redis servers for tests, on free ports of this machine and
// in folders of their own, and stops them by their process ids. It touches no other server.
// A program that is not installed is an error that says how to install it.
package redisserver
