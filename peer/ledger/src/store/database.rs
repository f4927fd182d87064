use crate::error::Result;
use crate::rich::{Definitions, maintain};
use crate::{LedgerError, Options, StateDatabase};
use bytes::Bytes;
use parking_lot::RwLock;
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DB, DBCompressionType,
    DBRecoveryMode, ErrorKind, LogLevel, WriteBatch, WriteBatchIteratorCf, WriteOptions,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The column families. Names are part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Column {
    /// Format, channel, savepoint, hints.
    Meta,
    /// Number → serialized block.
    Blocks,
    /// Block hash → number, transaction ID → status.
    Index,
    /// Public state.
    State,
    /// Hashes of private state.
    Hashed,
    /// Private state in clear.
    Private,
    History,
    /// Private write sets, what is missing, what expires.
    PrivateSets,
    /// Indexes of rich queries: definitions and rows.
    Rich,
}

impl Column {
    pub(crate) const COUNT: usize = 9;

    const ALL: [Self; Self::COUNT] = [
        Self::Meta,
        Self::Blocks,
        Self::Index,
        Self::State,
        Self::Hashed,
        Self::Private,
        Self::History,
        Self::PrivateSets,
        Self::Rich,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Meta => rocksdb::DEFAULT_COLUMN_FAMILY_NAME,
            Self::Blocks => "blocks",
            Self::Index => "index",
            Self::State => "state",
            Self::Hashed => "hashed",
            Self::Private => "private",
            Self::History => "history",
            Self::PrivateSets => "private-sets",
            Self::Rich => "rich",
        }
    }
}

/// Memory for writes not yet in a table file, all column families together.
const WRITE_BUFFERS: usize = 64 << 20;
/// Log that a crash may leave to be replayed at the next opening. RocksDB's own limit would be several GiB here.
const LOG_BYTES: u64 = 128 << 20;
/// Values from this size on are kept outside the tree, so that compactions do not copy them.
const BLOB_FROM: u64 = 4 << 10;
/// A Bloom filter answers most look-ups of absent keys (new transaction IDs, first writes) without a read.
const BLOOM_BITS: f64 = 10.0;
/// The same for transaction IDs that are not in a table file yet: part of a write buffer of 64 MiB, 256 KiB a channel. Every
/// transaction's ID is looked up when it is endorsed, waited for and committed, and not there each time.
const FRESH_IDS: f64 = 1.0 / 256.0;

/// How the state is read and what may enter it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) state_database: StateDatabase,
    pub(crate) rich_query_portion: usize,
    pub(crate) history: bool,
}

impl Rules {
    pub(crate) fn couchdb(self) -> bool {
        self.state_database == StateDatabase::CouchDb
    }

    /// A public or private value as it is read. Fabric's peers with CouchDB may answer the bytes as written for a key in
    /// their cache; with an empty cache they answer as here.
    pub(crate) fn shown(self, value: Bytes) -> Bytes {
        if !self.couchdb() {
            return value;
        }
        selvedge_query::canonical(&value).map_or(value, Bytes::from)
    }
}

pub(crate) struct Database {
    db: DB,
    dir: PathBuf,
    sync: bool,
    rules: Rules,
    /// RocksDB's numbers of the column families, by which a batch names them.
    column_ids: [u32; Column::COUNT],
    definitions: RwLock<Arc<Definitions>>,
}

impl Database {
    /// A new database. One that is there already is opened when `is_whole` says so, and thrown away otherwise.
    pub(crate) fn create(
        dir: &Path,
        options: &Options,
        is_whole: impl FnOnce(&Self) -> Result<bool>,
    ) -> Result<Self> {
        let failed = |source| LedgerError::CreateDir {
            dir: dir.into(),
            source,
        };
        std::fs::create_dir_all(dir).map_err(failed)?;
        let there = dir.join("CURRENT").exists();
        let found = Self::start(dir, options, true)?;
        if !there || is_whole(&found)? {
            return Ok(found);
        }
        drop(found);
        DB::destroy(&database_options(true), dir).map_err(|source| LedgerError::Open {
            dir: dir.into(),
            source,
        })?;
        std::fs::create_dir_all(dir).map_err(failed)?;
        Self::start(dir, options, true)
    }

