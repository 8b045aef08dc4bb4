package keyhold

import (
	"crypto/sha256"
	"strings"
	"sync"
	"time"
)

const maxCacheEntries = 10_000

// acceptedCache remembers acceptances for a while. Denials are asked for again each time, so that a new key works at once.
type acceptedCache struct {
	keepFor time.Duration
	mutex   sync.Mutex
	entries map[[sha256.Size]byte]cachedIdentity
}

type cachedIdentity struct {
	identity Identity
	askedAt  time.Time
}

func newAcceptedCache(keepFor time.Duration) *acceptedCache {
	return &acceptedCache{keepFor: keepFor, entries: map[[sha256.Size]byte]cachedIdentity{}}
}

func (cache *acceptedCache) find(question [sha256.Size]byte) *Identity {
	if cache.keepFor <= 0 {
		return nil
	}
	cache.mutex.Lock()
	defer cache.mutex.Unlock()
	entry, ok := cache.entries[question]
	if !ok {
		return nil
	}
	age := time.Since(entry.askedAt)
	if age >= cache.keepFor {
		delete(cache.entries, question)
		return nil
	}
	identity := entry.identity
	identity.Age = age
	return &identity
}

// store keeps an answer from the moment at which the question was sent.
func (cache *acceptedCache) store(question [sha256.Size]byte, identity Identity, askedAt time.Time) {
	if cache.keepFor <= 0 {
		return
	}
	cache.mutex.Lock()
	defer cache.mutex.Unlock()
	if len(cache.entries) >= maxCacheEntries {
		// Any one will do: what is dropped is asked about again.
		for other := range cache.entries {
			delete(cache.entries, other)
			break
		}
	}
	cache.entries[question] = cachedIdentity{identity, askedAt}
}

// fingerprint is a question as a hash, so that a cache holds no key. The query decides nothing and is not part of it.
func fingerprint(method, path, address string, credentials []string) [sha256.Size]byte {
	parts := append([]string{method, path, address}, credentials...)
	return sha256.Sum256([]byte(strings.Join(parts, "\n")))
}
