use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::{
    common::{
        MspPrincipal, MspRole, OrganizationUnit, msp_principal::Classification,
        msp_role::MspRoleType,
    },
    msp::SerializedIdentity,
};
use std::collections::HashMap;

/// Principals, by their places in [`Principals`]. A place may occur more than once: so many signers are asked for.
pub type Set = Vec<usize>;

/// More principals than these in one question are no channel's, but somebody's who wants to keep the peer busy.
const MOST: usize = 4096;

/// Every principal that a computation has to do with, each once.
#[derive(Debug, Default)]
pub struct Principals {
    places: HashMap<(i32, Bytes), usize>,
    messages: Vec<MspPrincipal>,
    meanings: Vec<Meaning>,
}

#[derive(Debug)]
enum Meaning {
    Role(MspRole),
    Unit(OrganizationUnit),
    Identity(SerializedIdentity),
}

impl Principals {
    /// The place of a principal. `None` for a kind that cannot be compared, and for one too many.
    pub fn place(&mut self, principal: &MspPrincipal) -> Option<usize> {
        let bytes = principal.principal.clone();
        let key = (principal.principal_classification, bytes.clone());
        if let Some(known) = self.places.get(&key) {
            return Some(*known);
        }
        let place = self.messages.len();
        if place >= MOST {
            return None;
        }
        let meaning = match Classification::try_from(principal.principal_classification) {
            Ok(Classification::Role) => Meaning::Role(MspRole::decode(bytes).ok()?),
            Ok(Classification::OrganizationUnit) => {
                Meaning::Unit(OrganizationUnit::decode(bytes).ok()?)
            }
            Ok(Classification::Identity) => {
                Meaning::Identity(SerializedIdentity::decode(bytes).ok()?)
            }
            _ => return None,
        };
        self.places.insert(key, place);
        self.messages.push(principal.clone());
        self.meanings.push(meaning);
        Some(place)
    }

    pub fn len(&self) -> usize {
        self.messages.len()
    }

    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub fn get(&self, place: usize) -> Option<&MspPrincipal> {
        self.messages.get(place)
    }

    /// Whether every identity that satisfies `this` satisfies `other`, as far as can be told without certificates.
    ///
    /// Fabric: common/policies/inquire/compare.go, IsA.
    pub(super) fn is_a(&self, this: usize, other: usize) -> bool {
        let (Some(this), Some(other)) = (self.meanings.get(this), self.meanings.get(other)) else {
            return false;
        };
        if this.msp_id() != other.msp_id() {
            return false;
        }
        match (this, other) {
            (_, Meaning::Role(role)) if role.role == MspRoleType::Member as i32 => true,
            (Meaning::Unit(this), Meaning::Unit(other)) => {
                this.organizational_unit_identifier == other.organizational_unit_identifier
                    && this.certifiers_identifier == other.certifiers_identifier
            }
            (Meaning::Role(this), Meaning::Role(other)) => this.role == other.role,
            (Meaning::Identity(this), Meaning::Identity(other)) => this.id_bytes == other.id_bytes,
            _ => false,
        }
    }
}

impl Meaning {
    fn msp_id(&self) -> &str {
        match self {
            Self::Role(role) => &role.msp_identifier,
            Self::Unit(unit) => &unit.msp_identifier,
            Self::Identity(identity) => &identity.mspid,
        }
    }
}
