//! Prints events: readable lines, or one JSON object per line.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::event::{Event, TransactionView};

/// Where events go.
pub(super) struct Show {
    json: bool,
    colour: bool,
    silent: bool,
    progress: Option<ProgressBar>,
}

impl Show {
    /// Colours and a spinner only on a terminal; NO_COLOR switches colours off.
    pub(super) fn new(json: bool) -> Self {
        let terminal = std::io::stdout().is_terminal();
        let colour =
            !json && terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let progress = (!json && std::io::stderr().is_terminal()).then(spinner);
        Self {
            json,
            colour,
            silent: false,
            progress,
        }
    }

    /// One that prints nothing.
    pub(super) fn silent(&self) -> Self {
        Self {
            json: self.json,
            colour: false,
            silent: true,
            progress: None,
        }
    }

    /// Says what is being waited for; shown on a terminal only.
    pub(super) fn doing(&self, what: &str) {
        if let Some(progress) = &self.progress {
            progress.set_message(what.to_owned());
            progress.enable_steady_tick(Duration::from_millis(100));
        }
    }

    /// Takes the spinner away, so that another program can write.
    pub(super) fn quiet(&self) {
        if let Some(progress) = &self.progress {
            progress.disable_steady_tick();
            progress.finish_and_clear();
        }
    }

    /// Prints an event. A reader that has gone away does not stop the network.
    pub(super) fn event(&self, event: &Event) {
        if self.silent {
            return;
        }
        let text = match self.json {
            true => serde_json::to_string(event)
                .map(|line| line + "\n")
                .unwrap_or_default(),
            false => self.lines(event),
        };
        let write = || {
            let mut out = std::io::stdout().lock();
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        };
        match &self.progress {
            Some(progress) => progress.suspend(write),
            None => write(),
        }
    }

