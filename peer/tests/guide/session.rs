use crate::block::Block;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// A network that is not up by then will not be; building a contract is part of it.
const PATIENCE: Duration = Duration::from_secs(300);
/// The last line that `selvedge dev` prints when it is up.
const UP: &str = "Ctrl-C stops it.";

/// A shell in a directory of its own.
pub(crate) struct Session {
    directory: tempfile::TempDir,
    repository: PathBuf,
    shell: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    networks: Vec<Child>,
    pub(crate) commands: usize,
}

impl Session {
    pub(crate) fn start(repository: &Path) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_selvedge")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let mut shell = Command::new("bash")
            .args(["--noprofile", "--norc"])
            .current_dir(directory.path())
            .env("PATH", format!("{}:{path}", program.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: shell.stdin.take().unwrap(),
            output: BufReader::new(shell.stdout.take().unwrap()),
            directory,
            repository: repository.to_owned(),
            shell,
            networks: Vec::new(),
            commands: 0,
        }
    }

    /// Writes a block to a file below the shell's current directory.
    pub(crate) fn write(&mut self, file: &str, block: &Block) {
        let (_, here) = self.execute("pwd");
        let path = Path::new(here.trim()).join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, self.here(&block.text())).unwrap();
    }

    /// Types the commands of a block, and compares what they print.
    pub(crate) fn run(&mut self, block: &Block) {
        for (command, expected) in commands(&block.lines) {
            let line = self.here(&command);
            self.commands += 1;
            if line.starts_with("selvedge dev ") && !line.contains("--once") {
                self.network(&line);
                continue;
            }
            let (status, printed) = self.execute(&line);
            let place = block.place();
            let fails = expected.iter().any(|line| line.starts_with("Error: "));
            assert_eq!(
                status != 0,
                fails,
                "{place}: {line} ends with {status}:\n{printed}"
            );
            assert!(
                matches(&expected, &printed),
                "{place}: {line} prints\n{printed}\ninstead of\n{}",
                expected.join("\n")
            );
        }
    }

    /// In the place of what a reader has elsewhere.
    fn here(&self, text: &str) -> String {
        let repository = self.repository.display().to_string();
        text.replace("<this repository>", &repository)
            .replace(" chaincodes/", &format!(" {repository}/chaincodes/"))
    }

    /// Status, and what was printed on standard output, or by a command that fails on standard error.
    fn execute(&mut self, line: &str) -> (i32, String) {
        let errors = self.directory.path().join(".stderr");
        let errors = errors.display();
        // Not a subshell: what is set and sourced stays.
        writeln!(
            self.input,
            "{{ {line}\n}} 2>{errors} </dev/null; printf '\\nended with %s\\n' $?"
        )
        .unwrap();
        let mut printed = String::new();
        loop {
            let mut next = String::new();
            let read = self.output.read_line(&mut next).unwrap();
            assert!(read > 0, "the shell has ended:\n{printed}");
            if let Some(status) = next.strip_prefix("ended with ") {
                let status = status.trim().parse().unwrap();
                // The line break before the mark.
                printed.pop();
                if status != 0 {
                    printed +=
                        &std::fs::read_to_string(self.directory.path().join(".stderr")).unwrap();
                }
                return (status, printed);
            }
            printed += &next;
        }
    }

    /// Starts a network and waits until it is up; it runs until the session ends.
    fn network(&mut self, line: &str) {
        let (_, here) = self.execute("pwd");
        let said = self
            .directory
            .path()
            .join(format!(".network{}", self.networks.len()));
        let file = std::fs::File::create(&said).unwrap();
        let path = std::env::var("PATH").unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_selvedge")).parent().unwrap();
        let network = Command::new("bash")
            .args(["-c", &format!("exec {line}")])
            .current_dir(here.trim())
            .env("PATH", format!("{}:{path}", program.display()))
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        self.networks.push(network);
        let begin = Instant::now();
        loop {
            let text = std::fs::read_to_string(&said).unwrap();
            if text.contains(UP) {
                return;
            }
            let network = self.networks.last_mut().unwrap();
            let ended = network.try_wait().unwrap();
            assert!(ended.is_none(), "{line} ended:\n{text}");
            assert!(
                begin.elapsed() < PATIENCE,
                "{line} does not come up:\n{text}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        for process in self.networks.iter_mut().chain([&mut self.shell]) {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Each line after `$ `, with those that continue it (behind a `\` or after `> `), and the lines below.
fn commands(lines: &[String]) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let mut continues = false;
    for line in lines {
        // As a shell asks for the rest of a loop.
        if let Some(more) = line.strip_prefix("> ")
            && let Some((command, printed)) = found.last_mut()
            && printed.is_empty()
        {
            *command += &format!("\n{more}");
            continue;
        }
        match (line.strip_prefix("$ "), found.last_mut()) {
            (Some(command), _) if !continues => found.push((command.to_owned(), Vec::new())),
            (_, Some((command, _))) if continues => *command += &format!("\n{line}"),
            (_, Some((_, printed))) => printed.push(line.clone()),
            (_, None) => panic!("a session begins with `$ `, not {line}"),
        }
        continues = line.ends_with('\\');
    }
    found
}

/// `…` is anything: in a line some text, as a line some lines.
fn matches(expected: &[String], printed: &str) -> bool {
    let printed: Vec<&str> = printed.trim_end().lines().collect();
    fits(expected, &printed)
}

fn fits(expected: &[String], printed: &[&str]) -> bool {
    match expected.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first.trim() == "…" => {
            (0..=printed.len()).any(|skipped| fits(rest, &printed[skipped..]))
        }
        Some((first, rest)) => match printed.split_first() {
            Some((line, others)) => is_like(first, line) && fits(rest, others),
            None => false,
        },
    }
}

fn is_like(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.trim_end().split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.trim_end().strip_prefix(first) else {
        return false;
    };
    let mut is_open = false;
    for part in parts {
        is_open = true;
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty() || is_open && pattern.trim_end().ends_with('…')
}

#[test]
fn commands_go_on_over_lines_and_print_what_is_below() {
    let lines = ["$ one \\", "    two", "1", "$ three", "2", "3"].map(str::to_owned);
    assert_eq!(
        commands(&lines),
        [
            ("one \\\n    two".to_owned(), vec!["1".to_owned()]),
            ("three".to_owned(), vec!["2".to_owned(), "3".to_owned()])
        ]
    );
}

#[test]
fn what_is_left_out_may_be_anything() {
    let expected = ["a … c", "…", "z"].map(str::to_owned);
    assert!(matches(&expected, "a b c\n1\n2\nz\n"));
    assert!(matches(&expected, "a b c\nz"));
    assert!(!matches(&expected, "a b d\nz"));
    assert!(!matches(&expected, "a b c\nz\nmore"));
    assert!(matches(&[], ""));
    assert!(!matches(&[], "something"));
    assert!(matches(&["ends with…".to_owned()], "ends with this"));
}
