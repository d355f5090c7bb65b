//go:build gopherjs

package context

func contextName(Context) string { return "context" }

// WithValue is context.WithValue for keys that are comparable.
func WithValue(parent Context, key, val any) Context {
	if parent == nil {
		panic("cannot create context from nil parent")
	}
	if key == nil {
		panic("nil key")
	}
	return &valueCtx{parent, key, val}
}

func (c *valueCtx) String() string { return "context.WithValue" }
