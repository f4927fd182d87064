use super::composite::{LAST, SEPARATOR, partial_range, simple_range};
use super::{Asked, Batched, HistoryIterator, StateIterator, Stub};
use selvedge_interface::{
    Cursor, Host, HostResult, Kv, Modification, Page, PageRequest, Selection, Space,
};

type Delivery<T> = (Vec<T>, Option<Cursor>);

/// Scans of public state.
impl Stub {
    /// The simple keys in `start..end`, in byte order; an empty bound is open.
    pub fn get_state_by_range(&self, start: &str, end: &str) -> HostResult<StateIterator<'_>> {
        let (start, end) = simple_range(start, end)?;
        self.scan(Space::Public, start, end)
    }

    /// The keys whose composite key begins with these parts.
    pub fn get_state_by_partial_composite_key<S: AsRef<str>>(
        &self,
        object_type: &str,
        attributes: &[S],
    ) -> HostResult<StateIterator<'_>> {
        let (start, end) = partial_range(object_type, attributes)?;
        self.scan(Space::Public, &start, &end)
    }

    /// The keys whose JSON value matches a Mango selector. Peers do not check at commit that the answer still holds.
    pub fn get_query_result(&self, query: &str) -> HostResult<StateIterator<'_>> {
        self.rich(Space::Public, query)
    }

    /// One page of a range, in a transaction that writes nothing.
    pub fn get_state_by_range_with_pagination(
        &self,
        start: &str,
        end: &str,
        page_size: i32,
        bookmark: &str,
    ) -> HostResult<Page> {
        let (start, end) = simple_range(start, end)?;
        self.page(
            Selection::Range {
                space: Space::Public,
                start,
                end,
            },
            page_size,
            bookmark,
        )
    }

    /// One page of a partial composite key, in a transaction that writes nothing.
    pub fn get_state_by_partial_composite_key_with_pagination<S: AsRef<str>>(
        &self,
        object_type: &str,
        attributes: &[S],
        page_size: i32,
        bookmark: &str,
    ) -> HostResult<Page> {
        let (start, end) = partial_range(object_type, attributes)?;
        self.page(
            Selection::Range {
                space: Space::Public,
                start: &start,
                end: &end,
            },
            page_size,
            bookmark,
        )
    }

    /// One page of all composite keys.
    pub fn get_all_states_composite_key_with_pagination(
        &self,
        page_size: i32,
        bookmark: &str,
    ) -> HostResult<Page> {
        let start = SEPARATOR.to_string();
        let end = format!("{SEPARATOR}{LAST}");
        self.page(
            Selection::Range {
                space: Space::Public,
                start: &start,
                end: &end,
            },
            page_size,
            bookmark,
        )
    }

    /// One page of a rich query, in a transaction that writes nothing.
    pub fn get_query_result_with_pagination(
        &self,
        query: &str,
        page_size: i32,
        bookmark: &str,
    ) -> HostResult<Page> {
        self.page(
            Selection::Rich {
                space: Space::Public,
                query,
            },
            page_size,
            bookmark,
        )
    }

    /// Past values of a key, newest first, from blocks committed before this simulation began.
    pub fn get_history_for_key(&self, key: &str) -> HostResult<HistoryIterator<'_>> {
        let first = self.with_host(|host| Host::history(host, key))?;
        Ok(Batched::new(
            self,
            (first.rows, first.cursor),
            next_modifications,
        ))
    }

    pub(crate) fn scan(
        &self,
        space: Space<'_>,
        start: &str,
        end: &str,
    ) -> HostResult<StateIterator<'_>> {
        self.open(Selection::Range { space, start, end })
    }

    pub(crate) fn rich(&self, space: Space<'_>, query: &str) -> HostResult<StateIterator<'_>> {
        self.open(Selection::Rich { space, query })
    }

    /// Neither a size nor a bookmark asks for no page: Fabric's peer scans then, and its shim reads to the end.
    /// Fabric: core/chaincode/handler.go isMetadataSetForPagination.
    // Inlined, so that where only ranges are read nothing of rich queries is in the component.
    #[inline(always)]
    pub(crate) fn page(
        &self,
        selection: Selection<'_>,
        size: i32,
        bookmark: &str,
    ) -> HostResult<Page> {
        if size == 0 && bookmark.is_empty() {
            let rows = self.open(selection)?.collect::<HostResult<_>>()?;
            return Ok(Page {
                rows,
                ..Page::default()
            });
        }
        self.with_host(|host| Host::page(host, selection, PageRequest { size, bookmark }))
    }

    #[inline(always)]
    fn open(&self, selection: Selection<'_>) -> HostResult<StateIterator<'_>> {
        let first = self.with_host(|host| Host::open(host, selection))?;
        Ok(Batched::new(self, (first.rows, first.cursor), next_rows))
    }
}

fn next_rows(host: &mut Asked, cursor: Cursor) -> HostResult<Delivery<Kv>> {
    let scan = Host::next(host, cursor)?;
    Ok((scan.rows, scan.cursor))
}

fn next_modifications(host: &mut Asked, cursor: Cursor) -> HostResult<Delivery<Modification>> {
    let modifications = Host::next_modifications(host, cursor)?;
    Ok((modifications.rows, modifications.cursor))
}
