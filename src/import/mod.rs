//! Road networks from files, and the sample town. Formats in, networks out: no database, no HTTP.
