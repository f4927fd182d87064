//! Whether a certificate is a valid identity of an MSP.
//!
//! Fabric: msp/mspimplvalidate.go.

use std::sync::Arc;

use selvedge_protos::common::msp_role::MspRoleType;

use super::{
    MspError, MspVersion,
    core::{Chain, MspCore, certifiers_identifier},
};
use crate::x509::Certificate;

impl MspCore {
    /// All checks of rule l:C35, in Fabric's order. `chain` is what [`MspCore::identity_chain`] answered.
    pub(super) fn validate(
        &self,
        certificate: &Certificate,
        chain: &Result<Chain, MspError>,
    ) -> Result<(), MspError> {
        self.check_key(certificate)
            .map_err(|error| error.within("could not validate identity's public key algorithm"))?;
        let chain = chain
            .as_ref()
            .map_err(|error| error.clone().within("could not obtain certification chain"))?;
        self.check_revocation(certificate, chain).map_err(|error| {
            error.within("could not validate identity against certification chain")
        })?;
        let certifiers = certifiers_identifier(chain.get(1..).unwrap_or_default());
        self.check_units(certificate, &certifiers)
            .and_then(|()| self.check_node_units(certificate, &certifiers))
            .map_err(|error| error.within("could not validate identity's OUs"))
    }

    fn check_key(&self, certificate: &Certificate) -> Result<(), MspError> {
        let ecdsa = certificate.public_key()?.curve().is_some();
        if ecdsa || self.version >= MspVersion::V3_0 {
            return Ok(());
        }
        Err(MspError::refused("Ed25519 is not supported"))
    }

    /// Fails when a revocation list of the issuer names the certificate. `chain` begins with the certificate.
    pub(super) fn check_revocation(
        &self,
        certificate: &Certificate,
        chain: &[Arc<Certificate>],
    ) -> Result<(), MspError> {
        let Some(issuer) = chain.get(1) else {
            return Ok(());
        };
        let issuer_id = issuer.subject_key_id().map_err(|error| {
            MspError::from(error).within("could not obtain Subject Key Identifier for signer cert")
        })?;
        for list in &self.revocation_lists {
            let authority = list.authority_key_id().ok_or_else(|| {
                MspError::refused("authorityKeyIdentifier not found in certificate")
                    .within("could not obtain Authority Key Identifier for crl")
            })?;
            if authority == issuer_id && list.revokes(certificate, issuer) {
                return Err(MspError::refused("The certificate has been revoked"));
            }
        }
        Ok(())
    }

    /// With configured units, one of them must be among the subject's.
    fn check_units(
        &self,
        certificate: &Certificate,
        certifiers: &[u8; 32],
    ) -> Result<(), MspError> {
        if self.ou_identifiers.is_empty() {
            return Ok(());
        }
        let units = certificate.organizational_units();
        let found = units.iter().any(|unit| {
            self.ou_identifiers
                .get(unit)
                .is_some_and(|accepted| accepted.contains(certifiers))
        });
        match (found, units.is_empty()) {
            (true, _) => Ok(()),
            (false, true) => Err(MspError::refused(
                "the identity certificate does not contain an Organizational Unit (OU)",
            )),
            (false, false) => Err(MspError::refused(format!(
                "none of the identity's organizational units {} are in MSP {}",
                display(units, certifiers),
                self.name
            ))),
        }
    }

    /// With node OUs, exactly one unit of the subject names a role.
    fn check_node_units(
        &self,
        certificate: &Certificate,
        certifiers: &[u8; 32],
    ) -> Result<(), MspError> {
        if !self.node_ous.enforced {
            return Ok(());
        }
        let units = certificate.organizational_units();
        let refuse = |what: &str| {
            let units = display(units, certifiers);
            Err(MspError::refused(format!(
                "{what}{units}, MSP: [{}]",
                self.name
            )))
        };
        let mut roles = 0;
        for role in units.iter().filter_map(|unit| self.node_ous.named(unit)) {
            if role.certifiers.is_some_and(|wanted| wanted != *certifiers) {
                return refuse("certifiersIdentifier does not match: ");
            }
            roles += 1;
            if roles > 1 {
                break;
            }
        }
        let old = self.version < MspVersion::V1_4_3;
        match (roles, old) {
            (1, _) => Ok(()),
            (0, true) => {
                refuse("the identity does not have an OU that resolves to client or peer. OUs: ")
            }
            (0, false) => refuse(
                "the identity does not have an OU that resolves to client, peer, orderer, or admin role. OUs: ",
            ),
            (_, true) => refuse(
                "the identity must be a client or a peer identity to be valid, not a combination of them. OUs: ",
            ),
            (_, false) => refuse(
                "the identity must have a client, a peer, an orderer, or an admin OU role to be valid, not a combination of them. OUs: ",
            ),
        }
    }

    /// Whether a unit of the subject is the one of `role`. Certifiers are not looked at: validation did.
    pub(super) fn has_role_unit(
        &self,
        certificate: &Certificate,
        chain: &Result<Chain, MspError>,
        role: MspRoleType,
    ) -> Result<(), MspError> {
        if !self.node_ous.enforced {
            return Err(MspError::refused(
                "NodeOUs not activated. Cannot tell apart identities.",
            ));
        }
        let name = role.as_str_name();
        let ou = self.node_ous.role(role).ok_or_else(|| {
            MspError::refused(format!(
                "cannot test for classification, node ou for type [{name}], not defined, msp: [{}]",
                self.name
            ))
        })?;
        let carried = chain.is_ok() && certificate.organizational_units().contains(&ou.unit);
        if carried {
            return Ok(());
        }
        Err(MspError::refused(format!(
            "The identity does not contain OU [{name}], MSP: [{}]",
            self.name
        )))
    }
}

/// `[client(0123456789ABCDEF) …]`
fn display(units: &[String], certifiers: &[u8; 32]) -> String {
    let (front, _) = certifiers.split_at(8);
    let front = hex::encode_upper(front);
    let shown: Vec<String> = units
        .iter()
        .map(|unit| format!("{unit}({front})"))
        .collect();
    format!("[{}]", shown.join(" "))
}
