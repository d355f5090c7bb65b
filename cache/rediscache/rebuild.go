package rediscache

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey-auth/latchkey/internal/sealed"
)

// rebuild finds the records of a group among all keys, and writes their index.
func (s *Store) rebuild(ctx context.Context, group string) (names []string, err error) {
	s.options.Log.LogAttrs(ctx, slog.LevelInfo, "rediscache: the index is made anew from all keys", slog.String("deployment", s.options.Deployment))
	if names, err = s.scan(ctx, group); err != nil {
		return nil, err
	}
	for chunk := range slices.Chunk(names, 64) {
		if err := s.indexAll(ctx, chunk); err != nil {
			return nil, err
		}
	}
	_, err = call(ctx, s, func(ctx context.Context) ([]redis.Cmder, error) {
		return s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for i := range indexShards {
				pipe.ZAdd(ctx, s.indexKey(group, i), redis.Z{Score: math.Inf(1), Member: whole})
			}
			return nil
		})
	}, nil)
	return names, err
}

// indexAll adds names to the index. That their records have no end is put right by their
// next save; until then List finds out if they have gone.
func (s *Store) indexAll(ctx context.Context, names []string) error {
	_, err := call(ctx, s, func(ctx context.Context) ([]redis.Cmder, error) {
		return s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for _, name := range names {
				pipe.ZAddNX(ctx, s.indexOf(name), redis.Z{Score: math.Inf(1), Member: name})
			}
			return nil
		})
	}, nil)
	return err
}

// scan returns the names of a group's records on all servers.
func (s *Store) scan(ctx context.Context, group string) (names []string, err error) {
	var mu sync.Mutex
	found := map[string]bool{}
	add := func(keys []string) {
		mu.Lock()
		defer mu.Unlock()
		for _, key := range keys {
			name := strings.TrimSuffix(strings.TrimPrefix(key, s.sealer.deployment+":{"), "}:record")
			if sealed.IsName(name) && groupOf(name) == group {
				found[name] = true
			}
		}
	}
	if c, ok := s.client.(*redis.ClusterClient); ok {
		err = c.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error { return s.scanServer(ctx, node, group, add) })
	} else {
		err = s.scanServer(ctx, s.client, group, add)
	}
	if err != nil {
		var known *Error
		if ctx.Err() == nil && !errors.As(err, &known) {
			err = explain(err)
		}
		return nil, err
	}
	for name := range found {
		names = append(names, name)
	}
	return names, nil
}

func (s *Store) scanServer(ctx context.Context, server redis.Cmdable, group string, add func(keys []string)) error {
	type page struct {
		keys   []string
		cursor uint64
	}
	for cursor := uint64(0); ; {
		p, err := call(ctx, s, func(ctx context.Context) (page, error) {
			keys, next, err := server.Scan(ctx, cursor, s.recordKey(group+"-*"), 1000).Result()
			return page{keys, next}, err
		}, nil)
		if err != nil {
			return err
		}
		add(p.keys)
		if cursor = p.cursor; cursor == 0 {
			return nil
		}
	}
}
