use crate::discovery::{Access, Discovery, describe, peer_of, shown_interest};
use crate::node::{Closing, Peer};
use crate::wire::why;
use prost::Message as _;
use selvedge_identity::SignedData;
use selvedge_protos::discovery::{
    ChaincodeQuery, ChaincodeQueryResult, ConfigResult, EndorsementDescriptor, Error, Layout,
    PeerMembershipQuery, PeerMembershipResult, Peers, Query, QueryResult, Request as Questions,
    Response as Answers, SignedRequest, discovery_server, query, query_result::Result as Answer,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// `discovery.Discovery`.
///
/// The hash of the client's TLS certificate is not looked at, in Fabric v3.1.5 neither: its constructor drops the
/// setting that would switch the comparison on.
///
/// Fabric: discovery/service.go.
#[derive(Clone)]
pub(in crate::node) struct DiscoveryService {
    shared: Arc<Shared>,
    /// Dropped after the peer: see [`crate::node::Close::ended`].
    closing: Closing,
}

struct Shared {
    peer: Arc<Peer>,
    discovery: Arc<Discovery>,
    access: Access,
}

impl DiscoveryService {
    pub(in crate::node) fn new(
        peer: Arc<Peer>,
        discovery: Arc<Discovery>,
        access: Access,
        closing: Closing,
    ) -> Self {
        let shared = Arc::new(Shared {
            peer,
            discovery,
            access,
        });
        Self { shared, closing }
    }
}

#[tonic::async_trait]
impl discovery_server::Discovery for DiscoveryService {
    async fn discover(&self, request: Request<SignedRequest>) -> Result<Response<Answers>, Status> {
        let (shared, closing) = (Arc::clone(&self.shared), self.closing.clone());
        let signed = request.into_inner();
        // Policies of many organisations take a while.
        let answered = tokio::task::spawn_blocking(move || {
            let answers = shared.answer(&signed);
            drop(shared);
            drop(closing);
            answers
        });
        match answered.await {
            Ok(Ok(answers)) => Ok(Response::new(answers)),
            // Go's gRPC gives plain errors the code Unknown.
            Ok(Err(refused)) => Err(Status::unknown(refused)),
            Err(error) => {
                tracing::error!(%error, "a discovery request ended badly");
                Err(Status::internal(
                    "the request ended badly; see the peer's log",
                ))
            }
        }
    }
}

impl Shared {
    fn answer(&self, signed: &SignedRequest) -> Result<Answers, String> {
        let questions = Questions::decode(signed.payload.clone())
            .map_err(|error| format!("failed parsing request: {}", why(&error)))?;
        let asker = questions
            .authentication
            .ok_or("access denied, no authentication info in request")?
            .client_identity;
        if asker.is_empty() {
            return Err("access denied, client identity wasn't supplied".to_owned());
        }
        let request = SignedData {
            data: signed.payload.clone(),
            identity: asker,
            signature: signed.signature.clone(),
        };
        let answer = |query: &Query| {
            let answer = self.answer_one(query, &request);
            let content = |content| Answer::Error(Error { content });
            QueryResult {
                result: Some(answer.unwrap_or_else(content)),
            }
        };
        Ok(Answers {
            results: questions.queries.iter().map(answer).collect(),
        })
    }

    fn answer_one(&self, query: &Query, request: &SignedData) -> Result<Answer, String> {
        let channel = query.channel.as_str();
        if !self.access.is_granted(&self.peer, channel, request) {
            return Err("access denied".to_owned());
        }
        match &query.query {
            Some(query::Query::LocalPeers(_)) if channel.is_empty() => Ok(self.local_peers()),
            Some(query::Query::ConfigQuery(_)) if !channel.is_empty() => {
                let told = self.config(channel).map_err(|error| {
                    tracing::error!(channel, error, "the configuration cannot be described");
                    format!("failed fetching config for channel {channel}")
                })?;
                Ok(Answer::ConfigResult(told))
            }
            Some(query::Query::PeerQuery(filter)) if !channel.is_empty() => {
                self.channel_peers(channel, filter)
            }
            Some(query::Query::CcQuery(query)) if !channel.is_empty() => {
                self.endorsers(channel, query)
            }
            _ => Err("unknown or missing request type".to_owned()),
        }
    }

    fn config(&self, channel: &str) -> Result<ConfigResult, String> {
        let channel = self.peer.channel(channel).ok_or("no such channel")?;
        describe(channel.config().config()).map_err(|error| error.to_string())
    }

    fn endorsers(&self, channel: &str, query: &ChaincodeQuery) -> Result<Answer, String> {
        check(query)?;
        let mut content = Vec::new();
        for interest in &query.interests {
            let selection = self.discovery.endorsers(channel, interest);
            let selection = selection.map_err(|error| {
                let shown = shown_interest(interest);
                tracing::error!(channel, interest = shown, %error, "no descriptor");
                format!("failed constructing descriptor for {shown}")
            })?;
            let peers = |places: &Vec<usize>| Peers {
                peers: places
                    .iter()
                    .filter_map(|place| selection.peers.get(*place))
                    .map(|peer| peer_of(&peer.member, Some(peer.state_info.clone())))
                    .collect(),
            };
            let groups = selection.arrangement.groups.iter();
            let layouts = selection.arrangement.layouts.iter();
            content.push(EndorsementDescriptor {
                chaincode: selection.chaincode.clone(),
                endorsers_by_groups: groups
                    .map(|(name, places)| (name.clone(), peers(places)))
                    .collect(),
                layouts: layouts
                    .map(|layout| Layout {
                        quantities_by_group: layout.clone(),
                    })
                    .collect(),
            });
        }
        Ok(Answer::CcQueryRes(ChaincodeQueryResult { content }))
    }

    fn channel_peers(&self, channel: &str, query: &PeerMembershipQuery) -> Result<Answer, String> {
        let filter = query.filter.clone().unwrap_or_default();
        let peers = self.discovery.authorized(channel, &filter.chaincodes);
        let peers = peers.map_err(|error| error.to_string())?;
        let mut by_org = self.organisations();
        for peer in peers {
            // Those without an address for others are nobody's business.
            if !peer.member.external_endpoint.is_empty() {
                let shown = peer_of(&peer.member, Some(peer.state_info));
                let org = by_org.entry(peer.member.msp_id).or_default();
                org.peers.push(shown);
            }
        }
        Ok(Answer::Members(PeerMembershipResult {
            peers_by_org: by_org,
        }))
    }

    fn local_peers(&self) -> Answer {
        let mut by_org = self.organisations();
        let members = self.peer.membership().map(|all| all.members());
        for member in members.into_iter().flatten() {
            if !member.external_endpoint.is_empty() {
                let shown = peer_of(&member, None);
                by_org.entry(member.msp_id).or_default().peers.push(shown);
            }
        }
        Answer::Members(PeerMembershipResult {
            peers_by_org: by_org,
        })
    }

    /// Every organisation that a peer is known of has an entry, be it empty.
    fn organisations(&self) -> BTreeMap<String, Peers> {
        let members = self.peer.membership().map(|all| all.members());
        let members = members.into_iter().flatten();
        members
            .map(|member| (member.msp_id, Peers::default()))
            .collect()
    }
}

fn check(query: &ChaincodeQuery) -> Result<(), &'static str> {
    if query.interests.is_empty() {
        return Err("chaincode query must have at least one chaincode interest");
    }
    for interest in &query.interests {
        if interest.chaincodes.is_empty() {
            return Err("chaincode interest must contain at least one chaincode");
        }
        if interest.chaincodes.iter().any(|call| call.name.is_empty()) {
            return Err("chaincode name in interest cannot be empty");
        }
    }
    Ok(())
}
