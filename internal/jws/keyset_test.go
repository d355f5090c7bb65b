package jws_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-auth/latchkey/internal/jws"
)

// A published is what an authority publishes in one test.
type published struct {
	mu      sync.Mutex
	text    string
	err     error
	clock   time.Time
	fetches int
}

func (p *published) fetch(context.Context) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fetches++
	return p.text, p.err
}

func (p *published) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.clock
}

func (p *published) set(text string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text, p.err = text, err
}

func (p *published) advance(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clock = p.clock.Add(d)
}

// since returns how many fetches there were since the last call.
func (p *published) since() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.fetches
	p.fetches = 0
	return n
}

// start is a wall-clock time: no monotonic part hides a clock that is set back.
var start = time.Unix(1_700_000_000, 0)

func newPublished(t *testing.T, all ...object) (*published, *jws.KeySet) {
	t.Helper()
	p := &published{text: set(t, all...), clock: start}
	return p, jws.NewKeySet(p.fetch, p.now)
}

// by is a good token of the named P-256 key, with the key id kid.
func by(t *testing.T, name, kid string) string {
	t.Helper()
	return sign(t, name, "ES256", object{"alg": "ES256", "kid": kid}.text(t), claims)
}

// expect verifies and checks the error and the number of fetches. A nil error means success.
func expect(t *testing.T, p *published, s *jws.KeySet, token string, want error, fetches int) error {
	t.Helper()
	payload, key, err := s.Verify(t.Context(), token, every)
	synctest.Wait()
	if !errors.Is(err, want) || (err == nil) != (payload == claims) || (err == nil) != (key != jws.Key{}) {
		t.Errorf("got %q, key %q, %v; want %v", payload, key.KeyID, err, want)
	}
	if got := p.since(); got != fetches {
		t.Errorf("%d fetches, want %d", got, fetches)
	}
	return err
}

func TestKeySetFetchesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s := newPublished(t, jwk("P-256"))
		good := by(t, "P-256", "P-256")
		expect(t, p, s, good, nil, 1)
		expect(t, p, s, good, nil, 0)
		p.set("", errors.New("down"))
		p.advance(59 * time.Minute)
		expect(t, p, s, good, nil, 0)
	})
}

// What no key could make acceptable must not cost the authority a request.
func TestKeySetFetchesNothingForBadTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s := newPublished(t, jwk("P-256"))
		expect(t, p, s, "opaque", jws.ErrMalformed, 0)
		expect(t, p, s, sign(t, "P-256", "ES256", `{"alg":"none"}`, claims), jws.ErrAlgorithm, 0)
		expect(t, p, s, by(t, "P-256", "P-256")+"=", jws.ErrMalformed, 0)
		if _, _, err := s.Verify(t.Context(), by(t, "P-256", "P-256"), nil); !errors.Is(err, jws.ErrAlgorithm) || p.since() != 0 {
			t.Errorf("got %v", err)
		}
		if _, _, err := s.Verify(t.Context(), by(t, "P-256", "P-256"), []string{"RS256"}); !errors.Is(err, jws.ErrAlgorithm) || p.since() != 0 {
			t.Errorf("got %v", err)
		}
	})
}

func TestR16_OneRefetchAMinuteWhateverTheKeyID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s := newPublished(t, jwk("P-256"))
		good := by(t, "P-256", "P-256")
		expect(t, p, s, good, nil, 1)
		expect(t, p, s, by(t, "other P-256", "x0"), jws.ErrNoKey, 1)
		for i := range 50 {
			expect(t, p, s, by(t, "other P-256", fmt.Sprint("x", i)), jws.ErrNoKey, 0)
			expect(t, p, s, by(t, "other P-256", "P-256"), jws.ErrSignature, 0)
			expect(t, p, s, by(t, "other P-256", ""), jws.ErrSignature, 0)
			expect(t, p, s, good, nil, 0)
			p.advance(time.Second)
		}
		p.advance(9 * time.Second)
		expect(t, p, s, by(t, "other P-256", "y"), jws.ErrNoKey, 0)
		p.advance(time.Second)
		expect(t, p, s, by(t, "other P-256", "y"), jws.ErrNoKey, 1)
		expect(t, p, s, by(t, "other P-256", "z"), jws.ErrNoKey, 0)
	})
}

func TestKeySetFindsNewKeys(t *testing.T) {
	for name, kid := range map[string]string{"new key id": "other P-256", "no key id": "", "same key id": "P-256"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, s := newPublished(t, jwk("P-256"))
				expect(t, p, s, by(t, "P-256", "P-256"), nil, 1)
				p.set(set(t, jwk("other P-256").with(object{"kid": kid})), nil)
				expect(t, p, s, by(t, "other P-256", kid), nil, 1)
				expect(t, p, s, by(t, "other P-256", kid), nil, 0)
			})
		})
	}
}

