use std::process::{Command, Stdio};

/// How a program finds its C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Linking {
    /// On the machine where it runs.
    Dynamic,
    /// It brings musl.
    Musl,
    /// It brings glibc.
    Glibc,
}

impl Linking {
    /// A static program; with musl where this machine can, since glibc resolves host names with parts of itself that it
    /// loads at run time unless it is recent.
    pub(super) fn fixed() -> Self {
        let standard_library = || {
            let mut rustc = Command::new("rustc");
            rustc.args(["--print", "target-libdir", "--target", &musl()]);
            let found = rustc.stderr(Stdio::null()).output().ok()?;
            let directory = String::from_utf8(found.stdout).ok()?;
            Some(std::path::Path::new(directory.trim()).is_dir())
        };
        // TLS is written in C.
        let compiler = || {
            let mut gcc = Command::new("musl-gcc");
            gcc.arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            gcc.status().is_ok_and(|status| status.success())
        };
        if standard_library() == Some(true) && compiler() {
            Self::Musl
        } else {
            Self::Glibc
        }
    }

    /// `None`: that of the machine.
    pub(super) fn target(self) -> Option<String> {
        match self {
            Self::Dynamic => None,
            Self::Musl => Some(musl()),
            // Named, or the flag would reach build scripts and macros, which cannot be static.
            Self::Glibc => Some(format!("{}-unknown-linux-gnu", std::env::consts::ARCH)),
        }
    }

    pub(super) fn rustflags(self) -> &'static [&'static str] {
        match self {
            Self::Dynamic => &[],
            Self::Musl | Self::Glibc => &["-Ctarget-feature=+crt-static"],
        }
    }

    pub(super) fn describe(self) -> String {
        match self {
            Self::Dynamic => "with the C library of the machine".to_owned(),
            Self::Musl => "statically, with musl".to_owned(),
            Self::Glibc => format!(
                "statically, with glibc (for musl: rustup target add {}, and a musl-gcc)",
                musl()
            ),
        }
    }

    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::Dynamic => "A C compiler is needed as well, for TLS",
            Self::Musl => "musl-gcc compiles TLS",
            Self::Glibc => "A C compiler and the static C library (libc6-dev) are needed as well",
        }
    }
}

fn musl() -> String {
    format!("{}-unknown-linux-musl", std::env::consts::ARCH)
}
