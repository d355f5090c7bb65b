package rediscache

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// The names of keys. What is in braces decides where in a cluster a key is, so a record and
// its lock are together.
func (s *Store) recordKey(name string) string { return s.sealer.deployment + ":{" + name + "}:record" }
func (s *Store) lockKey(name string) string   { return s.sealer.deployment + ":{" + name + "}:lock" }

// saveScript replaces a record if it has the version that is expected: the bytes 16 to 31 of
// it, none if there is no record. A save that is sent again because its answer was lost
// succeeds again.
var saveScript = redis.NewScript(`
local version = redis.call('GETRANGE', KEYS[1], 16, 31)
if ARGV[2] ~= '' and version == ARGV[2] then return 1 end
if version ~= ARGV[1] then return 0 end
if ARGV[3] == '' then
  redis.call('DEL', KEYS[1])
elseif ARGV[4] == '0' then
  redis.call('SET', KEYS[1], ARGV[3])
else
  redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
end
return 1`)

// repairScript replaces a value that is no record, if it still is the same one.
var repairScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
elseif ARGV[3] == '0' then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1`)

// lockScript takes a lock that is free or ours already, for the length of a lease, and
// returns which of these it was.
var lockScript = redis.NewScript(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return holder and 2 or 1`)

// What lockScript returns.
const (
	lockTaken = 0 // somebody else has it
	lockFree  = 1
	lockOurs  = 2
)

// releaseScript gives a lock back, and returns 0 if it was not ours.
var releaseScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`)

// call runs commands until ctx is done or the time for them is over. A connection does not
// notice that a context is cancelled, so the commands go on, and late is told what they
// returned if nobody waits for it any more; it may be nil.
func call[T any](ctx context.Context, s *Store, f func(context.Context) (T, error), late func(T, error)) (T, error) {
	var none T
	if ctx.Err() != nil {
		return none, context.Cause(ctx)
	}
	type answer struct {
		value T
		err   error
	}
	answers := make(chan answer, 1)
	bounded, cancel := context.WithTimeout(ctx, s.options.Timeout)
	go func() {
		value, err := f(bounded)
		answers <- answer{value, err}
	}()
	select {
	case a := <-answers:
		cancel()
		if a.err != nil && !errors.Is(a.err, redis.Nil) {
			if ctx.Err() != nil {
				return none, context.Cause(ctx)
			}
			return none, explain(a.err)
		}
		return a.value, nil
	case <-bounded.Done():
		cancel()
		if late != nil {
			go func() {
				a := <-answers
				late(a.value, a.err)
			}()
		}
		if ctx.Err() != nil {
			return none, context.Cause(ctx)
		}
		return none, explain(context.DeadlineExceeded)
	}
}

// run runs a script that answers with a number.
func (s *Store) run(ctx context.Context, script *redis.Script, key string, args ...any) (int, error) {
	return call(ctx, s, func(ctx context.Context) (int, error) {
		return script.Run(ctx, s.client, []string{key}, args...).Int()
	}, nil)
}

// How soon a save is tried again.
const (
	firstRepeat = 20 * time.Millisecond
	lastRepeat  = 500 * time.Millisecond
)

// runSave is run, again and again for Options.Timeout while Redis cannot be reached: what is
// to be saved may be a token that cannot be got again, and a failover takes seconds.
func (s *Store) runSave(ctx context.Context, script *redis.Script, key string, args ...any) (int, error) {
	end := time.Now().Add(s.options.Timeout)
	for pause := firstRepeat; ; pause = min(2*pause, lastRepeat) {
		n, err := s.run(ctx, script, key, args...)
		if !errors.Is(err, ErrUnreachable) || time.Now().Add(pause).After(end) {
			return n, err
		}
		if err := wait(ctx, pause); err != nil {
			return 0, err
		}
	}
}

func wait(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// get reads a record's value, nil if there is none. GETEX counts as a write, so whatever the
// client does with reads, this one goes to the primary and to no cache.
func (s *Store) get(ctx context.Context, name string) ([]byte, error) {
	return call(ctx, s, func(ctx context.Context) ([]byte, error) {
		return s.client.GetEx(ctx, s.recordKey(name), -1).Bytes()
	}, nil)
}
