//! The folder that a benchmark's files are written to.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::Context;

/// The folder that everything is written to.
pub(super) struct Folder<'a>(&'a Path);

impl<'a> Folder<'a> {
    pub(super) fn make(path: &'a Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self(path))
    }

    pub(super) fn create(&self, name: &str) -> anyhow::Result<BufWriter<File>> {
        let path = self.0.join(name);
        let file = File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(BufWriter::new(file))
    }

    pub(super) fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.0.join(name);
        std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))
    }
}
