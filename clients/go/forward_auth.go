// Package keyhold checks API keys with Keyhold: a middleware for net/http that asks forward-auth, and a client over
// /v1/verify.
package keyhold

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Options of a Middleware. URL and Keyspace are required.
type Options struct {
	// URL is where Keyhold answers, such as "http://127.0.0.1:8080". It must know this machine: loopback, or in its
	// trusted_proxies.
	URL      string
	Keyspace string
	// CredentialHeader is where the keyspace's keys stand; "Authorization" when empty.
	CredentialHeader string
	// Timeout of one question; 2 s when 0.
	Timeout time.Duration
	// CacheFor is how long an acceptance is remembered. With more than 0 a revoked key goes on being accepted for up to
	// that long: the promise that a revocation is instant is given up for speed. Denials are never remembered.
	CacheFor time.Duration
	// ClientAddress tells where a request comes from, for keys limited to networks; the peer's own address when nil.
	ClientAddress func(*http.Request) string
	// Logf gets a line when Keyhold could not decide; log.Printf when nil.
	Logf func(format string, arguments ...any)
}

const maxDenialBytes = 1 << 20

type denial struct {
	status int
	header http.Header
	body   []byte
}

var unavailable = denial{
	status: http.StatusServiceUnavailable,
	header: http.Header{
		"Retry-After":   {"1"},
		"Cache-Control": {"no-store"},
		"Content-Type":  {"application/problem+json"},
	},
	body: []byte(`{"type":"urn:keyhold:problem:unavailable","title":"Service unavailable","status":503,"code":"unavailable"}`),
}

// Middleware lets through only requests with a good key; the handler finds the Identity with FromContext. Any other
// request gets Keyhold's own denial, byte for byte, or 503 when Keyhold cannot be asked.
func Middleware(options Options) (func(http.Handler) http.Handler, error) {
	asker, err := newForwardAuth(options)
	if err != nil {
		return nil, err
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
			identity, refusal := asker.decide(request)
			if refusal != nil {
				refusal.write(writer)
				return
			}
			next.ServeHTTP(writer, request.WithContext(context.WithValue(request.Context(), identityKey{}, *identity)))
		})
	}, nil
}

func (refusal *denial) write(writer http.ResponseWriter) {
	for name, values := range refusal.header {
		writer.Header()[name] = values
	}
	writer.Header().Set("Content-Length", strconv.Itoa(len(refusal.body)))
	writer.WriteHeader(refusal.status)
	_, _ = writer.Write(refusal.body)
}

type forwardAuth struct {
	endpoint         string
	credentialHeader string
	clientAddress    func(*http.Request) string
	client           *http.Client
	cache            *acceptedCache
	logf             func(string, ...any)
}

func newForwardAuth(options Options) (*forwardAuth, error) {
	base, err := url.Parse(options.URL)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, fmt.Errorf("keyhold: %q is no http or https address; give one such as http://127.0.0.1:8080", options.URL)
	}
	if options.Keyspace == "" {
		return nil, fmt.Errorf("keyhold: Keyspace is empty; name the one whose keys are checked")
	}
	asker := &forwardAuth{
		endpoint:         strings.TrimSuffix(options.URL, "/") + "/v1/authorize/" + url.PathEscape(options.Keyspace),
		credentialHeader: http.CanonicalHeaderKey(options.CredentialHeader),
		clientAddress:    options.ClientAddress,
		cache:            newAcceptedCache(options.CacheFor),
		logf:             options.Logf,
	}
	if asker.credentialHeader == "" {
		asker.credentialHeader = "Authorization"
	}
	if asker.clientAddress == nil {
		asker.clientAddress = peerAddress
	}
	if asker.logf == nil {
		asker.logf = log.Printf
	}
	timeout := options.Timeout
	if timeout == 0 {
		timeout = 2 * time.Second
	}
	asker.client = &http.Client{
		Timeout: timeout,
		// No proxy: the question holds a key.
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
	return asker, nil
}

func peerAddress(request *http.Request) string {
	host, _, err := net.SplitHostPort(request.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

// decide returns either an identity or a denial.
func (asker *forwardAuth) decide(request *http.Request) (*Identity, *denial) {
	credentials := request.Header.Values(asker.credentialHeader)
	address := asker.clientAddress(request)
	path, _, _ := strings.Cut(request.RequestURI, "?")
	question := fingerprint(request.Method, path, address, credentials)
	if identity := asker.cache.find(question); identity != nil {
		return identity, nil
	}
	askedAt := time.Now()
	response, body, err := asker.ask(request, credentials, address)
	if err != nil {
		// A client that went away while its question was on its way is no failure of Keyhold's.
		if request.Context().Err() == nil {
			asker.logf("keyhold: Keyhold could not be asked; the request got 503: %v", err)
		}
		return nil, &unavailable
	}
	switch response.StatusCode {
	case http.StatusOK:
		identity := Identity{
			KeyID:        response.Header.Get("Keyhold-Key-Id"),
			Organization: response.Header.Get("Keyhold-Organization"),
			Environment:  response.Header.Get("Keyhold-Environment"),
			Scopes:       strings.Fields(response.Header.Get("Keyhold-Scopes")),
		}
		asker.cache.store(question, identity, askedAt)
		return &identity, nil
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusServiceUnavailable:
		header := response.Header.Clone()
		for _, name := range []string{"Connection", "Keep-Alive", "Transfer-Encoding", "Date", "Content-Length"} {
			header.Del(name)
		}
		return nil, &denial{response.StatusCode, header, body}
	default:
		asker.logf(
			"keyhold: Keyhold answered %d: check the keyspace, and that this machine is loopback or in its trusted_proxies",
			response.StatusCode,
		)
		return nil, &unavailable
	}
}

func (asker *forwardAuth) ask(request *http.Request, credentials []string, address string) (*http.Response, []byte, error) {
	question, err := http.NewRequestWithContext(request.Context(), http.MethodGet, asker.endpoint, nil)
	if err != nil {
		return nil, nil, err
	}
	question.Header[asker.credentialHeader] = credentials
	question.Header.Set("X-Original-Method", request.Method)
	question.Header.Set("X-Original-URI", request.RequestURI)
	if address != "" {
		question.Header.Set("X-Forwarded-For", address)
	}
	response, err := asker.client.Do(question)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxDenialBytes))
	return response, body, err
}
