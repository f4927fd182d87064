use greeter::CHAINCODE;
use selvedge_testkit::on_every_runtime;

#[test]
fn a_greeting_is_kept() {
    // Natively, then as a component.
    on_every_runtime(CHAINCODE, |network, greeter| {
        let ann = network.client("Org1MSP", "ann");
        let greeted = greeter.submit(&ann, "Greet", ("ann", "hello"));
        assert_eq!(greeted.rwset(), "greeter\n  write ann = \"hello\"\n");
        assert_eq!(greeter.call(&ann, "Greeting", ("ann",)).text(), "hello");
        assert_eq!(greeter.call(&ann, "Greeting", ("bob",)).text(), "");
    });
}
