// What files are, by their names.

/** Endings, and the media types under which the service takes such files. The longer one counts. */
const TYPES: [ending: RegExp, type: string][] = [
  [/(\.osm)?\.pbf$/i, 'application/vnd.openstreetmap.data+pbf'],
  [/\.graphml$/i, 'application/graphml+xml'],
  [/\.(osm|xml)$/i, 'application/vnd.openstreetmap.data+xml'],
  // The service tells an answer of the Overpass API from GeoJSON.
  [/\.json$/i, 'application/json'],
  [/\.geojson$/i, 'application/geo+json'],
];

export interface FileKind {
  /** What the network may be called. */
  name: string;
  /** The media type; none for the pair of files that go together. */
  type: string | null;
}

/** What the files are together; null if they are not one network. A file without a known ending is taken for GeoJSON. */
export function kindOf(names: string[]): FileKind | null {
  if (names.length === 2 && names.includes('node_data') && names.includes('req_edge_list')) {
    return { name: 'line-coverage', type: null };
  }
  const [name] = names;
  if (names.length !== 1 || !name) return null;
  const [ending, type] = TYPES.find(([pattern]) => pattern.test(name)) ?? [/$/, 'application/geo+json'];
  return { name: name.replace(ending, '') || 'network', type };
}
