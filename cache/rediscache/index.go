package rediscache

import (
	"context"
	"encoding/hex"
	"log/slog"
	"math"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/sealed"
)

// The index of a kind and an owner is sorted sets of the names of their records, by the Unix
// second in which Redis removes the record; records without an end come last. There are many
// sets, so that none grows too large for one server of a cluster. They are not written in one
// step with the records, which are elsewhere in a cluster: List puts right what differs.
const indexShards = 64

// whole is a member of each set, by which List sees that the set was not lost.
const whole = "*"

// indexScript adds a name, and removes those whose records have ended.
var indexScript = redis.NewScript(`
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
return 1`)

// groupOf is the part of a name that its kind and owner share.
func groupOf(name string) string {
	group, _, _ := strings.Cut(name, "-")
	return group
}

func (s *Store) indexKey(group string, shard int) string {
	return s.sealer.deployment + ":{" + group + "-" + hex.EncodeToString([]byte{byte(shard)}) + "}:index"
}

// indexOf is the set that a name is in.
func (s *Store) indexOf(name string) string {
	last, _ := hex.DecodeString(name[len(name)-2:])
	return s.indexKey(groupOf(name), int(last[0])%indexShards)
}

// index adds a name that was saved just now.
func (s *Store) index(ctx context.Context, name string, e cache.Entry) {
	now := s.options.Now()
	score := math.Inf(1)
	if life := s.life(e); life != 0 {
		score = float64(now.Add(life).Unix())
	}
	if err := s.addToIndex(ctx, name, score, now); err != nil {
		s.warn(ctx, "the index could not be written; the next save of the record does it", slog.String("record", name), slog.Any("error", err))
	}
}

func (s *Store) addToIndex(ctx context.Context, name string, score float64, now time.Time) error {
	_, err := s.run(ctx, indexScript, s.indexOf(name), score, name, now.Unix())
	return err
}

// unindex removes a name whose record has gone. Whoever makes the record again meanwhile
// adds the name after that, so it must still be there when the record is found.
func (s *Store) unindex(ctx context.Context, name string) {
	_, err := call(ctx, s, func(ctx context.Context) (int64, error) {
		return s.client.ZRem(ctx, s.indexOf(name), name).Result()
	}, nil)
	var life time.Duration
	if err == nil {
		life, err = call(ctx, s, func(ctx context.Context) (time.Duration, error) {
			return s.client.PTTL(ctx, s.recordKey(name)).Result()
		}, nil)
	}
	const none, endless = -2, -1 // of PTTL
	if err == nil && life != none {
		score, now := math.Inf(1), s.options.Now()
		if life != endless {
			score = float64(now.Add(life).Unix())
		}
		err = s.addToIndex(ctx, name, score, now)
	}
	if err != nil {
		s.warn(ctx, "the index could not be written; the next list does it", slog.String("record", name), slog.Any("error", err))
	}
}

// indexed returns the names in the index of a group, and whether no part of it was lost.
func (s *Store) indexed(ctx context.Context, group string) (names []string, complete bool, err error) {
	found, marked := map[string]bool{}, map[int]bool{}
	cursors := map[int]uint64{}
	for i := range indexShards {
		cursors[i] = 0
	}
	for len(cursors) > 0 {
		pages, err := s.indexPages(ctx, group, cursors)
		if err != nil {
			return nil, false, err
		}
		for i, page := range pages {
			members, cursor := page.Val()
			for n := 0; n < len(members); n += 2 { // each is followed by its score
				if members[n] == whole {
					marked[i] = true
				}
				found[members[n]] = true
			}
			if cursors[i] = cursor; cursor == 0 {
				delete(cursors, i)
			}
		}
	}
	for name := range found {
		if sealed.IsName(name) && groupOf(name) == group {
			names = append(names, name)
		}
	}
	return names, len(marked) == indexShards, nil
}

// indexPages reads the next members of each set that has a cursor.
func (s *Store) indexPages(ctx context.Context, group string, cursors map[int]uint64) (map[int]*redis.ScanCmd, error) {
	return call(ctx, s, func(ctx context.Context) (map[int]*redis.ScanCmd, error) {
		pages := make(map[int]*redis.ScanCmd, len(cursors))
		_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for i, cursor := range cursors {
				pages[i] = pipe.ZScan(ctx, s.indexKey(group, i), cursor, "", 1000)
			}
			return nil
		})
		return pages, err
	}, nil)
}
