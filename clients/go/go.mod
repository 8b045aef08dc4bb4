module github.com/keyhold/keyhold/clients/go

go 1.19
