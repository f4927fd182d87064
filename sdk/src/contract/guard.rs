use crate::wire::{Object, texts};
use crate::{Client, SdkError, View};

/// Something that must hold for whoever calls, from `allow(…)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Their organisation has one of these MSP IDs.
    Msp(&'static [&'static str]),
    /// Their certificate's subject names one of these organizational units: `admin`, `client`, `peer` and `orderer` with
    /// Fabric's NodeOUs, or others that the certificate authority gives.
    Unit(&'static [&'static str]),
    /// Their certificate has this attribute with one of the values; with any, if there is none to choose from.
    Attribute {
        /// As the certificate authority wrote it.
        name: &'static str,
        /// Of which one is enough.
        values: &'static [&'static str],
    },
}

const FORBIDDEN: i32 = 403;

/// Refuses a caller for whom one of the conditions does not hold; `function` is empty for a whole contract.
pub(crate) fn check(view: &View, function: &str, conditions: &[Condition]) -> Result<(), SdkError> {
    let client = view.client()?;
    for condition in conditions {
        if let Err(reason) = condition.holds(&client) {
            let subject = if function.is_empty() {
                "this contract"
            } else {
                function
            };
            return Err(SdkError::new(
                FORBIDDEN,
                format!("the caller may not use {subject}: {reason}"),
            ));
        }
    }
    Ok(())
}

impl Condition {
    /// What is in the way.
    fn holds(&self, client: &Client) -> Result<(), String> {
        match *self {
            Self::Msp(ids) if ids.contains(&client.msp_id()) => Ok(()),
            Self::Msp(ids) => Err(format!(
                "it is for members of {}, not of {}",
                one_of(ids),
                client.msp_id()
            )),
            Self::Unit(units) if units.iter().any(|unit| client.has_unit(unit)) => Ok(()),
            Self::Unit(units) => Err(format!(
                "its certificate is not of the organizational unit {}",
                one_of(units)
            )),
            Self::Attribute { name, values } => match client.attribute(name) {
                Some(found) if values.is_empty() || values.contains(&found) => Ok(()),
                // In the words of Fabric's client identity library.
                Some(found) => Err(format!(
                    "attribute '{name}' equals '{found}', not '{}'",
                    values.join("' or '")
                )),
                None => Err(format!("attribute '{name}' was not found")),
            },
        }
    }

    pub(crate) fn to_json(self) -> String {
        let mut object = Object::new();
        match self {
            Self::Msp(ids) => object.member("msp", &texts(ids)),
            Self::Unit(units) => object.member("unit", &texts(units)),
            Self::Attribute { name, values: [] } => object.text("attribute", name),
            Self::Attribute { name, values } => object
                .text("attribute", name)
                .member("values", &texts(values)),
        };
        object.finish()
    }
}

fn one_of(words: &[&str]) -> String {
    words.join(" or ")
}
