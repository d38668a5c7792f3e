//! Networks from paths, for the command line.

use std::path::Path;

use super::{Components, ImportError, Imported, SourceFile, from_geojson, from_line_coverage};

/// Imports the folder of a LineCoverage network, which holds `node_data` and `req_edge_list`.
///
/// # Errors
/// Either file cannot be read, or what [`from_line_coverage`] refuses.
pub fn from_line_coverage_folder(folder: &Path) -> Result<Imported, ImportError> {
    let node_data = read(&folder.join(SourceFile::NodeData.name()))?;
    let req_edge_list = read(&folder.join(SourceFile::ReqEdgeList.name()))?;
    from_line_coverage(&node_data, &req_edge_list)
}

/// Imports a GeoJSON file.
///
/// # Errors
/// The file cannot be read, or what [`from_geojson`] refuses.
pub fn from_geojson_file(path: &Path, components: Components) -> Result<Imported, ImportError> {
    from_geojson(&read(path)?, components)
}

fn read(path: &Path) -> Result<Vec<u8>, ImportError> {
    std::fs::read(path)
        .map_err(|error| ImportError::Read { path: path.display().to_string(), reason: error.to_string() })
}