    fn lines(&self, event: &Event) -> String {
        match event {
            Event::Built {
                label,
                package_id,
                component_bytes,
                package_bytes,
                millis,
            } => {
                let component = component_bytes
                    .map(|bytes| format!("component {}, ", kib(bytes)))
                    .unwrap_or_default();
                let sizes = format!("{component}package {}", kib(*package_bytes));
                self.headline("built", &format!("{label}  {}", self.dim(&sizes)), *millis)
                    + &format!("          {}\n", self.dim(package_id))
            }
            Event::NetworkReady {
                channel,
                orderer,
                peers,
                millis,
                ..
            } => {
                let organisations = if peers.len() == 1 {
                    "organisation"
                } else {
                    "organisations"
                };
                let text = format!(
                    "{} {organisations}, channel {channel}, orderer at {orderer}",
                    peers.len()
                );
                let peers = peers.iter().map(|peer| {
                    format!("          {}  {}\n", peer.msp_id, self.dim(&peer.address))
                });
                self.headline("network", &text, *millis) + &peers.collect::<String>()
            }
            Event::Deployment {
                step,
                by,
                outcome,
                millis,
            } => {
                let outcome = outcome
                    .as_ref()
                    .map(|outcome| self.verdict(outcome))
                    .unwrap_or_default();
                format!(
                    "  {step:<9} {:<24} {outcome}{}\n",
                    by.join(", "),
                    self.dim(&duration(*millis))
                )
            }
            Event::Deployed {
                name,
                version,
                sequence,
                millis,
                ..
            } => self.headline(
                "deployed",
                &match sequence {
                    0 => format!("{name} {version}"),
                    sequence => format!("{name} {version}, sequence {sequence}"),
                },
                *millis,
            ),
            Event::Changed { files } => {
                let names: Vec<_> = files.iter().take(4).map(|file| file.display()).collect();
                let more = match files.len() - names.len() {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                let names: Vec<_> = names.iter().map(ToString::to_string).collect();
                format!("\n{}  {}{more}\n", self.bold("changed "), names.join(", "))
            }
            Event::Unchanged { millis } => self.headline("built", "what runs already", *millis),
            Event::Redeployed {
                name,
                version,
                sequence,
                millis,
                millis_after_cargo,
                ..
            } => {
                let after = self.dim(&format!("{} after cargo,", duration(*millis_after_cargo)));
                let text = format!("{name} {version}, sequence {sequence}  {after}");
                self.headline("deployed", &text, *millis)
            }
            Event::RedeployFailed { step, message } => format!(
                "{}  {message}\n          The code from before goes on running.\n",
                self.red(&format!("{step} failed")),
            ),
            Event::Chapter { title } => format!("\n{}\n", self.bold(title)),
            Event::Transaction {
                call,
                outcome,
                result,
                millis,
            } => {
                let result = result
                    .as_ref()
                    .map(|result| format!("  (answer: {})", compact(result)))
                    .unwrap_or_default();
                let first = format!(
                    "  {call}{result}\n    {}{}\n",
                    self.verdict(outcome),
                    self.dim(&duration(*millis))
                );
                let conflicts = outcome.conflicts.iter().map(|conflict| {
                    let by = conflict
                        .by
                        .as_deref()
                        .map(|by| format!(", written by {}", short(by)))
                        .unwrap_or_default();
                    format!(
                        "    {} of {}: read at version {}, now {}{by}\n",
                        self.bold(&conflict.subject),
                        conflict.namespace,
                        conflict.read,
                        conflict.found
                    )
                });
                first + &conflicts.collect::<String>()
            }
            Event::Refused {
                call,
                status,
                message,
                millis,
            } => {
                let refused = self.red(&format!("not endorsed, status {status}:"));
                format!(
                    "  {call}\n    {refused} {message}  {}\n",
                    self.dim(&duration(*millis))
                )
            }
            Event::Query {
                call,
                result,
                millis,
            } => {
                let rows = match result {
                    serde_json::Value::Array(rows) => rows
                        .iter()
                        .map(|row| format!("    {}\n", compact(row)))
                        .collect(),
                    other => format!("    {}\n", compact(other)),
                };
                format!("  {call}  {}\n{rows}", self.dim(&duration(*millis)))
            }
            Event::Up {
                directory,
                page,
                environment,
                connection_profiles,
                try_this,
                watched,
            } => {
                let mut out = format!("\n{}\n", self.bold("The network is up. In another shell:"));
                if let Some(file) = environment
                    .iter()
                    .find(|(who, _)| who.ends_with("user"))
                    .map(|(_, file)| file)
                {
                    out.push_str(&format!("  source {}\n", file.display()));
                }
                out.push_str(
                    &try_this
                        .iter()
                        .map(|line| format!("  {line}\n"))
                        .collect::<String>(),
                );
                let files: Vec<_> = environment
                    .iter()
                    .map(|(who, file)| format!("  {who:<16} {}\n", file.display()))
                    .collect();
                out.push_str(&format!(
                    "\nTo be somebody else, source another file:\n{}",
                    files.concat()
                ));
                out.push_str(&format!("\nA page to look at: {}\n", self.bold(page)));
                let profiles: Vec<_> = connection_profiles
                    .iter()
                    .map(|(who, file)| format!("  {who:<16} {}\n", file.display()))
                    .collect();
                out.push_str(&format!(
                    "\nConnection profiles, also as .yaml; a gateway application of fabric-samples needs only the file sourced:\n{}",
                    profiles.concat()
                ));
                if let Some(crate_path) = watched {
                    let path = self.bold(&crate_path.display().to_string());
                    out.push_str(&format!(
                        "\nWhen the source in {path} changes, it is built and deployed again.\n"
                    ));
                }
                out + &format!(
                    "\nKeys, certificates and ledgers: {}\nCtrl-C stops it.\n",
                    directory.display()
                )
            }
            Event::Stopped { directory } => {
                let kept = directory
                    .as_ref()
                    .map(|kept| format!(" Its files are in {}.", kept.display()));
                format!("\nThe network is stopped.{}\n", kept.unwrap_or_default())
            }
        }
    }

    fn headline(&self, word: &str, text: &str, millis: f64) -> String {
        format!(
            "{}  {text}  {}\n",
            self.bold(&format!("{word:<8}")),
            self.dim(&duration(millis))
        )
    }

    fn verdict(&self, outcome: &TransactionView) -> String {
        let code = match outcome.code.as_str() {
            "VALID" => self.green("VALID"),
            other => self.red(other),
        };
        format!(
            "block {} tx {}  {code}  {}  ",
            outcome.block,
            outcome.index,
            self.dim(&short(&outcome.tx_id))
        )
    }

    fn paint(&self, code: u8, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn bold(&self, text: &str) -> String {
        self.paint(1, text)
    }

    fn dim(&self, text: &str) -> String {
        self.paint(2, text)
    }

    fn red(&self, text: &str) -> String {
        self.paint(31, text)
    }

    fn green(&self, text: &str) -> String {
        self.paint(32, text)
    }
}

fn spinner() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    ProgressBar::new_spinner().with_style(style)
}

/// The start of a transaction ID; enough to tell a handful apart.
fn short(tx_id: &str) -> String {
    let start: String = tx_id.chars().take(12).collect();
    format!("{start}…")
}

fn compact(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn duration(millis: f64) -> String {
    if millis < 10.0 {
        format!("{millis:.1} ms")
    } else if millis < 10_000.0 {
        format!("{millis:.0} ms")
    } else {
        format!("{:.1} s", millis / 1000.0)
    }
}

fn kib(bytes: usize) -> String {
    format!("{} KiB", bytes.div_ceil(1024))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::ConflictView;

    fn plain() -> Show {
        Show {
            json: false,
            colour: false,
            silent: false,
            progress: None,
        }
    }

    #[test]
    fn a_lost_transaction_names_the_key() {
        let conflict = ConflictView {
            namespace: "asset-transfer".to_owned(),
            subject: "asset1".to_owned(),
            read: "4:0".to_owned(),
            found: "5:0".to_owned(),
            by: Some("aabbccddeeff0011".to_owned()),
        };
        let outcome = TransactionView {
            tx_id: "0123456789abcdef".to_owned(),
            block: 5,
            index: 1,
            code: "MVCC_READ_CONFLICT".to_owned(),
            conflicts: vec![conflict],
        };
        let event = Event::Transaction {
            call: "TransferAsset asset1 Max".to_owned(),
            outcome,
            result: None,
            millis: 104.2,
        };
        let lines = [
            "  TransferAsset asset1 Max",
            "    block 5 tx 1  MVCC_READ_CONFLICT  0123456789ab…  104 ms",
            "    asset1 of asset-transfer: read at version 4:0, now 5:0, written by aabbccddeeff…",
        ];
        assert_eq!(plain().lines(&event), lines.join("\n") + "\n");
    }

    #[test]
    fn events_are_tagged_json() {
        let event = Event::Refused {
            call: "CreateAsset asset1".to_owned(),
            status: 500,
            message: "exists".to_owned(),
            millis: 1.5,
        };
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(
            json,
            r#"{"event":"refused","call":"CreateAsset asset1","status":500,"message":"exists","millis":1.5}"#
        );
    }
}
