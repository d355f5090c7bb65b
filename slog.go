//go:build !js

package latchkey

import (
	"context"
	"log/slog"
)

// SlogTrace returns a [Trace] that logs to l: failed renewals at level warn, renewals
// and interactions at info, the rest at debug. Nil: [slog.Default].
func SlogTrace(l *slog.Logger) *Trace {
	if l == nil {
		l = slog.Default()
	}
	log := func(level slog.Level, message string) func(context.Context, Event) {
		return func(ctx context.Context, e Event) {
			if l.Enabled(ctx, level) {
				l.LogAttrs(ctx, level, message, attributes(e)...)
			}
		}
	}
	return &Trace{
		CacheHit:            log(slog.LevelDebug, "token from the cache"),
		CacheMiss:           log(slog.LevelDebug, "no token in the cache"),
		FlightJoined:        log(slog.LevelDebug, "waiting for a running request"),
		RequestSent:         log(slog.LevelDebug, "request sent"),
		StoreCalled:         log(slog.LevelDebug, "cache asked"),
		Renewed:             log(slog.LevelInfo, "token renewed"),
		RenewalFailed:       log(slog.LevelWarn, "token not renewed"),
		InteractionAwaited:  log(slog.LevelInfo, "waiting for another process that asks the user"),
		InteractionStarted:  log(slog.LevelInfo, "asking the user"),
		InteractionFinished: log(slog.LevelInfo, "the user has answered"),
	}
}

func attributes(e Event) []slog.Attr {
	all := []slog.Attr{
		slog.String("client_id", e.ClientID),
		slog.String("account", e.Account),
		slog.String("scopes", e.Scopes),
		slog.String("reason", e.Reason),
		slog.String("holder", e.Holder),
		slog.String("operation", e.Operation),
		slog.String("grant", e.Grant),
		slog.String("method", e.Method),
		slog.String("host", e.Host),
		slog.String("path", e.Path),
		slog.String("correlation_id", e.CorrelationID),
	}
	given := all[:0]
	for _, a := range all {
		if a.Value.String() != "" {
			given = append(given, a)
		}
	}
	if e.Status != 0 {
		given = append(given, slog.Int("status", e.Status))
	}
	if e.Elapsed != 0 {
		given = append(given, slog.Duration("elapsed", e.Elapsed))
	}
	if e.Err != nil {
		given = append(given, slog.String("error", e.Err.Error()))
	}
	return given
}
