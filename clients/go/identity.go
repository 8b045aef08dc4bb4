package keyhold

import (
	"context"
	"time"
)

// Identity says who called: the key that was accepted.
type Identity struct {
	KeyID        string
	Organization string
	// Environment is empty where the keyspace has none.
	Environment string
	Scopes      []string
	// Age is how long ago Keyhold said so. It is 0 unless a cache was asked for; a key revoked since then is accepted
	// all the same.
	Age time.Duration
}

type identityKey struct{}

// FromContext returns the identity of the request that a Middleware let through.
func FromContext(ctx context.Context) (Identity, bool) {
	identity, ok := ctx.Value(identityKey{}).(Identity)
	return identity, ok
}
