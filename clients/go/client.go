package keyhold

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Question is what Verify asks. Only Key is required.
type Question struct {
	Key      string `json:"key"`
	Keyspace string `json:"keyspace,omitempty"`
	// Operation such as "POST /api/messages/send": the key must hold a scope that opens it.
	Operation string `json:"operation,omitempty"`
	// Scopes that the key must hold, all of them.
	Scopes   []string `json:"scopes,omitempty"`
	ClientIP string   `json:"client_ip,omitempty"`
	// MinSeq: answer only from a state that has this change, as the "seq" of a mutation names it.
	MinSeq int64 `json:"min_seq,omitempty"`
}

// Verification is the answer. When Valid is false only Reason is set.
type Verification struct {
	Valid bool `json:"valid"`
	// Reason is for you alone: never show it to who presented the key.
	Reason       string     `json:"reason"`
	KeyID        string     `json:"key_id"`
	Keyspace     string     `json:"keyspace"`
	Organization string     `json:"organization"`
	Environment  string     `json:"environment"`
	Scopes       []string   `json:"scopes"`
	Name         string     `json:"name"`
	ExpiresAt    *time.Time `json:"expires_at"`
}

// Client verifies keys over /v1/verify. Nothing is remembered from one call to the next.
type Client struct {
	// URL is where Keyhold answers.
	URL string
	// Token is an operator token with the scope "verify".
	Token string
	// HTTP is the client to ask with; http.DefaultClient when nil.
	HTTP *http.Client
}

// Verify asks whether a key may be used now. An error means that nothing was decided: treat the key as not accepted.
func (client *Client) Verify(ctx context.Context, question Question) (*Verification, error) {
	content, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	target := strings.TrimSuffix(client.URL, "/") + "/v1/verify"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+client.Token)
	request.Header.Set("Content-Type", "application/json")
	asked := client.HTTP
	if asked == nil {
		asked = http.DefaultClient
	}
	response, err := asked.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxDenialBytes))
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		var problem struct {
			Code string `json:"code"`
		}
		_ = json.Unmarshal(body, &problem)
		return nil, fmt.Errorf("keyhold: Keyhold answered %d %s", response.StatusCode, problem.Code)
	}
	var verification Verification
	if err := json.Unmarshal(body, &verification); err != nil {
		return nil, err
	}
	return &verification, nil
}
