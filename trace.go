package latchkey

import (
	"context"
	"time"
)

// A Trace is told what a client does, in the manner of net/http/httptrace. Nil hooks
// are left out. Hooks may run on any goroutine, several at a time, and should return
// soon: the caller may be waiting. The context is that of the call that caused the
// event. No hook is given a secret.
type Trace struct {
	// CacheHit: a token came from the cache.
	CacheHit func(ctx context.Context, e Event)
	// CacheMiss: the cache has no token that will do; Reason says why.
	CacheMiss func(ctx context.Context, e Event)
	// FlightJoined: the call waits for a request that another call has started.
	FlightJoined func(ctx context.Context, e Event)
	// RequestSent: a request was sent and answered, or failed; Endpoint, Status, Elapsed and Err tell.
	RequestSent func(ctx context.Context, e Event)
	// StoreCalled: Config.Cache was asked for something that may have waited for a disk or a
	// network; Operation, Elapsed and Err tell. Not in a page.
	StoreCalled func(ctx context.Context, e Event)
	// Renewed: the authority issued a token in place of one in the cache.
	Renewed func(ctx context.Context, e Event)
	// RenewalFailed: it did not; Err says why. A token that is still valid stays in use.
	RenewalFailed func(ctx context.Context, e Event)
	// InteractionAwaited: another process that shares Config.Cache asks the user for the same
	// already, and the call waits for that; Holder says who it is. To wait no longer, end the
	// context of the call.
	InteractionAwaited func(ctx context.Context, e Event)
	// InteractionStarted: the user is about to be asked.
	InteractionStarted func(ctx context.Context, e Event)
	// InteractionFinished: the user has answered, or Err says why not.
	InteractionFinished func(ctx context.Context, e Event)
}

// An Event is what a [Trace] is told. Fields that do not apply are zero.
type Event struct {
	// ClientID is the client's id.
	ClientID string
	// Account is the HomeAccountID of the user.
	Account string
	// Scopes are those of the request, separated by spaces.
	Scopes string
	// Reason is why the cache would not do, in the words of [Source.Reason].
	Reason string
	// Holder is the Config.Program of the process that is waited for; empty if it has none.
	Holder string
	// Operation is what Config.Cache was asked for: "load", "save", "remove", "lock" or "list";
	// "conflict" is a save or a removal that found another version.
	Operation string
	// Grant is the grant type of the request.
	Grant string
	// Method, Host and Path say where a request went; its query is left out.
	Method, Host, Path string
	// Status is the HTTP status; zero if there was no answer.
	Status int
	// CorrelationID is the id that the request carried.
	CorrelationID string
	// Elapsed is how long it took.
	Elapsed time.Duration
	// Err is why it failed; nil if it did not.
	Err error
}

func fire(ctx context.Context, hook func(context.Context, Event), e Event) {
	if hook != nil {
		hook(ctx, e)
	}
}
