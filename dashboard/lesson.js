// What to do when there is nothing to see yet.

import { listNetworks } from './api.js';
import { byId, make } from './element.js';

const box = byId('lesson', HTMLElement);
let shown = '';

/** Teaches how to create a mission. */
export async function teach() {
  const networks = await listNetworks();
  const ids = networks.map(network => network.id).join();
  if (!box.hidden && shown === ids) return;
  shown = ids;
  const { origin } = location;
  const [network] = networks;
  const steps = network
    ? [
        make('h3', {}, `Create one on the network ${network.name} (${network.segment_count} segments)`),
        make('pre', { tabindex: '0' }, `curl '${origin}/v1/missions' -H 'content-type: application/json' -d '{
  "network_id": "${network.id}",
  "name": "first run",
  "start": {"segment": 0, "offset_m": 0},
  "goal": {"segment": ${network.segment_count - 1}, "offset_m": 0},
  "ugv": {"speed_mps": 10},
  "uavs": [{"speed_mps": 20}, {"speed_mps": 20}]
}'`),
      ]
    : [
        make('h3', {}, 'First, a road network'),
        make('p', {}, 'GeoJSON LineStrings, or a folder of the LineCoverage data set:'),
        make('pre', { tabindex: '0' }, `curl '${origin}/v1/networks?name=my-town' -H 'content-type: application/geo+json' --data-binary @roads.geojson

curl '${origin}/v1/networks?name=tokyo' -F node_data=@tokyo/node_data -F req_edge_list=@tokyo/req_edge_list`),
        make('p', {}, 'Once there is a network, this page shows how to create a mission on it.'),
      ];
  const docs = make('a', { href: '/docs' }, 'API documentation');
  box.replaceChildren(make('div', {},
    make('h2', {}, 'No missions yet'),
    make('p', {}, 'A mission is one ground vehicle on its way to a goal, and the drones that look ahead for it. This page shows the newest active one as soon as there is one.'),
    ...steps,
    make('h3', {}, 'Or watch a simulated one'),
    make('pre', { tabindex: '0' }, 'outrider demo'),
    make('p', {}, 'It runs the service with an invented town, vehicles that drive and fly by themselves, and roads that close on the way. The ', docs, ' has all requests.'),
  ));
  box.hidden = false;
}

export function dismiss() {
  box.hidden = true;
}
