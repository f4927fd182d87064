//! Says what it sees of its container, and then does as the peer's address says: `exit:7` ends with 7, anything else waits
//! for ever. Called `go`, it is a compiler whose result is itself. Compiled by the tests into a static program.

use std::fs;
use std::path::Path;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let name = arguments.first().and_then(|path| path.rsplit('/').next());
    if name == Some("go") {
        return compile(&arguments);
    }
    println!("arguments: {}", arguments[1..].join(" "));
    for (name, value) in std::env::vars().filter(|(name, _)| name.starts_with("CORE_")) {
        println!("variable: {name}={value}");
    }
    status();
    for path in ["/etc/selvedge-probe", "/tmp/selvedge-probe"] {
        let written = fs::write(path, "x").is_ok();
        println!("write {path}: {written}");
    }
    for file in ["client.key", "client.crt", "client_pem.key", "client_pem.crt", "peer.crt"] {
        let path = Path::new("/etc/hyperledger/fabric").join(file);
        if let Ok(content) = fs::read_to_string(&path) {
            println!("file {file}: {content}");
        }
    }
    eprintln!("ready");
    match arguments.iter().find_map(|word| word.split_once("exit:")) {
        Some((_, code)) => std::process::exit(code.parse().unwrap()),
        None => loop {
            std::thread::park();
        },
    }
}

fn status() {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    for line in status.lines() {
        if ["Uid:", "CapEff:", "NoNewPrivs:"].iter().any(|name| line.starts_with(name)) {
            println!("{}", line.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
}

fn compile(arguments: &[String]) {
    println!("compiling with {}", arguments[1..].join(" "));
    if std::env::var("GOPROXY").as_deref() == Ok("fail") {
        eprintln!("main.go:1: this does not compile");
        std::process::exit(2);
    }
    let at = arguments.iter().position(|word| word == "-o").unwrap();
    fs::copy("/proc/self/exe", &arguments[at + 1]).unwrap();
}
