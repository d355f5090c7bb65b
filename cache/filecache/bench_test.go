package filecache

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
)

// record is as long as that of a user with two access tokens.
var record = strings.Repeat("x", 6<<10)

func benchmarkStore(b *testing.B, users int) (*Store, []string) {
	b.Helper()
	s := openStore(b, filepath.Join(b.TempDir(), "cache"), KeyFileBeside())
	s.folder.disk = unsynced{s.folder.disk} // only while it is filled
	versions := make([]string, users)
	for i := range versions {
		versions[i] = save(b, s, user(fmt.Sprint("user", i)), record, "")
	}
	s.folder.disk = s.folder.disk.(unsynced).disk
	return s, versions
}

// unsynced does not wait for the disk.
type unsynced struct{ disk }

func (unsynced) sync() error { return nil }

func (u unsynced) make(name string) (file, error) {
	f, err := u.disk.make(name)
	return unsyncedFile{f}, err
}

type unsyncedFile struct{ file }

func (unsyncedFile) Sync() error { return nil }

// BenchmarkFresh is what a hit through the layer in the process costs beside a hit in memory.
func BenchmarkFresh(b *testing.B) {
	for _, users := range []int{1, 10_000} {
		b.Run(fmt.Sprint(users), func(b *testing.B) {
			s, versions := benchmarkStore(b, users)
			partitions := make([]cache.Partition, users)
			for i := range partitions {
				partitions[i] = user(fmt.Sprint("user", i))
			}
			i, ctx := 0, context.Background()
			b.ReportAllocs()
			for b.Loop() {
				i = (i + 7919) % users
				if fresh, err := s.Fresh(ctx, partitions[i], versions[i]); !fresh {
					b.Fatal(fresh, err)
				}
			}
		})
	}
}

// BenchmarkLoad is a cold load of one user.
func BenchmarkLoad(b *testing.B) {
	for _, users := range []int{1, 10_000} {
		b.Run(fmt.Sprint(users), func(b *testing.B) {
			s, _ := benchmarkStore(b, users)
			i, ctx := 0, context.Background()
			b.ReportAllocs()
			for b.Loop() {
				i = (i + 7919) % users
				if e, err := s.Load(ctx, user(fmt.Sprint("user", i))); len(e.Data) == 0 {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOpenAndLoad is what a command pays for one user among many, without the key's tier.
func BenchmarkOpenAndLoad(b *testing.B) {
	s, _ := benchmarkStore(b, 10_000)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		again, err := Open(ctx, s.Dir(), Auto())
		if err != nil {
			b.Fatal(err)
		}
		if e, err := again.Load(ctx, user("user77")); len(e.Data) == 0 {
			b.Fatal(err)
		}
		again.Close()
	}
}
