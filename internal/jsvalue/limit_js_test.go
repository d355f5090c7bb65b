package jsvalue_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

func TestWithin(t *testing.T) {
	cause := errors.New("too late")
	early, cancel := context.WithCancel(context.Background())
	cancel()
	parent, cancelParent := context.WithCancel(context.Background())
	defer cancelParent()
	long, stop := jsvalue.Within(context.Background(), time.Hour, errors.New("never"))
	defer stop()
	for _, tt := range []struct {
		name  string
		ctx   context.Context
		limit time.Duration
		want  error // the cause
		err   error
	}{
		{"at once", context.Background(), 0, cause, context.Canceled},
		{"after a while", context.Background(), time.Millisecond, cause, context.Canceled},
		{"below another", parent, time.Millisecond, cause, context.DeadlineExceeded},
		{"below one that has ended", early, time.Hour, context.Canceled, context.Canceled},
	} {
		ctx, stop := jsvalue.Within(tt.ctx, tt.limit, cause)
		child, cancel := context.WithCancel(ctx)
		<-child.Done()
		if got := context.Cause(ctx); !errors.Is(got, tt.want) || !errors.Is(ctx.Err(), tt.err) {
			t.Errorf("%s: %v because of %v", tt.name, ctx.Err(), got)
		}
		cancel()
		stop()
	}
	if long.Err() != nil {
		t.Error("it ends before its time")
	}
	if again, stop := jsvalue.Within(long, time.Millisecond, cause); again != long {
		t.Error("a limit below a limit")
	} else {
		stop()
	}
	stopped, stop := jsvalue.Within(context.Background(), 0, cause)
	stop()
	later, stop := jsvalue.Within(context.Background(), 0, cause)
	<-later.Done()
	stop()
	if stopped.Err() != nil {
		t.Error("it ends although its clock was stopped")
	}
}
