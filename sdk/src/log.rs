/// Writes a line to the peer's log: `info!(tx, "created {id}")`. The peer adds chaincode, channel and transaction.
#[macro_export]
macro_rules! info {
    ($context:expr, $($message:tt)+) => { $context.log($crate::Level::Info, ::core::format_args!($($message)+)) };
}

/// As [`info!`], for what only a developer wants to see, in great detail.
#[macro_export]
macro_rules! trace {
    ($context:expr, $($message:tt)+) => { $context.log($crate::Level::Trace, ::core::format_args!($($message)+)) };
}

/// As [`info!`], for what only a developer wants to see.
#[macro_export]
macro_rules! debug {
    ($context:expr, $($message:tt)+) => { $context.log($crate::Level::Debug, ::core::format_args!($($message)+)) };
}

/// As [`info!`], for what an operator should look at.
#[macro_export]
macro_rules! warn {
    ($context:expr, $($message:tt)+) => { $context.log($crate::Level::Warn, ::core::format_args!($($message)+)) };
}

/// As [`info!`], for what an operator must act on.
#[macro_export]
macro_rules! error {
    ($context:expr, $($message:tt)+) => { $context.log($crate::Level::Error, ::core::format_args!($($message)+)) };
}
