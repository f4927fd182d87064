//! From a configuration message to a settled MSP.
//!
//! Fabric: msp/mspimplsetup.go.

use std::sync::Arc;

use bytes::Bytes;
use selvedge_protos::{common::msp_role::MspRoleType, msp::FabricMspConfig};

use super::{
    MspError, MspVersion,
    core::{MspCore, certifiers_identifier},
    node_ou::NodeOus,
    serial::{decimal, hexadecimal},
};
use crate::x509::{Certificate, Pool, RevocationList, Sanitized, unique_chain};

/// Checks and settles a configuration.
pub(super) fn settle(config: &FabricMspConfig, version: MspVersion) -> Result<MspCore, MspError> {
    let mut core = MspCore::new(config.name.clone(), version);
    check_crypto(config)?;
    core.pool = authorities(config, &core)?;
    core.revocation_lists = config
        .revocation_list
        .iter()
        .map(RevocationList::parse)
        .collect::<Result<_, _>>()
        .map_err(|error| MspError::from(error).within("could not parse RevocationList"))?;
    check_authorities(&core)?;
    mark_internal_nodes(&mut core)?;
    check_tls_authorities(config, &core)?;
    core.tls_roots = config.tls_root_certs.clone();
    core.tls_intermediates = config.tls_intermediate_certs.clone();
    read_ou_identifiers(config, &mut core)?;
    // The four roles usually name one CA.
    let mut known: Option<(Bytes, [u8; 32])> = None;
    core.node_ous = NodeOus::read(
        config.fabric_node_ous.as_ref(),
        version,
        |pem| match &known {
            Some((same, certifiers)) if same == pem => Ok(*certifiers),
            _ => {
                let certifiers = certifiers_of(&core, pem)?;
                known = Some((pem.clone(), certifiers));
                Ok(certifiers)
            }
        },
    )?;
    let mut admins = Vec::with_capacity(config.admins.len());
    for admin in &config.admins {
        let admin = core.certificate(admin)?;
        admins.push(admin);
    }
    check_admins(&core, &admins)?;
    core.admins = admins.into_iter().map(|admin| admin.certificate).collect();
    Ok(core)
}

/// Other hash families exist in the format; no known network uses them, and SHA-256 is the only one offered here.
fn check_crypto(config: &FabricMspConfig) -> Result<(), MspError> {
    let Some(crypto) = &config.crypto_config else {
        return Ok(());
    };
    let family = crypto.signature_hash_family.as_str();
    if !matches!(family, "" | "SHA2") {
        return Err(MspError::refused(format!(
            "hash family not recognized [{family}]"
        )));
    }
    let hash = crypto.identity_identifier_hash_function.as_str();
    if !matches!(hash, "" | "SHA256") {
        return Err(MspError::refused(format!(
            "hash function not recognized [{hash}]"
        )));
    }
    Ok(())
}

/// Roots and intermediates, first as they are, then with low-S signatures.
fn authorities(config: &FabricMspConfig, core: &MspCore) -> Result<Pool, MspError> {
    if config.root_certs.is_empty() {
        return Err(MspError::refused("expected at least one CA certificate"));
    }
    let read = |list: &[Bytes]| -> Result<Vec<Arc<Certificate>>, MspError> {
        list.iter()
            .map(|pem| Ok(Arc::new(Certificate::from_pem(pem)?)))
            .collect()
    };
    let mut draft = MspCore::new(core.name.clone(), core.version);
    draft.pool = Pool {
        roots: read(&config.root_certs)?,
        intermediates: read(&config.intermediate_certs)?,
    };
    let clean = |list: &[Bytes]| -> Result<Vec<Arc<Certificate>>, MspError> {
        list.iter()
            .map(|pem| Ok(draft.certificate(pem)?.certificate))
            .collect()
    };
    Ok(Pool {
        roots: clean(&config.root_certs)?,
        intermediates: clean(&config.intermediate_certs)?,
    })
}

fn check_authorities(core: &MspCore) -> Result<(), MspError> {
    for certificate in core.pool.roots.iter().chain(&core.pool.intermediates) {
        check_authority(core, &core.pool, certificate)?;
    }
    Ok(())
}

