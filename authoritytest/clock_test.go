package authoritytest

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Clock
		begin := time.Now()
		if got := c.Now(); !got.Equal(begin) {
			t.Errorf("the zero clock shows %v, want %v", got, begin)
		}
		c.Advance(time.Hour)
		if got := c.Now().Sub(begin); got != time.Hour {
			t.Errorf("advanced by %v, want 1h", got)
		}
		c.Advance(-2 * time.Hour)
		if got := c.Now().Sub(begin); got != -time.Hour {
			t.Errorf("moved back to %v, want -1h", got)
		}
		set := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
		c.Set(set)
		<-time.After(time.Second) // of the bubble
		if got := c.Now(); !got.Equal(set.Add(time.Second)) {
			t.Errorf("got %v, want %v: the clock must run on from where it was set", got, set.Add(time.Second))
		}
	})
}

// What answers say about the time is the server's Clock's.
func TestDateHeader(t *testing.T) {
	s := NewServer(t)
	at := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	s.Clock.Set(at)
	resp, err := s.Client().Get(s.OIDCIssuer() + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil || date.Before(at) || date.After(at.Add(time.Hour)) {
		t.Errorf("Date is %v, %v", date, err)
	}
}
