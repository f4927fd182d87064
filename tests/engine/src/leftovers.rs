use crate::Engine;
use anyhow::Result;
use bollard::query_parameters::{
    ListContainersOptionsBuilder, ListNetworksOptions, ListVolumesOptions,
};
use std::collections::BTreeSet;

/// What an engine has besides images.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    pub containers: BTreeSet<String>,
    pub networks: BTreeSet<String>,
    pub volumes: BTreeSet<String>,
}

impl Engine {
    /// To be compared before and after.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn leftovers(&self) -> Result<Leftovers> {
        let client = self.client()?;
        let all = ListContainersOptionsBuilder::new().all(true).build();
        let containers = client.list_containers(Some(all)).await?;
        let networks = client.list_networks(None::<ListNetworksOptions>).await?;
        let volumes = client.list_volumes(None::<ListVolumesOptions>).await?;
        Ok(Leftovers {
            containers: containers
                .into_iter()
                .flat_map(|c| c.names.unwrap_or_default())
                .collect(),
            networks: networks.into_iter().filter_map(|n| n.name).collect(),
            volumes: volumes
                .volumes
                .unwrap_or_default()
                .into_iter()
                .map(|v| v.name)
                .collect(),
        })
    }
}
