//! Compiling in a child, its bounds, and the cache of its results.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use selvedge_interface::Response;
use selvedge_runtime::{
    COMPILE_WORKER, CacheConfig, Call, ChildCompiler, Code, Compiler, EngineConfig, InstallError,
    LoadError, PackageSource, PackageStore, Runtimes, WasmEngine, compile_worker_main,
};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use support::{MemoryHost, get_and_put, input};

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(COMPILE_WORKER) {
        let done = compile_worker_main(std::io::stdin().lock(), std::io::stdout().lock());
        return if done.is_ok() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
    }
    let tests: [(&str, fn()); 9] = [
        (
            "a child compiles what this process runs",
            a_child_compiles_what_this_process_runs,
        ),
        (
            "what the compiler refuses comes back as text",
            what_the_compiler_refuses_comes_back_as_text,
        ),
        (
            "too little memory stops the child",
            too_little_memory_stops_the_child,
        ),
        (
            "too little time stops the child",
            too_little_time_stops_the_child,
        ),
        (
            "a missing or mute compiler is an error",
            a_missing_or_mute_compiler_is_an_error,
        ),
        (
            "the cache saves the compilation",
            the_cache_saves_the_compilation,
        ),
        (
            "spoilt cache files are compiled again",
            spoilt_cache_files_are_compiled_again,
        ),
        (
            "a cache that cannot be written costs only time",
            a_cache_that_cannot_be_written_costs_only_time,
        ),
        (
            "packages of type wasm install and run",
            packages_of_type_wasm_install_and_run,
        ),
    ];
    let filter = std::env::args()
        .nth(1)
        .filter(|a| !a.starts_with('-'))
        .unwrap_or_default();
    let mut failed = 0;
    for (name, test) in tests.iter().filter(|(name, _)| name.contains(&filter)) {
        let ok = std::panic::catch_unwind(test).is_ok();
        println!("test {name} ... {}", if ok { "ok" } else { "FAILED" });
        failed += u32::from(!ok);
    }
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn child() -> ChildCompiler {
    ChildCompiler::new(std::env::current_exe().unwrap())
}

fn engine(compiler: Compiler, cache: Option<&Path>) -> WasmEngine {
    let cache = cache.map(|dir| CacheConfig {
        dir: dir.to_owned(),
        fresh_key: [7; 32],
    });
    let workers = NonZeroUsize::new(1).unwrap();
    WasmEngine::new(&EngineConfig {
        workers,
        compiler,
        cache,
        ..EngineConfig::default()
    })
    .unwrap()
}

/// No compiler at all: what loads came from the cache.
fn nobody() -> Compiler {
    Compiler::Child(ChildCompiler::new("/nonexistent/compiler"))
}

fn works(engine: &WasmEngine) {
    let chaincode = engine.load(&get_and_put()).unwrap();
    let answer = chaincode.execute(
        Call::new("kv", input(&["k"])),
        MemoryHost::with(&[("k", b"v")]).boxed(),
    );
    assert_eq!(answer, Ok(Response::ok("v")));
}

fn refusal(compiler: ChildCompiler) -> String {
    match engine(Compiler::Child(compiler), None).load(&large()) {
        Err(LoadError::Compile(error)) => error.to_string(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it compiled"),
    }
}

/// A component that takes the compiler a while: one long function with much control flow.
fn large() -> Vec<u8> {
    let mut body = String::new();
    for n in 0..20_000 {
        body.push_str(&format!(
            "(if (i32.eq (local.get $count) (i32.const {n})) (then (i32.store (i32.const {n}) (i32.add (local.get $args) (i32.const {n})))))"
        ));
    }
    support::component("", &support::invoke(&format!("{body} unreachable")))
}

fn a_child_compiles_what_this_process_runs() {
    works(&engine(Compiler::Child(child()), None));
    let compiler = Compiler::Child(child());
    let quick = EngineConfig {
        code: Code::Quick,
        compiler,
        ..EngineConfig::default()
    };
    works(&WasmEngine::new(&quick).unwrap());
}

fn what_the_compiler_refuses_comes_back_as_text() {
    // Accepted by the checks, which know nothing of this engine's limits, and refused when it is loaded.
    let engine = engine(Compiler::Child(child()), None);
    let error = engine.load(&support::component_of(
        r#"(module (memory (export "memory") 5000)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
            (func (export "invoke") (param i32 i32 i32) (result i32) unreachable))"#,
    ));
    let error = error.err().unwrap().to_string();
    assert!(
        error.starts_with("the component cannot be compiled: "),
        "{error}"
    );
}

fn too_little_memory_stops_the_child() {
    // It does not bound address space.
    if cfg!(target_os = "macos") {
        return;
    }
    let error = refusal(ChildCompiler {
        max_memory: 32 << 20,
        ..child()
    });
    assert!(error.contains("32 MiB of memory"), "{error}");
}

