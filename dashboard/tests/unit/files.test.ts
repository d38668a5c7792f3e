import { expect, test } from 'vitest';
import { kindOf } from '../../src/model/files';

test('files are known by their names', () => {
  const type = (...names: string[]) => kindOf(names)?.type;
  expect(type('porto.osm.pbf')).toBe('application/vnd.openstreetmap.data+pbf');
  expect(type('porto.PBF')).toBe('application/vnd.openstreetmap.data+pbf');
  expect(type('porto.osm')).toBe('application/vnd.openstreetmap.data+xml');
  expect(type('porto.graphml')).toBe('application/graphml+xml');
  expect(type('overpass.json')).toBe('application/json');
  expect(type('roads.geojson')).toBe('application/geo+json');
  expect(type('roads')).toBe('application/geo+json');
  expect(type('req_edge_list', 'node_data')).toBeNull();
  expect(kindOf(['porto.osm.pbf'])?.name).toBe('porto');
  expect(kindOf(['.osm'])?.name).toBe('network');
  expect(kindOf(['a.geojson', 'b.geojson'])).toBeNull();
  expect(kindOf(['node_data', 'node_data'])).toBeNull();
  expect(kindOf([])).toBeNull();
});
