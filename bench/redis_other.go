//go:build !linux

package main

// redisGroups are measured where redis-server runs.
func redisGroups([]int) []group { return nil }
