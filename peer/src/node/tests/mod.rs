mod commit;
mod configuration;
mod deliver;
mod golden;
mod harness;
mod malformed;
mod mutual_tls;
mod verify;