    pub(crate) fn open(dir: &Path, options: &Options) -> Result<Self> {
        if !dir.join("CURRENT").exists() {
            return Err(LedgerError::NotFound { dir: dir.into() });
        }
        Self::start(dir, options, false)
    }

    /// As [`Database::open`], without a lock and without writing: another process may have it open.
    pub(crate) fn open_read_only(dir: &Path, options: &Options) -> Result<Self> {
        if !dir.join("CURRENT").exists() {
            return Err(LedgerError::NotFound { dir: dir.into() });
        }
        let mut settings = database_options(false);
        settings.create_missing_column_families(false);
        settings.set_wal_recovery_mode(recovery(options));
        let columns = descriptors(options);
        let db = DB::open_cf_descriptors_read_only(&settings, dir, columns, false)
            .map_err(|source| unopened(dir, options, source))?;
        Self::assemble(db, dir, options)
    }

    fn start(dir: &Path, options: &Options, create: bool) -> Result<Self> {
        let mut settings = database_options(create);
        settings.set_wal_recovery_mode(recovery(options));
        if options.in_memory {
            let memory = rocksdb::Env::mem_env();
            settings.set_env(&memory.map_err(|source| unopened(dir, options, source))?);
        }
        let columns = descriptors(options);
        let db = DB::open_cf_descriptors(&settings, dir, columns)
            .map_err(|source| unopened(dir, options, source))?;
        Self::assemble(db, dir, options)
    }

    fn assemble(db: DB, dir: &Path, options: &Options) -> Result<Self> {
        let mut database = Self {
            db,
            dir: dir.into(),
            sync: options.sync,
            rules: Rules {
                state_database: options.state_database,
                rich_query_portion: options.rich_query_portion.max(1),
                history: options.history,
            },
            column_ids: [0; Column::COUNT],
            definitions: RwLock::default(),
        };
        for column in Column::ALL {
            database.column_ids[column as usize] = column_id(database.column(column)?);
        }
        let definitions = Definitions::load(&database)?;
        database.set_definitions(definitions);
        Ok(database)
    }

    pub(crate) fn rules(&self) -> Rules {
        self.rules
    }

    pub(crate) fn column_id(&self, column: Column) -> u32 {
        self.column_ids[column as usize]
    }

    /// The indexes of rich queries. Changed only by who holds the ledger's commit lock.
    pub(crate) fn definitions(&self) -> Arc<Definitions> {
        Arc::clone(&self.definitions.read())
    }

