// The application behind the middleware that the tests start: it tells who it was told had called. With "verify" it puts
// the key on standard input to the client instead.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	keyhold "github.com/keyhold/keyhold/clients/go"
)

func main() {
	if os.Args[1] == "verify" {
		verify()
		return
	}
	cacheFor, err := time.ParseDuration(os.Args[3] + "s")
	exitOn(err)
	protect, err := keyhold.Middleware(keyhold.Options{URL: os.Args[1], Keyspace: os.Args[2], CacheFor: cacheFor})
	exitOn(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	exitOn(err)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	exitOn(http.Serve(listener, protect(http.HandlerFunc(tell))))
}

func tell(writer http.ResponseWriter, request *http.Request) {
	identity, _ := keyhold.FromContext(request.Context())
	if identity.Scopes == nil {
		identity.Scopes = []string{}
	}
	writer.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(writer).Encode(map[string]any{
		"method":       request.Method,
		"key_id":       identity.KeyID,
		"organization": identity.Organization,
		"environment":  identity.Environment,
		"scopes":       identity.Scopes,
		"remembered":   identity.Age > 0,
	})
}

func verify() {
	key, err := io.ReadAll(os.Stdin)
	exitOn(err)
	client := keyhold.Client{URL: os.Getenv("KEYHOLD_URL"), Token: os.Getenv("KEYHOLD_OPERATOR_TOKEN")}
	for _, operation := range []string{"GET /api/messages", "POST /api/messages/send"} {
		answer, err := client.Verify(context.Background(), keyhold.Question{Key: string(key), Operation: operation})
		exitOn(err)
		fmt.Println(answer.Valid, answer.Reason, answer.Organization, answer.Scopes)
	}
	client.Token = "wrong"
	_, err = client.Verify(context.Background(), keyhold.Question{Key: string(key)})
	fmt.Println(err)
}

func exitOn(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
