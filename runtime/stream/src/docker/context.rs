//! The tar that an image is built from.

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use std::io::{self, SeekFrom};
use std::path::Path;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

const BLOCK: u64 = 512;
const CHUNK: usize = 64 << 10;

/// A tar under construction, in a file: what Node's modules come to is too much to keep in memory.
pub(super) struct Context {
    file: File,
    /// Removes the file in the end.
    _name: tempfile::TempPath,
    /// Where the header of the entry under way belongs.
    header: u64,
    name: String,
}

impl Context {
    pub(super) fn new(directory: &Path) -> io::Result<Self> {
        let (file, name) = tempfile::NamedTempFile::new_in(directory)?.into_parts();
        Ok(Self {
            file: File::from_std(file),
            _name: name,
            header: 0,
            name: String::new(),
        })
    }

    /// Adds a whole file.
    pub(super) async fn add(&mut self, name: &str, content: &[u8], mode: u32) -> io::Result<()> {
        self.begin(name).await?;
        self.file.write_all(content).await?;
        self.end(mode).await
    }

    /// Begins a file whose size is not known yet; write to [`Context::file`] until [`Context::end`].
    pub(super) async fn begin(&mut self, name: &str) -> io::Result<()> {
        self.header = self.file.stream_position().await?;
        self.name = name.to_owned();
        self.file.write_all(&[0; BLOCK as usize]).await
    }

    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    pub(super) async fn end(&mut self, mode: u32) -> io::Result<()> {
        self.file.flush().await?;
        let end = self.file.stream_position().await?;
        let size = end.saturating_sub(self.header + BLOCK);
        let mut header = tar::Header::new_gnu();
        header.set_path(&self.name)?;
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(size);
        header.set_mode(mode);
        header.set_mtime(0);
        header.set_cksum();
        self.file.seek(SeekFrom::Start(self.header)).await?;
        self.file.write_all(header.as_bytes()).await?;
        let padding = size.wrapping_neg() % BLOCK;
        self.file.seek(SeekFrom::Start(end)).await?;
        let zeros = [0; BLOCK as usize];
        let padding = zeros.get(..padding as usize).unwrap_or_default();
        self.file.write_all(padding).await
    }

    /// The finished tar, from its beginning.
    pub(super) async fn finish(mut self) -> io::Result<BoxStream<'static, io::Result<Bytes>>> {
        self.file.write_all(&[0; 2 * BLOCK as usize]).await?;
        self.file.flush().await?;
        self.file.rewind().await?;
        Ok(Box::pin(stream::try_unfold(
            self,
            |mut context| async move {
                let mut chunk = vec![0; CHUNK];
                let read = context.file.read(&mut chunk).await?;
                chunk.truncate(read);
                Ok((read > 0).then(|| (Bytes::from(chunk), context)))
            },
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::TryStreamExt;
    use std::io::Read;

    #[tokio::test]
    async fn what_goes_in_comes_out_of_the_tar() {
        let directory = tempfile::tempdir().unwrap();
        let mut context = Context::new(directory.path()).unwrap();
        context
            .add("Dockerfile", b"FROM scratch", 0o644)
            .await
            .unwrap();
        context.begin("binpackage.tar").await.unwrap();
        for _ in 0..3 {
            context.file().write_all(&[7; 70_000]).await.unwrap();
        }
        context.end(0o644).await.unwrap();
        context.add("empty", b"", 0o755).await.unwrap();
        let parts: Vec<Bytes> = context.finish().await.unwrap().try_collect().await.unwrap();
        let mut tar = tar::Archive::new(io::Cursor::new(parts.concat()));
        let entries = tar.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            let name = entry.path().unwrap().display().to_string();
            (name, entry.header().mode().unwrap(), content)
        });
        let expected = [
            ("Dockerfile".to_owned(), 0o644, b"FROM scratch".to_vec()),
            ("binpackage.tar".to_owned(), 0o644, vec![7; 210_000]),
            ("empty".to_owned(), 0o755, Vec::new()),
        ];
        assert_eq!(entries.collect::<Vec<_>>(), expected);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