/// The checks on one CA certificate; `pool` is where its chain must lead.
fn check_authority(
    core: &MspCore,
    pool: &Pool,
    certificate: &Arc<Certificate>,
) -> Result<(), MspError> {
    let serial = hexadecimal(certificate.serial());
    if !certificate.is_ca() {
        return Err(MspError::refused(format!(
            "CA Certificate did not have the CA attribute, (SN: {serial})"
        )));
    }
    certificate.subject_key_id().map_err(|error| {
        MspError::from(error).within(format!(
            "CA Certificate problem with Subject Key Identifier extension, (SN: {serial})"
        ))
    })?;
    let checked = unique_chain(certificate, pool)
        .map_err(|error| {
            MspError::from(error)
                .within("the supplied identity is not valid")
                .within("could not obtain certification chain")
        })
        .and_then(|chain| match chain.len() {
            1 => Ok(()),
            _ => core.check_revocation(certificate, &chain),
        });
    checked.map_err(|error| {
        let serial = decimal(certificate.serial());
        error.within(format!("CA Certificate is not valid, (SN: {serial})"))
    })
}

fn mark_internal_nodes(core: &mut MspCore) -> Result<(), MspError> {
    for intermediate in &core.pool.intermediates {
        let chain = unique_chain(intermediate, &core.pool).map_err(|error| {
            let serial = decimal(intermediate.serial());
            MspError::from(error).within(format!("failed getting validation chain, (SN: {serial})"))
        })?;
        let above = chain
            .iter()
            .skip(1)
            .map(|certificate| certificate.der().clone());
        core.internal_nodes.extend(above);
    }
    Ok(())
}

fn check_tls_authorities(config: &FabricMspConfig, core: &MspCore) -> Result<(), MspError> {
    let read = |list: &[Bytes]| -> Result<Vec<Arc<Certificate>>, MspError> {
        list.iter()
            .map(|pem| Ok(Arc::new(Certificate::from_pem(pem)?)))
            .collect()
    };
    let pool = Pool {
        roots: read(&config.tls_root_certs)?,
        intermediates: read(&config.tls_intermediate_certs)?,
    };
    for certificate in pool.roots.iter().chain(&pool.intermediates) {
        check_authority(core, &pool, certificate)?;
    }
    Ok(())
}

fn read_ou_identifiers(config: &FabricMspConfig, core: &mut MspCore) -> Result<(), MspError> {
    for ou in &config.organizational_unit_identifiers {
        let name = &ou.organizational_unit_identifier;
        let certifiers = certifiers_of(core, &ou.certificate)
            .map_err(|error| error.within(format!("failed getting certificate for [{name}]")))?;
        let known = core.ou_identifiers.entry(name.clone()).or_default();
        if !known.contains(&certifiers) {
            known.push(certifiers);
        }
    }
    Ok(())
}

/// The certifiers identifier of a configured CA, given in PEM.
fn certifiers_of(core: &MspCore, pem: &[u8]) -> Result<[u8; 32], MspError> {
    let ca = core.certificate(pem)?;
    if core.pool.roots.contains(&ca.certificate) {
        return Ok(certifiers_identifier(&[ca.certificate]));
    }
    if core.pool.intermediates.contains(&ca.certificate) {
        return Ok(certifiers_identifier(&core.chain_under_leaf_ca(&ca, 0)?));
    }
    Err(MspError::refused(format!(
        "Failed adding OU. Certificate [{:?}] not in root or intermediate certs.",
        ca.certificate
    )))
}

fn check_admins(core: &MspCore, admins: &[Sanitized]) -> Result<(), MspError> {
    let ous = &core.node_ous;
    if core.version >= MspVersion::V1_4_3
        && admins.is_empty()
        && (!ous.enforced || ous.admin.is_none())
    {
        return Err(MspError::refused(
            "administrators must be declared when no admin ou classification is set",
        ));
    }
    for (index, admin) in admins.iter().enumerate() {
        check_admin(core, admin).map_err(|error| match error {
            MspError::Refused(both) if both.starts_with('[') => {
                MspError::refused(format!("admin {index} is invalid {both}"))
            }
            other => other.within(format!("admin {index} is invalid")),
        })?;
    }
    Ok(())
}

fn check_admin(core: &MspCore, admin: &Sanitized) -> Result<(), MspError> {
    let certificate = &admin.certificate;
    let chain = core.identity_chain(admin);
    if !core.node_ous.enforced {
        return core.validate(certificate, &chain);
    }
    let has_unit = |role| core.has_role_unit(certificate, &chain, role);
    let client = has_unit(MspRoleType::Client);
    if core.version < MspVersion::V1_4_3 {
        return core.validate(certificate, &chain).and(client);
    }
    match (client, has_unit(MspRoleType::Admin)) {
        (Err(client), Err(admin)) => Err(MspError::refused(format!("[{client},{admin}]"))),
        _ => Ok(()),
    }
}