func TestR16_UnreachableKeysFailClosed(t *testing.T) {
	down := errors.New("connection refused")
	isFetchError := func(t *testing.T, err error) {
		t.Helper()
		var failure *jws.FetchError
		if !errors.As(err, &failure) {
			t.Errorf("got %v; want a *FetchError", err)
		}
	}
	t.Run("R16 never fetched", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p, s := newPublished(t, jwk("P-256"))
			good := by(t, "P-256", "P-256")
			text := p.text
			p.set("", down)
			isFetchError(t, expect(t, p, s, good, down, 1))
			isFetchError(t, expect(t, p, s, good, down, 0)) // at once again: not asked
			p.advance(5 * time.Second)
			isFetchError(t, expect(t, p, s, good, down, 1))
			p.set(text, nil)
			p.advance(5 * time.Second)
			expect(t, p, s, good, nil, 1)
			expect(t, p, s, by(t, "P-256", "x"), jws.ErrNoKey, 1) // the first refetch
		})
	})
	t.Run("R16 no key set", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p, s := newPublished(t)
			p.set("<html>", nil)
			_, _, err := s.Verify(t.Context(), by(t, "P-256", "P-256"), every)
			isFetchError(t, err)
		})
	})
	t.Run("R16 unknown key id", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p, s := newPublished(t, jwk("P-256"))
			good := by(t, "P-256", "P-256")
			expect(t, p, s, good, nil, 1)
			p.set("", down)
			fresh := by(t, "other P-256", "other P-256")
			for _, fetches := range []int{1, 0} {
				err := expect(t, p, s, fresh, down, fetches)
				isFetchError(t, err)
				if !errors.Is(err, jws.ErrNoKey) {
					t.Errorf("got %v", err)
				}
			}
			expect(t, p, s, good, nil, 0)
			expect(t, p, s, by(t, "other P-256", "P-256"), jws.ErrSignature, 0)
		})
	})
	t.Run("R16 keys older than a day", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p, s := newPublished(t, jwk("P-256"))
			good := by(t, "P-256", "P-256")
			expect(t, p, s, good, nil, 1)
			p.set("", down)
			p.advance(24*time.Hour - time.Second)
			expect(t, p, s, good, nil, 1) // in the background
			p.advance(time.Second)
			isFetchError(t, expect(t, p, s, good, down, 0))
			p.advance(4 * time.Second)
			isFetchError(t, expect(t, p, s, good, down, 1))
		})
	})
	t.Run("R16 fetch panics", func(t *testing.T) {
		s := jws.NewKeySet(func(context.Context) (string, error) { panic("secret") }, nil)
		_, _, err := s.Verify(t.Context(), by(t, "P-256", "P-256"), every)
		isFetchError(t, err)
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("got %v", err)
		}
	})
}

func TestKeySetRenewsInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s := newPublished(t, jwk("P-256"))
		good := by(t, "P-256", "P-256")
		expect(t, p, s, good, nil, 1)
		p.advance(time.Hour)
		p.set("", errors.New("down"))
		expect(t, p, s, good, nil, 1)
		expect(t, p, s, good, nil, 0)
		p.advance(time.Minute)
		p.set(set(t, jwk("other P-256")), nil)
		expect(t, p, s, good, nil, 1) // still with the old keys
		expect(t, p, s, good, jws.ErrNoKey, 0)
		expect(t, p, s, by(t, "other P-256", "other P-256"), nil, 0)
	})
}

func TestKeySetWithAClockSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s := newPublished(t, jwk("P-256"))
		expect(t, p, s, by(t, "P-256", "P-256"), nil, 1)
		expect(t, p, s, by(t, "P-256", "x"), jws.ErrNoKey, 1)
		p.advance(-48 * time.Hour)
		p.set(set(t, jwk("P-256"), jwk("other P-256")), nil)
		expect(t, p, s, by(t, "P-256", "P-256"), nil, 1)
		expect(t, p, s, by(t, "other P-256", "other P-256"), nil, 0)
	})
}

func TestKeySetSharesAFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text, good := set(t, jwk("P-256")), by(t, "P-256", "P-256")
		var fetches atomic.Int32
		answer := make(chan bool)
		s := jws.NewKeySet(func(ctx context.Context) (string, error) {
			fetches.Add(1)
			<-answer
			return text, ctx.Err()
		}, nil)
		impatient, leave := context.WithCancelCause(t.Context())
		gone := errors.New("gone")
		var left, served atomic.Int32
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				ctx := t.Context()
				if i < 99 {
					ctx = impatient
				}
				switch _, _, err := s.Verify(ctx, good, every); {
				case err == nil:
					served.Add(1)
				case errors.Is(err, context.Canceled) && errors.Is(err, gone):
					left.Add(1)
				default:
					t.Errorf("got %v", err)
				}
			})
		}
		synctest.Wait()
		leave(gone)
		synctest.Wait()
		if left.Load() != 99 || served.Load() != 0 {
			t.Errorf("%d left, %d served before the answer", left.Load(), served.Load())
		}
		close(answer)
		all.Wait()
		if served.Load() != 1 || fetches.Load() != 1 {
			t.Errorf("%d served, %d fetches", served.Load(), fetches.Load())
		}
	})
}

// A caller may find no keys, and ask for them after another one's fetch has ended. The
// context stands for the time in between.
func TestKeySetUsesWhatCameMeanwhile(t *testing.T) {
	p, s := newPublished(t, jwk("P-256"))
	good := by(t, "P-256", "P-256")
	other := func() { expectGood(t.Context(), t, s, good) }
	expectGood(&meanwhile{Context: t.Context(), do: sync.OnceFunc(other)}, t, s, good)
	if got := p.since(); got != 1 {
		t.Errorf("%d fetches", got)
	}
}

func expectGood(ctx context.Context, t *testing.T, s *jws.KeySet, token string) {
	t.Helper()
	if payload, _, err := s.Verify(ctx, token, every); err != nil || payload != claims {
		t.Errorf("got %q, %v", payload, err)
	}
}

type meanwhile struct {
	context.Context
	do func()
}

func (m *meanwhile) Err() error {
	m.do()
	return m.Context.Err()
}

func TestKeySetLimitsTheTimeOfAFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := jws.NewKeySet(func(ctx context.Context) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		}, nil)
		begin := time.Now()
		_, _, err := s.Verify(t.Context(), by(t, "P-256", "P-256"), every)
		if time.Since(begin) != 30*time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v after %v", err, time.Since(begin))
		}
	})
}