fn too_little_time_stops_the_child() {
    let error = refusal(ChildCompiler {
        deadline: Duration::from_millis(1),
        ..child()
    });
    assert_eq!(error, "compiling it takes longer than 0 s");
    let error = refusal(ChildCompiler {
        max_cpu: 0,
        ..child()
    });
    assert!(error.contains("0 s of CPU"), "{error}");
}

fn a_missing_or_mute_compiler_is_an_error() {
    let error = refusal(ChildCompiler::new("/nonexistent/compiler"));
    assert!(
        error.starts_with("cannot run the compiler /nonexistent/compiler: "),
        "{error}"
    );
    let error = refusal(ChildCompiler::new("/bin/false"));
    assert!(
        error.starts_with("the compiler was stopped (exit status 1)"),
        "{error}"
    );
    let error = refusal(ChildCompiler::new("/bin/echo"));
    assert_eq!(
        error,
        "cannot run the compiler /bin/echo: it does not answer as a compiler does"
    );
}

fn the_cache_saves_the_compilation() {
    let dir = tempfile::tempdir().unwrap();
    works(&engine(Compiler::Child(child()), Some(dir.path())));
    works(&engine(nobody(), Some(dir.path())));
    let other = tempfile::tempdir().unwrap();
    assert!(
        engine(nobody(), Some(other.path()))
            .load(&get_and_put())
            .is_err()
    );
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path))
        } else {
            files.push(path)
        }
    }
    files
}

fn spoilt_cache_files_are_compiled_again() {
    let spoil: [fn(&Path); 6] = [
        |file| std::fs::write(file, b"").unwrap(),
        |file| std::fs::write(file, b"\x7fELF not quite").unwrap(),
        |file| {
            let mut bytes = std::fs::read(file).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(file, bytes).unwrap();
        },
        |file| {
            let bytes = std::fs::read(file).unwrap();
            std::fs::write(file, &bytes[..bytes.len() / 3]).unwrap();
        },
        |file| std::fs::remove_file(file).unwrap(),
        |file| std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o666)).unwrap(),
    ];
    let dir = tempfile::tempdir().unwrap();
    for spoil in spoil {
        works(&engine(Compiler::InProcess, Some(dir.path())));
        works(&engine(nobody(), Some(dir.path())));
        for file in files(dir.path()) {
            spoil(&file);
        }
        assert!(
            engine(nobody(), Some(dir.path()))
                .load(&get_and_put())
                .is_err()
        );
    }
}

fn a_cache_that_cannot_be_written_costs_only_time() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(Compiler::InProcess, Some(dir.path()));
    // Not even root can write into a directory that is gone.
    std::fs::remove_dir_all(dir.path()).unwrap();
    works(&engine);
}

fn packages_of_type_wasm_install_and_run() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Arc::new(engine(Compiler::Child(child()), None));
    let runtimes = Runtimes::new(PackageStore::open(dir.path()).unwrap(), vec![engine]);
    let package = |files: &[(&str, Vec<u8>)]| {
        let files: BTreeMap<_, _> = files
            .iter()
            .map(|(n, c)| ((*n).to_owned(), c.clone()))
            .collect();
        PackageSource {
            label: "kv".into(),
            kind: "wasm".into(),
            path: String::new(),
            files,
        }
        .write()
        .unwrap()
    };
    let meta = ("META-INF/statedb/couchdb/indexes/i.json", b"{}".to_vec());
    let good = package(&[("chaincode.wasm", get_and_put()), meta]);
    let id = runtimes.install(&good).unwrap().id;
    let answer = runtimes.get(&id).unwrap().execute(
        Call::new("kv", input(&["k"])),
        MemoryHost::default().boxed(),
    );
    assert_eq!(answer.unwrap().status, 404);
    let refused = |files: &[(&str, Vec<u8>)]| match runtimes.install(&package(files)) {
        Err(InstallError::Build(error)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(&[]),
        "wasm build failed: code.tar.gz holds no *.wasm file"
    );
    assert_eq!(
        refused(&[("a.wasm", vec![]), ("b.wasm", vec![])]),
        "wasm build failed: code.tar.gz holds 2 *.wasm files; it must hold one"
    );
    assert_eq!(
        refused(&[("a.wasm", get_and_put()), ("src/lib.rs", vec![])]),
        "wasm build failed: code.tar.gz holds src/lib.rs; it must hold one *.wasm file and META-INF only"
    );
    assert_eq!(
        refused(&[("a.wasm", b"junk".to_vec())]),
        "wasm build failed: not WebAssembly: the file does not begin with \\0asm"
    );
    assert_eq!(
        refused(&[("a.wasm", vec![0; 60 << 20])]),
        "wasm build failed: code.tar.gz holds a.wasm, which is too large: 62914560 bytes are more than the 52428800 allowed"
    );
    assert_eq!(runtimes.store().list().unwrap().len(), 1);
}
