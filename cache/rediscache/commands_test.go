//go:build linux

package rediscache

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache"
)

// A recorder notes the commands that are sent: scripts by the kind of their key.
type recorder struct {
	mu  sync.Mutex
	all []string
}

func (*recorder) DialHook(next redis.DialHook) redis.DialHook { return next }

func (r *recorder) note(cmd redis.Cmder) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := cmd.Name()
	if args := cmd.Args(); name == "evalsha" {
		key := args[3].(string)
		name += " " + key[strings.LastIndexByte(key, ':')+1:]
	}
	r.all = append(r.all, name)
}

func (r *recorder) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		r.note(cmd)
		return next(ctx, cmd)
	}
}

func (r *recorder) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		for _, cmd := range cmds {
			r.note(cmd)
		}
		return next(ctx, cmds)
	}
}

// take returns what was sent since the last call.
func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.all
	r.all = nil
	return all
}

// TestCommands counts the round trips of everything that a client does, for docs/operations.md.
func TestCommands(t *testing.T) {
	t.Parallel()
	w := serve(t)
	_, client := place(t)
	s := openStore(t, client, Options{Lease: time.Hour})
	c := w.client(t, s, nil)
	w.signIn(t, c)
	w.expectRenewed(t, c) // the server knows the scripts from now on
	var sent recorder
	client.AddHook(&sent)
	clock := time.Now()
	replica := func() *latchkey.PublicClient {
		c, err := latchkey.NewPublic(w.config(s, "native", func() time.Time { return clock }, nil))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ctx, warm := t.Context(), replica()
	must := func(r *latchkey.Result, err error) {
		t.Helper()
		if err != nil || r.CacheError != nil {
			t.Fatal(r, err)
		}
	}
	renewal := []string{"evalsha lock", "getex", "evalsha record", "evalsha index", "evalsha lock"}
	steps := []struct {
		name string
		do   func()
		want []string
	}{
		{"cold hit", func() { must(w.hit(ctx, warm)) }, []string{"getex"}},
		{"warm hit", func() { must(w.hit(ctx, warm)) }, nil},
		{"hit after five seconds", func() { clock = clock.Add(5 * time.Second); must(w.hit(ctx, warm)) }, []string{"getex"}},
		{"renewal of a user who was just seen", func() { must(w.renew(ctx, warm)) }, renewal},
		{"hit after it", func() { must(w.hit(ctx, warm)) }, nil},
		{"renewal, cold", func() { must(w.renew(ctx, replica())) }, append([]string{"getex"}, renewal...)},
		{"miss: nobody signed in", func() { _, _ = s.Load(ctx, user("nobody")) }, []string{"getex"}},
		{"sign-out", func() {
			if err := warm.RemoveAccount(ctx, w.account); err != nil {
				t.Fatal(err)
			}
		}, []string{"getex", "evalsha record", "zrem", "pttl"}},
		{"a save that conflicts", func() { _, _ = s.Save(ctx, user("x"), cache.Entry{Data: []byte("x"), Version: (&record{}).Version()}) }, []string{"evalsha record"}},
	}
	sent.take()
	for _, step := range steps {
		step.do()
		if got := sent.take(); !slices.Equal(got, step.want) {
			t.Errorf("%s sent %d commands %q, want %d %q", step.name, len(got), got, len(step.want), step.want)
		}
	}
}
