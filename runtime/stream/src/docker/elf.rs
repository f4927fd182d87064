//! Whether a file is a program that runs in an image with nothing else in it. Read from the ELF header and the program
//! headers; System V ABI, "Program Loading".

/// `PT_INTERP`: the path of the dynamic loader.
const INTERPRETER: u32 = 3;

/// # Errors
/// A sentence to be put behind the file's name.
pub(super) fn check(program: &[u8]) -> Result<(), String> {
    let header = Header::read(program).ok_or(
        "is no Linux program: it must be a static ELF executable for 64 bits, little-endian",
    )?;
    // Executable, or shared: a static program that is independent of its position.
    if !matches!(header.kind, 2 | 3) {
        return Err(
            "is an object file or a library; it must be a static ELF executable".to_owned(),
        );
    }
    let machine = match header.machine {
        62 => "x86_64",
        183 => "aarch64",
        other => {
            return Err(format!(
                "is made for machine {other}; use x86_64 or aarch64"
            ));
        }
    };
    if machine != std::env::consts::ARCH {
        return Err(format!(
            "is made for {machine}, and this peer runs on {}",
            std::env::consts::ARCH
        ));
    }
    match header.has_segment(program, INTERPRETER) {
        None => Err("is cut off: its program headers are beyond its end".to_owned()),
        Some(true) => Err(
            "is linked dynamically, and the image it runs in holds no libraries; link it statically (for Rust: --target x86_64-unknown-linux-musl, for Go: CGO_ENABLED=0)"
                .to_owned(),
        ),
        Some(false) => Ok(()),
    }
}

struct Header {
    kind: u16,
    machine: u16,
    table: usize,
    entry_size: usize,
    entries: usize,
}

impl Header {
    fn read(program: &[u8]) -> Option<Self> {
        // Class 2: 64 bits; data 1: little-endian.
        if !program.starts_with(b"\x7fELF\x02\x01") {
            return None;
        }
        Some(Self {
            kind: half(program, 16)?,
            machine: half(program, 18)?,
            table: usize::try_from(u64::from_le_bytes(program.get(32..40)?.try_into().ok()?))
                .ok()?,
            entry_size: half(program, 54)?.into(),
            entries: half(program, 56)?.into(),
        })
    }

    /// `None` when the table is not all there.
    fn has_segment(&self, program: &[u8], kind: u32) -> Option<bool> {
        let mut found = false;
        for index in 0..self.entries {
            let at = self
                .table
                .checked_add(index.checked_mul(self.entry_size)?)?;
            let bytes = program.get(at..at.checked_add(4)?)?;
            found |= u32::from_le_bytes(bytes.try_into().ok()?) == kind;
        }
        Some(found)
    }
}

fn half(program: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(
        program.get(at..at + 2)?.try_into().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(kind: u16, machine: u16, segments: &[u32]) -> Vec<u8> {
        let mut bytes = vec![0; 64];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[16..18].copy_from_slice(&kind.to_le_bytes());
        bytes[18..20].copy_from_slice(&machine.to_le_bytes());
        bytes[32..40].copy_from_slice(&64_u64.to_le_bytes());
        bytes[54..56].copy_from_slice(&56_u16.to_le_bytes());
        let count = u16::try_from(segments.len()).unwrap();
        bytes[56..58].copy_from_slice(&count.to_le_bytes());
        for segment in segments {
            bytes.extend(segment.to_le_bytes());
            bytes.extend([0; 52]);
        }
        bytes
    }

    fn here() -> u16 {
        if cfg!(target_arch = "x86_64") {
            62
        } else {
            183
        }
    }

    #[test]
    fn static_programs_of_this_machine_are_fine() {
        assert_eq!(check(&program(2, here(), &[1, 1, 4])), Ok(()));
        assert_eq!(check(&program(3, here(), &[1, 2])), Ok(()));
    }

    #[test]
    fn everything_else_says_what_it_is() {
        let problem = |bytes: &[u8]| check(bytes).unwrap_err();
        assert!(problem(b"\0asm").starts_with("is no Linux program"));
        assert!(problem(b"\x7fELF\x02\x01").starts_with("is no Linux program"));
        assert!(problem(&program(2, here(), &[1, 3])).starts_with("is linked dynamically"));
        assert!(problem(&program(1, here(), &[])).starts_with("is an object file"));
        assert!(problem(&program(2, 243, &[1])).starts_with("is made for machine 243"));
        let other = if here() == 62 { 183 } else { 62 };
        assert!(problem(&program(2, other, &[1])).contains("and this peer runs on"));
        let mut cut = program(2, here(), &[1, 1]);
        cut.truncate(70);
        assert!(problem(&cut).starts_with("is cut off"));
    }
}
