package main

import (
	"testing"
	"time"
)

func TestInWords(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	tests := []struct {
		d    time.Duration
		want string
	}{
		{0, "in 0 seconds"},
		{time.Second, "in 1 second"},
		{-90 * time.Second, "90 seconds ago"},
		{2 * time.Minute, "in 2 minutes"},
		{time.Hour - time.Second, "in 60 minutes"},
		{-2 * time.Hour, "2 hours ago"},
		{47 * time.Hour, "in 47 hours"},
		{90 * 24 * time.Hour, "in 90 days"},
	}
	for _, tt := range tests {
		if got := inWords(now.Add(tt.d), now); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.d, got, tt.want)
		}
	}
}
