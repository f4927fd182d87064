package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/hyperledger/fabric-chaincode-go/v2/pkg/cid"
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	pb "github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
)

const everything = math.MaxInt

// A family of operations; `unknown` for a name that is not its own.
type family func(shim.ChaincodeStubInterface, string, operation) (any, error)

var unknown = errors.New("unknown operation")

func families() []family {
	return []family{keys, scans, composites, rights, secrets, secretScans, surroundings, endings}
}

func all(stub shim.ChaincodeStubInterface, operations []operation) ([]any, error) {
	answers := []any{}
	for i, operation := range operations {
		answer, err := one(stub, operation)
		if err != nil {
			return nil, fmt.Errorf("op %d: %s: %w", i, operation.text(0), err)
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

func one(stub shim.ChaincodeStubInterface, o operation) (any, error) {
	for _, family := range families() {
		answer, err := family(stub, o.text(0), o)
		if !errors.Is(err, unknown) {
			return answer, err
		}
	}
	return nil, unknown
}

func keys(stub shim.ChaincodeStubInterface, name string, o operation) (any, error) {
	switch name {
	case "put":
		return done(stub.PutState(o.text(1), o.value(2)))
	case "get":
		return result(stub.GetState(o.text(1)))
	case "del":
		return done(stub.DelState(o.text(1)))
	case "getmulti":
		return results(stub.GetMultipleStates(o.texts(1)...))
	case "batch":
		stub.StartWriteBatch()
		answers, err := all(stub, o.inner(1))
		if err != nil {
			return nil, err
		}
		return answers, stub.FinishWriteBatch()
	case "copy":
		value, err := stub.GetState(o.text(1))
		if err != nil {
			return nil, err
		}
		if err := stub.PutState(o.text(2), value); err != nil {
			return nil, err
		}
		return result(value, nil)
	case "add":
		value, err := stub.GetState(o.text(1))
		if err != nil {
			return nil, err
		}
		number, _ := strconv.Atoi(string(value))
		number += int(o.number(2))
		return number, stub.PutState(o.text(1), []byte(strconv.Itoa(number)))
	}
	return nil, unknown
}

func scans(stub shim.ChaincodeStubInterface, name string, o operation) (any, error) {
	switch name {
	case "range":
		query, err := stub.GetStateByRange(o.text(1), o.text(2))
		return rows(query, err, everything)
	case "rangen":
		query, err := stub.GetStateByRange(o.text(1), o.text(2))
		return rows(query, err, int(o.number(3)))
	case "rangepage":
		return page(stub.GetStateByRangeWithPagination(o.text(1), o.text(2), o.number(3), o.text(4)))
	case "rangedel":
		return deleteRange(stub, o.text(1), o.text(2))
	case "rich":
		query, err := stub.GetQueryResult(o.text(1))
		return rows(query, err, everything)
	case "richpage":
		return page(stub.GetQueryResultWithPagination(o.text(1), o.number(2), o.text(3)))
	case "history":
		return history(stub, o.text(1))
	}
	return nil, unknown
}

func deleteRange(stub shim.ChaincodeStubInterface, start, end string) (any, error) {
	query, err := stub.GetStateByRange(start, end)
	if err != nil {
		return nil, err
	}
	defer query.Close()
	var found []string
	for query.HasNext() {
		row, err := query.Next()
		if err != nil {
			return nil, err
		}
		found = append(found, row.Key)
	}
	for _, key := range found {
		if err := stub.DelState(key); err != nil {
			return nil, err
		}
	}
	return len(found), nil
}

func history(stub shim.ChaincodeStubInterface, key string) (any, error) {
	query, err := stub.GetHistoryForKey(key)
	if err != nil {
		return nil, err
	}
	defer query.Close()
	changes := []any{}
	for query.HasNext() {
		change, err := query.Next()
		if err != nil {
			return nil, err
		}
		value, _ := result(change.Value, nil)
		at := change.Timestamp
		changes = append(changes, []any{change.TxId, value, change.IsDelete, at.GetSeconds(), at.GetNanos()})
	}
	return changes, nil
}

func composites(stub shim.ChaincodeStubInterface, name string, o operation) (any, error) {
	switch name {
	case "ckrange":
		query, err := stub.GetStateByPartialCompositeKey(o.text(1), o.texts(2))
		return rows(query, err, everything)
	case "ckpage":
		return page(stub.GetStateByPartialCompositeKeyWithPagination(o.text(1), o.texts(2), o.number(3), o.text(4)))
	case "ckput", "ckget", "ckdel":
	default:
		return nil, unknown
	}
	key, err := stub.CreateCompositeKey(o.text(1), o.texts(2))
	if err != nil {
		return nil, err
	}
	switch name {
	case "ckput":
		return done(stub.PutState(key, o.value(3)))
	case "ckget":
		return result(stub.GetState(key))
	}
	return done(stub.DelState(key))
}

func rights(stub shim.ChaincodeStubInterface, name string, o operation) (any, error) {
	switch name {
	case "setep":
		return done(stub.SetStateValidationParameter(o.text(1), o.value(2)))
	case "getep":
		return result(stub.GetStateValidationParameter(o.text(1)))
	case "setpvtep":
		return done(stub.SetPrivateDataValidationParameter(o.text(1), o.text(2), o.value(3)))
	case "getpvtep":
		return result(stub.GetPrivateDataValidationParameter(o.text(1), o.text(2)))
	}
	return nil, unknown
}

func secrets(stub shim.ChaincodeStubInterface, name string, o operation) (any, error) {
	switch name {
	case "putpvt":
		return done(stub.PutPrivateData(o.text(1), o.text(2), o.value(3)))
	case "putpvtt":
		transient, err := stub.GetTransient()
		if err != nil {
			return nil, err
		}
		return done(stub.PutPrivateData(o.text(1), o.text(2), transient[o.text(3)]))
	case "delpvt":
		return done(stub.DelPrivateData(o.text(1), o.text(2)))
	case "purge":
		return done(stub.PurgePrivateData(o.text(1), o.text(2)))
	case "getpvt":
		return result(stub.GetPrivateData(o.text(1), o.text(2)))
	case "gethash":
		return result(stub.GetPrivateDataHash(o.text(1), o.text(2)))
	case "getpvtmulti":
		return results(stub.GetMultiplePrivateData(o.text(1), o.texts(2)...))
	case "pvtckput":
		key, err := stub.CreateCompositeKey(o.text(2), o.texts(3))
		if err != nil {
			return nil, err
		}
		return done(stub.PutPrivateData(o.text(1), key, o.value(4)))
	}
	return nil, unknown
}

func secretScans(stub shim.ChaincodeStubInterface, name string, o operation) (any, error) {
	var query shim.StateQueryIteratorInterface
	var err error
	switch name {
	case "pvtrange":
		query, err = stub.GetPrivateDataByRange(o.text(1), o.text(2), o.text(3))
	case "pvtckrange":
		query, err = stub.GetPrivateDataByPartialCompositeKey(o.text(1), o.text(2), o.texts(3))
	case "pvtrich":
		query, err = stub.GetPrivateDataQueryResult(o.text(1), o.text(2))
	default:
		return nil, unknown
	}
	return rows(query, err, everything)
}

func surroundings(stub shim.ChaincodeStubInterface, name string, o operation) (any, error) {
	switch name {
	case "event":
		return done(stub.SetEvent(o.text(1), o.value(2)))
	case "invoke":
		answer := stub.InvokeChaincode(o.text(1), o.values(3), o.text(2))
		payload, _ := result(answer.GetPayload(), nil)
		return []any{answer.GetStatus(), answer.GetMessage(), payload}, nil
	case "transient":
		transient, err := stub.GetTransient()
		return result(transient[o.text(1)], err)
	case "creator":
		return creator(stub)
	case "attr":
		value, found, err := cid.GetAttributeValue(stub, o.text(1))
		if err != nil || !found {
			return nil, err
		}
		return value, nil
	case "txid":
		return stub.GetTxID(), nil
	case "channel":
		return stub.GetChannelID(), nil
	case "ts":
		at, err := stub.GetTxTimestamp()
		return []any{at.GetSeconds(), at.GetNanos()}, err
	case "binding":
		return result(stub.GetBinding())
	}
	return nil, unknown
}

func creator(stub shim.ChaincodeStubInterface) (any, error) {
	serialized, err := stub.GetCreator()
	if err != nil {
		return nil, err
	}
	identity := &msp.SerializedIdentity{}
	if err := proto.Unmarshal(serialized, identity); err != nil {
		return nil, err
	}
	hash := sha256.Sum256(identity.GetIdBytes())
	return []any{identity.GetMspid(), hex.EncodeToString(hash[:])}, nil
}

func endings(_ shim.ChaincodeStubInterface, name string, o operation) (any, error) {
	switch name {
	case "fail":
		return nil, &ending{shim.Error(o.text(1))}
	case "return":
		response := &pb.Response{Status: o.number(1), Message: o.text(2), Payload: o.value(3)}
		return nil, &ending{response}
	}
	return nil, unknown
}
