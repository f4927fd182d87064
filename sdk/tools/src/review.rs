use crate::{Advice, Contract, Interface, Object, Shape, Transaction};
use std::collections::BTreeSet;

/// What the interface tells of values that differ between languages, and of work without a bound.
pub fn review(interface: &Interface) -> Vec<Advice> {
    let mut advice = Vec::new();
    for (name, object) in &interface.objects {
        floats_of_object(name, object, &mut advice);
    }
    for contract in &interface.contracts {
        for (event, shape) in &contract.events {
            floats(
                &format!("the event {event}"),
                "its payload",
                shape,
                &mut advice,
            );
        }
        for transaction in &contract.transactions {
            of_transaction(interface, contract, transaction, &mut advice);
        }
    }
    advice
}

fn of_transaction(
    interface: &Interface,
    contract: &Contract,
    transaction: &Transaction,
    advice: &mut Vec<Advice>,
) {
    let about = contract.call_name(transaction);
    floats(&about, "its result", &transaction.returns, advice);
    for parameter in &transaction.parameters {
        let name = format!("its argument {}", parameter.name);
        floats(&about, &name, &parameter.shape, advice);
        if parameter.shape == Shape::Any {
            advice.push(Advice {
                about: about.clone(),
                finding: format!(
                    "{name} is any JSON: clients learn nothing of it, and nothing of it is checked"
                ),
                mend: "take a struct with #[derive(Schema)]".to_owned(),
            });
        }
        if let (true, Some(what)) = (transaction.submit, any_length(interface, &parameter.shape)) {
            advice.push(Advice {
                about: about.clone(),
                finding: format!(
                    "{name} {what} of any length: what is read and written for each element grows with it, up to the \
                     peer's limits"
                ),
                mend: "refuse more elements than one transaction is meant for".to_owned(),
            });
        }
    }
    let pages = transaction.parameters.iter().any(is_page);
    if let (false, Some(_)) = (pages, any_length(interface, &transaction.returns)) {
        advice.push(Advice {
            about,
            finding:
                "its result is of any length, and it takes no page: the answer grows with the state"
                    .to_owned(),
            mend: "take a Page and answer a PageOf, or a range whose length the client gives"
                .to_owned(),
        });
    }
}

/// The SDK's own, or what the samples call the two halves of one.
fn is_page(parameter: &crate::Parameter) -> bool {
    let name = parameter.name.to_lowercase();
    matches!(&parameter.shape, Shape::Named(object) if object == "Page")
        || name == "pagesize"
        || name == "bookmark"
        || name == "limit"
}

/// Whether values of the shape can be of any length, texts and bytes aside: in words, after "is" or "has".
fn any_length(interface: &Interface, shape: &Shape) -> Option<&'static str> {
    fn look<'i>(
        interface: &'i Interface,
        shape: &'i Shape,
        seen: &mut BTreeSet<&'i str>,
    ) -> Option<&'static str> {
        match shape {
            Shape::List(_) => Some("is a list"),
            Shape::Map(_) => Some("is a map"),
            Shape::Named(name) if seen.insert(name) => {
                let fields = interface.objects.get(name)?.fields.values();
                let mut inside = fields.filter_map(|field| look(interface, &field.shape, seen));
                inside.next().map(|_| "has a list")
            }
            _ => None,
        }
    }
    look(interface, shape, &mut BTreeSet::new())
}

fn floats_of_object(name: &str, object: &Object, advice: &mut Vec<Advice>) {
    for (field, known) in &object.fields {
        let what = format!("its field {field}");
        floats(&format!("the object {name}"), &what, &known.shape, advice);
    }
}

/// Named objects are looked at by themselves.
fn floats(about: &str, what: &str, shape: &Shape, advice: &mut Vec<Advice>) {
    match shape {
        Shape::Number => advice.push(Advice {
            about: about.to_owned(),
            finding: format!(
                "{what} is a floating-point number: languages print the same one differently, and sums depend on their \
                 order"
            ),
            mend: "use a whole number of the smallest unit, or a decimal as text".to_owned(),
        }),
        Shape::List(inner) | Shape::Map(inner) => floats(about, what, inner, advice),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review_of(transactions: &str, schemas: &str) -> Vec<String> {
        let metadata = format!(
            r#"{{"contracts":{{"C":{{"name":"C","default":true,"transactions":[{transactions}],
                "x-events":[{{"name":"Sold","schema":{{"type":"number"}}}}]}}}},
                "components":{{"schemas":{{{schemas}}}}}}}"#
        );
        let interface = Interface::parse(metadata.as_bytes()).unwrap();
        let advice = review(&interface).into_iter();
        advice
            .filter(|advice| advice.about != "the event Sold")
            .map(|advice| format!("{}: {}", advice.about, advice.finding))
            .collect()
    }

    fn starts(found: &[String], expected: &[&str]) {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}");
        }
    }

    #[test]
    fn floats_are_found_wherever_they_are() {
        let found = review_of(
            r##"{"name":"Sell","tag":["submit"],"parameters":[{"name":"price","schema":{"type":"number"}}],
                "returns":{"$ref":"#/components/schemas/Sale"}}"##,
            r#""Sale":{"type":"object","properties":{"rates":{"type":"array","items":{"type":"number"}}}}"#,
        );
        starts(
            &found,
            &[
                "the object Sale: its field rates is a floating-point number",
                "Sell: its argument price is a floating-point number",
                "Sell: its result is of any length",
            ],
        );
    }

    #[test]
    fn what_has_no_bound_is_named() {
        let list = r#"{"type":"array","items":{"type":"string"}}"#;
        let found = review_of(
            &format!(
                r##"{{"name":"All","tag":["evaluate"],"returns":{list}}},
                {{"name":"Some","tag":["evaluate"],"returns":{list},
                  "parameters":[{{"name":"page","schema":{{"$ref":"#/components/schemas/Page"}}}}]}},
                {{"name":"Many","tag":["submit"],"parameters":[{{"name":"ids","schema":{list}}},{{"name":"x","schema":{{}}}}]}},
                {{"name":"Look","tag":["evaluate"],"parameters":[{{"name":"ids","schema":{list}}}]}}"##
            ),
            "",
        );
        starts(
            &found,
            &[
                "All: its result is of any length",
                "Many: its argument ids is a list of any length",
                "Many: its argument x is any JSON",
            ],
        );
    }

    #[test]
    fn objects_that_hold_themselves_end() {
        let found = review_of(
            r##"{"name":"Put","tag":["submit"],"parameters":[{"name":"tree","schema":{"$ref":"#/components/schemas/Tree"}}]}"##,
            r##""Tree":{"type":"object","properties":{"left":{"$ref":"#/components/schemas/Tree"}}}"##,
        );
        assert!(found.is_empty(), "{found:?}");
    }
}
