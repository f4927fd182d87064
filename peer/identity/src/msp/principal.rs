//! Whether an identity satisfies a principal.
//!
//! Fabric: msp/mspimpl.go `SatisfiesPrincipal` and the functions it calls.

use prost::Message;
use selvedge_protos::common::{
    CombinedPrincipal, MspIdentityAnonymity, MspPrincipal, MspRole, OrganizationUnit,
    msp_identity_anonymity::MspIdentityAnonymityType, msp_principal::Classification,
    msp_role::MspRoleType,
};

use super::{Identity, MspError, MspVersion};

/// Combined principals may be nested; deeper than this is refused instead of exhausting the stack.
const MAX_DEPTH: usize = 100;

pub(super) fn satisfies(identity: &Identity, principal: &MspPrincipal) -> Result<(), MspError> {
    let mut flat = Vec::new();
    collect(principal, identity.core().version, 0, &mut flat)?;
    flat.iter()
        .try_for_each(|principal| single(identity, principal))
}

/// Takes combined principals apart.
fn collect(
    principal: &MspPrincipal,
    version: MspVersion,
    depth: usize,
    flat: &mut Vec<MspPrincipal>,
) -> Result<(), MspError> {
    if principal.principal_classification != Classification::Combined as i32 {
        flat.push(principal.clone());
        return Ok(());
    }
    if version <= MspVersion::V1_1 || depth > MAX_DEPTH {
        return Err(invalid_type(principal));
    }
    let combined = CombinedPrincipal::decode(principal.principal.clone())
        .map_err(MspError::unmarshal("CombinedPrincipal from principal"))?;
    if combined.principals.is_empty() {
        return Err(MspError::refused("No principals in CombinedPrincipal"));
    }
    combined
        .principals
        .iter()
        .try_for_each(|inner| collect(inner, version, depth + 1, flat))
}

fn invalid_type(principal: &MspPrincipal) -> MspError {
    MspError::refused(format!(
        "invalid principal type {}",
        principal.principal_classification
    ))
}

fn single(identity: &Identity, principal: &MspPrincipal) -> Result<(), MspError> {
    match Classification::try_from(principal.principal_classification) {
        Ok(Classification::Role) => role(identity, principal),
        Ok(Classification::OrganizationUnit) => unit(identity, principal),
        Ok(Classification::Identity) => same_identity(identity, principal),
        Ok(Classification::Anonymity) if identity.core().version >= MspVersion::V1_3 => {
            anonymity(principal)
        }
        _ => Err(invalid_type(principal)),
    }
}

fn role(identity: &Identity, principal: &MspPrincipal) -> Result<(), MspError> {
    let wanted = MspRole::decode(principal.principal.clone())
        .map_err(MspError::unmarshal("MSPRole from principal"))?;
    check_msp(identity, wanted.msp_identifier)?;
    has_role(identity, wanted.role)
}

/// Whether the identity has a role in its own MSP.
pub(super) fn has_role(identity: &Identity, number: i32) -> Result<(), MspError> {
    let core = identity.core();
    let by_units = core.version >= MspVersion::V1_4_3 && core.node_ous.enforced;
    match MspRoleType::try_from(number) {
        Ok(MspRoleType::Member) => identity.validate(),
        Ok(MspRoleType::Admin) => admin(identity, by_units),
        Ok(kind @ (MspRoleType::Client | MspRoleType::Peer)) => with_unit(identity, kind),
        Ok(kind @ MspRoleType::Orderer) if by_units => with_unit(identity, kind),
        _ => Err(MspError::refused(format!("invalid MSP role type {number}"))),
    }
}

fn admin(identity: &Identity, by_units: bool) -> Result<(), MspError> {
    if identity.core().admins.contains(identity.certificate()) {
        return Ok(());
    }
    if !by_units {
        return Err(MspError::refused("This identity is not an admin"));
    }
    valid(identity)?;
    let name = &identity.core().name;
    identity.has_role_unit(MspRoleType::Admin).map_err(|error| {
        error.within(format!(
            "The identity is not an admin under this MSP [{name}]"
        ))
    })
}

fn with_unit(identity: &Identity, role: MspRoleType) -> Result<(), MspError> {
    valid(identity)?;
    let name = &identity.core().name;
    let role_name = role.as_str_name();
    identity.has_role_unit(role).map_err(|error| {
        error.within(format!(
            "The identity is not a [{role_name}] under this MSP [{name}]"
        ))
    })
}

fn valid(identity: &Identity) -> Result<(), MspError> {
    let name = &identity.core().name;
    identity
        .validate()
        .map_err(|error| error.within(format!("The identity is not valid under this MSP [{name}]")))
}

fn unit(identity: &Identity, principal: &MspPrincipal) -> Result<(), MspError> {
    let wanted = OrganizationUnit::decode(principal.principal.clone())
        .map_err(MspError::unmarshal("OrganizationUnit from principal"))?;
    check_msp(identity, wanted.msp_identifier)?;
    identity.validate()?;
    let matches = identity.organizational_units().iter().any(|unit| {
        unit.name == wanted.organizational_unit_identifier
            && unit.certifiers_identifier[..] == wanted.certifiers_identifier[..]
    });
    if matches {
        Ok(())
    } else {
        Err(MspError::refused("The identities do not match"))
    }
}

fn same_identity(identity: &Identity, principal: &MspPrincipal) -> Result<(), MspError> {
    let wanted = Identity::deserialize(identity.core(), &principal.principal)
        .map_err(|error| error.within("invalid identity principal, not a certificate"))?;
    if wanted.certificate() == identity.certificate() {
        return wanted.validate();
    }
    Err(MspError::refused("The identities do not match"))
}

fn anonymity(principal: &MspPrincipal) -> Result<(), MspError> {
    let wanted = MspIdentityAnonymity::decode(principal.principal.clone())
        .map_err(MspError::unmarshal("MSPIdentityAnonymity from principal"))?;
    match MspIdentityAnonymityType::try_from(wanted.anonymity_type) {
        Ok(MspIdentityAnonymityType::Nominal) => Ok(()),
        Ok(MspIdentityAnonymityType::Anonymous) => Err(MspError::refused(
            "Principal is anonymous, but X.509 MSP does not support anonymous identities",
        )),
        Err(_) => Err(MspError::refused(format!(
            "Unknown principal anonymity type: {}",
            wanted.anonymity_type
        ))),
    }
}

fn check_msp(identity: &Identity, expected: String) -> Result<(), MspError> {
    let got = identity.msp_id();
    if expected == got {
        return Ok(());
    }
    Err(MspError::DifferentMsp {
        expected,
        got: got.to_owned(),
    })
}