    pub(crate) fn set_definitions(&self, definitions: Definitions) {
        *self.definitions.write() = Arc::new(definitions);
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn raw(&self) -> &DB {
        &self.db
    }

    pub(crate) fn column(&self, column: Column) -> Result<&ColumnFamily> {
        self.db
            .cf_handle(column.name())
            .ok_or_else(|| LedgerError::Damaged {
                dir: self.dir.clone(),
                what: format!("column family {} is missing", column.name()),
            })
    }

    /// All of them, in the order of their declaration.
    pub(crate) fn columns(&self) -> Result<[&ColumnFamily; Column::COUNT]> {
        let mut out = [self.column(Column::Meta)?; Column::COUNT];
        for column in Column::ALL {
            out[column as usize] = self.column(column)?;
        }
        Ok(out)
    }

    /// The newest value, whatever snapshots exist.
    pub(crate) fn get(
        &self,
        column: Column,
        key: &[u8],
        what: &'static str,
    ) -> Result<Option<Bytes>> {
        let found = self.db.get_pinned_cf(self.column(column)?, key);
        let found = found.map_err(|source| LedgerError::Read { what, source })?;
        Ok(found.map(|slice| Bytes::copy_from_slice(&slice)))
    }

    /// All of it or nothing; on the disk when this returns, if the ledger was opened so.
    pub(crate) fn write(&self, block: u64, batch: WriteBatch) -> Result<()> {
        self.write_with(block, batch, self.sync)
    }

    /// On the disk at the latest when a later [`Database::write`] is.
    pub(crate) fn write_unsynced(&self, block: u64, batch: WriteBatch) -> Result<()> {
        self.write_with(block, batch, false)
    }

    fn write_with(&self, block: u64, mut batch: WriteBatch, sync: bool) -> Result<()> {
        maintain(self, &self.definitions(), &mut batch)?;
        let mut options = WriteOptions::default();
        options.set_sync(sync);
        self.db
            .write_opt(batch, &options)
            .map_err(|source| LedgerError::Write { block, source })
    }

    /// Index rows and definitions alone. What is lost in a crash is built again.
    pub(crate) fn write_index(&self, batch: WriteBatch) -> Result<()> {
        let mut options = WriteOptions::default();
        options.set_sync(self.sync);
        self.db
            .write_opt(batch, &options)
            .map_err(|source| LedgerError::WriteIndex { source })
    }
}

/// RocksDB tells the number of a column family only to who reads a batch.
fn column_id(column: &ColumnFamily) -> u32 {
    struct Seen(u32);
    impl WriteBatchIteratorCf for Seen {
        fn put_cf(&mut self, column: u32, _: &[u8], _: &[u8]) {
            self.0 = column;
        }
        fn delete_cf(&mut self, _: u32, _: &[u8]) {}
        fn merge_cf(&mut self, _: u32, _: &[u8], _: &[u8]) {}
    }
    let mut batch = WriteBatch::default();
    batch.put_cf(column, b"", b"");
    let mut seen = Seen(0);
    batch.iterate_cf(&mut seen);
    seen.0
}

/// What was on the disk is not given up because of a damaged log; only what a crash left half-written is, at its end.
/// Without waiting for the disk nothing is sure behind a power failure, and the ledger ends where the log does.
fn recovery(options: &Options) -> DBRecoveryMode {
    if options.sync {
        DBRecoveryMode::TolerateCorruptedTailRecords
    } else {
        DBRecoveryMode::PointInTime
    }
}

fn descriptors(options: &Options) -> [ColumnFamilyDescriptor; Column::COUNT] {
    let cache = Cache::new_lru_cache(options.cache_bytes);
    Column::ALL
        .map(|column| ColumnFamilyDescriptor::new(column.name(), column_options(column, &cache)))
}

/// Says up to which block a damaged database is whole, where that can be found out.
fn unopened(dir: &Path, options: &Options, source: rocksdb::Error) -> LedgerError {
    let open = |source| LedgerError::Open {
        dir: dir.into(),
        source,
    };
    if source.kind() != ErrorKind::Corruption {
        return open(source);
    }
    let mut settings = database_options(false);
    settings.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    let readable = DB::open_cf_descriptors_read_only(&settings, dir, descriptors(options), false);
    let last = readable.ok().and_then(|db| {
        let savepoint = db.get(super::meta::SAVEPOINT_KEY).ok()??;
        Some(u64::from_be_bytes(*savepoint.first_chunk::<8>()?))
    });
    match last {
        None => open(source),
        Some(block) => LedgerError::Damaged {
            dir: dir.into(),
            what: format!("its log is damaged behind block [{block}]: {source}"),
        },
    }
}

fn database_options(create: bool) -> rocksdb::Options {
    let mut options = rocksdb::Options::default();
    options.create_if_missing(create);
    // Also in a ledger from before a column family was thought of.
    options.create_missing_column_families(true);
    options.set_db_write_buffer_size(WRITE_BUFFERS);
    options.set_max_total_wal_size(LOG_BYTES);
    options.set_track_and_verify_wals_in_manifest(true);
    options.set_log_level(LogLevel::Warn);
    options.set_keep_log_file_num(2);
    options.set_stats_dump_period_sec(0);
    options
}

fn column_options(column: Column, cache: &Cache) -> rocksdb::Options {
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(cache);
    table.set_bloom_filter(BLOOM_BITS, false);
    let mut options = rocksdb::Options::default();
    options.set_block_based_table_factory(&table);
    options.set_compression_type(DBCompressionType::Lz4);
    if matches!(column, Column::Index) {
        options.set_memtable_whole_key_filtering(true);
        options.set_memtable_prefix_bloom_ratio(FRESH_IDS);
    }
    if matches!(column, Column::Blocks | Column::History) {
        options.set_enable_blob_files(true);
        options.set_min_blob_size(BLOB_FROM);
        options.set_blob_compression_type(DBCompressionType::Lz4);
    }
    options
}
