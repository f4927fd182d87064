package main

import (
	"encoding/hex"
	"fmt"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	pb "github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

// A name and its arguments, as JSON has them.
type operation []any

func (o operation) text(at int) string {
	text, _ := o.at(at).(string)
	return text
}

func (o operation) number(at int) int32 {
	number, _ := o.at(at).(float64)
	return int32(number)
}

func (o operation) texts(at int) []string {
	list, _ := o.at(at).([]any)
	texts := make([]string, len(list))
	for i, each := range list {
		texts[i], _ = each.(string)
	}
	return texts
}

func (o operation) inner(at int) []operation {
	list, _ := o.at(at).([]any)
	inner := make([]operation, len(list))
	for i, each := range list {
		inner[i], _ = each.([]any)
	}
	return inner
}

func (o operation) values(at int) [][]byte {
	list, _ := o.at(at).([]any)
	values := make([][]byte, len(list))
	for i := range list {
		values[i] = operation(list).value(i)
	}
	return values
}

// Text, or {"hex": …}.
func (o operation) value(at int) []byte {
	switch value := o.at(at).(type) {
	case string:
		return []byte(value)
	case map[string]any:
		text, _ := value["hex"].(string)
		bytes, _ := hex.DecodeString(text)
		return bytes
	}
	return nil
}

func (o operation) at(at int) any {
	if at < len(o) {
		return o[at]
	}
	return nil
}

// Of what may not be there.
func result(value []byte, err error) (any, error) {
	if err != nil || len(value) == 0 {
		return nil, err
	}
	return hex.EncodeToString(value), nil
}

func results(values [][]byte, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	all := make([]any, len(values))
	for i, value := range values {
		all[i], _ = result(value, nil)
	}
	return all, nil
}

func done(err error) (any, error) {
	return "ok", err
}

// At most `most` rows.
func rows(query shim.StateQueryIteratorInterface, err error, most int) (any, error) {
	if err != nil {
		return nil, err
	}
	defer query.Close()
	rows := []any{}
	for len(rows) < most && query.HasNext() {
		row, err := query.Next()
		if err != nil {
			return nil, err
		}
		rows = append(rows, []any{hex.EncodeToString([]byte(row.Key)), hex.EncodeToString(row.Value)})
	}
	return rows, nil
}

func page(query shim.StateQueryIteratorInterface, metadata *pb.QueryResponseMetadata, err error) (any, error) {
	rows, err := rows(query, err, everything)
	if err != nil {
		return nil, err
	}
	return []any{rows, metadata.GetFetchedRecordsCount(), hex.EncodeToString([]byte(metadata.GetBookmark()))}, nil
}

// An operation that ends the script with an answer of its own.
type ending struct {
	response *pb.Response
}

func (e *ending) Error() string {
	return fmt.Sprintf("ended with %d", e.response.GetStatus())
}
