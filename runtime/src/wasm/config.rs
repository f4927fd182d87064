use std::num::NonZeroUsize;
use std::path::PathBuf;
use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig,
    RegallocAlgorithm,
};

/// What one instance may hold. Part of every outcome, so every peer of a channel must have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory in bytes.
    pub memory: usize,
    /// Elements of all tables together.
    pub table_elements: usize,
    /// Bytes of log that one call may write; what comes after is dropped with a notice.
    pub log: usize,
    /// Calls inside calls; a client's call alone is 1.
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 128 << 20,
            table_elements: 100_000,
            log: 64 << 10,
            depth: 16,
        }
    }
}

/// What the compiler strives for. Answers and fuel are the same; the depth at which recursion overflows is not, so the
/// choice is part of the engine's fingerprint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Code {
    /// Fast code: for peers.
    #[default]
    Optimized,
    /// Code in a third of the time: for tests, and for contracts that change with every save.
    Quick,
}

/// How components become machine code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Compiler {
    /// In a child process with bounds of its own: the safe choice wherever strangers' packages are installed.
    Child(ChildCompiler),
    /// In this process, without bounds. For tests and for a developer's own contracts.
    #[default]
    InProcess,
}

/// The compiling child is `program` with [`crate::COMPILE_WORKER`] as its only argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildCompiler {
    pub program: PathBuf,
    /// Address space in bytes.
    pub max_memory: u64,
    /// CPU time over all its threads, in seconds.
    pub max_cpu: u64,
    /// Wall-clock time.
    pub deadline: std::time::Duration,
}

impl ChildCompiler {
    /// 8 GiB, five minutes of CPU, two minutes of wall-clock time: a Python component takes 31 s on a loaded core.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            max_memory: 8 << 30,
            max_cpu: 300,
            deadline: std::time::Duration::from_secs(120),
        }
    }
}

/// Where compiled code is kept between runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheConfig {
    /// Private to this peer; created with mode 0700.
    pub dir: PathBuf,
    /// Becomes the key that authenticates the cache if there is none yet. From a cryptographic random source.
    pub fresh_key: [u8; 32],
}

#[derive(Clone, Debug)]
pub struct EngineConfig {
    pub limits: Limits,
    /// Threads that run chaincode, and so the number of transactions executing at once.
    pub workers: NonZeroUsize,
    /// Linear memory of all instances together, in bytes. A call that needs more than is left is turned away; at least
    /// [`Limits::memory`], or calls within the limits never run.
    pub total_memory: usize,
    pub compiler: Compiler,
    pub code: Code,
    /// `None`: everything is compiled again in every process.
    pub cache: Option<CacheConfig>,
    /// Bytes of machine code, with its tables, that stay mapped. Of chaincode beyond that what was not called for
    /// longest is unmapped; its next call maps it again, in about a tenth of a millisecond. Without a cache all of it
    /// stays.
    pub ready_code: usize,
}

impl EngineConfig {
    /// A hundred contracts of the size of a sample.
    pub const READY_CODE: usize = 64 << 20;
}

impl Default for EngineConfig {
    fn default() -> Self {
        let workers = NonZeroUsize::new(16).unwrap_or(NonZeroUsize::MIN);
        Self {
            limits: Limits::default(),
            workers,
            total_memory: 4 << 30,
            compiler: Compiler::default(),
            code: Code::default(),
            cache: None,
            ready_code: Self::READY_CODE,
        }
    }
}

/// Bytes of native stack that one instance may use. Overflow depends on compiler and CPU; see [`crate::ExecuteError`].
pub(crate) const WASM_STACK: usize = 512 << 10;
/// Native stack of one call besides: the peer's own frames between a guest and its callee, the database's included.
const HOST_STACK: usize = 1 << 20;

/// Stack that a thread needs to run calls nested `depth` deep.
pub(crate) fn thread_stack(depth: u32) -> usize {
    (depth as usize + 1) * (WASM_STACK + HOST_STACK) + (1 << 20)
}

/// Everything that changes machine code or the meaning of a guest. Both the compiling child and the engine use it.
pub(crate) fn code_config(code: Code) -> Config {
    let mut config = Config::new();
    if code == Code::Quick {
        config
            .cranelift_opt_level(OptLevel::None)
            .cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
    }
    config
        .consume_fuel(true)
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        .relaxed_simd_deterministic(true)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .concurrency_support(false)
        .memory_init_cow(true)
        .max_wasm_stack(WASM_STACK);
    config
}

/// Core instances and tables of one component: Python's need more than ten of the former.
const CORE_INSTANCES: u32 = 40;
const TABLES: u32 = 10;
/// What a pool slot keeps between two transactions instead of giving it back to the system.
const RESIDENT: usize = 1 << 20;

pub(crate) fn pooled_config(limits: Limits, code: Code, slots: u32) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_core_instances(slots.saturating_mul(CORE_INSTANCES))
        .total_memories(slots)
        .total_tables(slots.saturating_mul(TABLES))
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(1)
        .max_tables_per_component(TABLES)
        .max_memory_size(limits.memory)
        .table_elements(limits.table_elements)
        .linear_memory_keep_resident(RESIDENT)
        .table_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    let mut config = code_config(code);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}
