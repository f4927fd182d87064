// The `script` chaincode on Fabric's own shim for Go: its argument is a list of operations.
package main

import (
	"encoding/json"
	"errors"
	"log"
	"os"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	pb "github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

type script struct{}

func (s script) Init(stub shim.ChaincodeStubInterface) *pb.Response {
	return s.Invoke(stub)
}

func (script) Invoke(stub shim.ChaincodeStubInterface) *pb.Response {
	args := stub.GetArgs()
	if len(args) < 2 {
		return shim.Success([]byte("[]"))
	}
	var operations []operation
	if err := json.Unmarshal(args[1], &operations); err != nil {
		return shim.Error(err.Error())
	}
	results, err := all(stub, operations)
	var ended *ending
	if errors.As(err, &ended) {
		return ended.response
	}
	if err != nil {
		return shim.Error(err.Error())
	}
	payload, err := json.Marshal(results)
	if err != nil {
		return shim.Error(err.Error())
	}
	return shim.Success(payload)
}

// Dials the peer; or, where the environment says so, is dialled.
func main() {
	var err error
	if address := os.Getenv("CHAINCODE_SERVER_ADDRESS"); address != "" {
		server := &shim.ChaincodeServer{
			CCID:     os.Getenv("CHAINCODE_ID"),
			Address:  address,
			CC:       script{},
			TLSProps: shim.TLSProperties{Disabled: true},
		}
		err = server.Start()
	} else {
		err = shim.Start(script{})
	}
	if err != nil {
		log.Fatal(err)
	}
}
