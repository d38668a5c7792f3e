// Puts the page together: which view is shown, which mission is followed, and who is told of what.

import './style.css';
import {
  complaint,
  listMissions,
  listNetworks,
  listStrategies,
  newestActive,
  type PageSettings,
  Refusal,
  readMission,
  readSession,
  readSettings,
} from './api';
import type { App } from './app';
import { MapView } from './map/view';
import type { Changed } from './model/mission';
import type { LonLat, MissionEvent, MissionListItem, NetworkView } from './model/types';
import { segmentsOf } from './model/types';
import { ago, nameOf } from './model/words';
import { loadNetwork, Session } from './session';
import { Compare } from './ui/compare';
import { CreateView } from './ui/create';
import { startKeys } from './ui/dialogs';
import { byId, h, oncePerFrame, say, write } from './ui/dom';
import { Forecast } from './ui/forecast';
import { showLegend } from './ui/legend';
import { signedIn } from './ui/login';
import { MissionPanel } from './ui/mission';
import { MissionList } from './ui/missions';
import { Networks } from './ui/networks';
import { ReplayBar } from './ui/replay';
import { SegmentCard } from './ui/segment';
import { Log, Story } from './ui/story';
import { onTheme, startTheme, theme } from './ui/theme';
import { showWelcome } from './ui/welcome';
import { may } from './who';

const LIST_EVERY_MS = 3_000;
const LISTED = 100;
/** Time to object before the page turns from an ended mission to a newer one. */
const SWITCH_AFTER_S = 8;
/** Without news for so long, the age of the newest is worth a look. */
const OLD_MS = 20_000;

type ViewName = 'missions' | 'networks' | 'new' | 'mission';

startTheme();

/** What is asked for before the map is made, which takes the longest: the answers are there when it is. */
const first = {
  session: readSession(),
  settings: readSettings(),
  missions: listMissions(LISTED),
  networks: listNetworks(),
};
for (const asked of Object.values(first)) asked.catch(() => {});

const NO_SETTINGS: PageSettings = { map_style_url: null, map_tiles_url: null, map_attribution: null };

/** The page of a service: everything that is shown hangs on it. */
class Page implements App {
  session: Session | null = null;
  readonly map: MapView;
  readonly #missions = new MissionList();
  readonly #networks: Networks;
  readonly #create: CreateView;
  readonly #panel: MissionPanel;
  readonly #forecast: Forecast;
  readonly #story: Story;
  readonly #log: Log;
  readonly #compare: Compare;
  readonly #segment: SegmentCard;
  readonly #replay: ReplayBar;
  readonly #facts: () => void;
  #items: MissionListItem[] = [];
  #view: ViewName = 'missions';
  #picked: ((at: LonLat) => void) | null = null;
  /** Whether the page turns to newer missions by itself. */
  #turns = true;
  #turning: { timer: number } | null = null;
  #listedAt = 0;
  #looked: string | null = null;

  constructor(settings: PageSettings) {
    this.map = new MapView(byId('surface'), byId('room'), settings, theme(), {
      hovered: (segment, x, y) => this.#segment.hover(this.#picking ? null : segment, x, y),
      clicked: (segment, at) => this.#clicked(segment, at),
    });
    onTheme(is => this.map.setTheme(is));
    this.#segment = new SegmentCard(this);
    this.#networks = new Networks({
      look: network => this.#look(network),
      changed: () => this.#refreshNetworks(),
    });
    this.#create = new CreateView(this.map, {
      choose: network => this.#look(network),
      created: id => {
        location.hash = `#mission/${id}`;
        this.refresh();
      },
      hint: text => this.#hint(text),
    });
    this.#panel = new MissionPanel(this, {
      tab: () => this.#tabbed(),
      replay: () => this.toggleReplay(),
    });
    this.#forecast = new Forecast(this, this.#panel.rooms.now);
    this.#story = new Story(this, this.#panel.rooms.now);
    this.#log = new Log(this, this.#panel.rooms.log);
    this.#compare = new Compare(this, this.#panel.rooms.compare, name => {
      const view = this.session?.mission?.view;
      if (view) this.#panel.useStrategy({ name, parameters: {} });
    });
    this.#replay = new ReplayBar(this, {
      moved: (mission, events, fresh) => this.#replayed(mission, events, fresh),
      story: entries => this.#story.show(entries),
      opened: () => this.map.overlay.clearVehicles(),
      closed: () => this.#showAll(),
      failed: text => say(this.#panel.message, text, true),
    });
    // Facts are written once a frame at the most, whatever comes.
    this.#facts = oncePerFrame(() => {
      this.#panel.refresh();
      this.#segment.refresh();
    });
    this.#listen();
    showLegend(null);
  }

  shown() {
    return this.#replay.mission ?? this.session?.mission ?? null;
  }

  replaying() {
    return this.#replay.isOpen;
  }

  replayTime() {
    return this.#replay.time;
  }

  select(segment: number | null, at: LonLat | null = null) {
    this.map.select(segment);
    this.#segment.show(segment, at);
  }

  goTo(id: number) {
    const segment = this.map.network?.segments[id];
    if (!segment) return;
    this.map.goTo(segment);
    this.select(id);
  }

  ends<T>(id: string, request: () => Promise<T>): Promise<T> {
    this.#compare.stop();
    return this.#forecast.ends(id, request);
  }

  pick(hint: string | null, picked?: (at: LonLat) => void) {
    this.#picked = picked ?? null;
    this.#hint(hint);
    if (hint) this.map.map.getCanvas().focus();
  }

  get #picking(): boolean {
    return this.#picked !== null || this.#view === 'new';
  }

  #hint(text: string | null) {
    const hint = byId('hint');
    hint.hidden = text === null;
    write(hint, text ?? '');
    byId('map').classList.toggle('placing', text !== null);
  }

  #clicked(segment: number | null, at: LonLat) {
    if (this.#picked) this.#picked(at);
    else if (this.#view === 'new') this.#create.placed(at);
    else this.select(segment, segment === null ? null : at);
  }

  #listen() {
    byId('zoom-in').addEventListener('click', () => this.map.zoomBy(1));
    byId('zoom-out').addEventListener('click', () => this.map.zoomBy(-1));
    byId('fit').addEventListener('click', () => this.map.fit());
    byId('find').addEventListener('submit', event => {
      event.preventDefault();
      const input = byId<HTMLInputElement>('find-text');
      const found = this.map.network?.find(input.value);
      input.setCustomValidity(found ? '' : `No segment has the number or name “${input.value}”.`);
      input.reportValidity();
      if (found) this.goTo(found.id);
    });
    byId('find-text').addEventListener('input', event => (event.target as HTMLInputElement).setCustomValidity(''));
    startKeys({
      Escape: () => {
        if (this.#picked) this.pick(null);
        else this.select(null);
      },
      '/': () => byId('find-text').focus(),
      r: () => this.toggleReplay(),
    });
    window.addEventListener('hashchange', () => this.#route());
    window.setInterval(() => this.#showConnection(), 1_000);
    // The legend folds where there is little room.
    if (matchMedia('(max-width: 1100px), (max-height: 700px)').matches) byId<HTMLDetailsElement>('legend').open = false;
  }

  toggleReplay() {
    if (this.#replay.isOpen) this.#replay.close();
    else if (this.#view === 'mission') this.#replay.open();
  }

  // Which view.

  /** Shows what the address asks for; false if it asks for nothing in particular. */
  #route(): boolean {
    const hash = location.hash.slice(1);
    const [asked, argument] = hash.split('/');
    const name = asked === 'new' && !may('operate') ? 'missions' : asked;
    const id = name === 'mission' ? argument : /^[0-9a-f-]{36}$/.test(hash) ? hash : undefined;
    if (id) {
      this.#turns = this.#items[0]?.id === id || this.#items.find(item => item.id === id)?.status === 'active';
      this.follow(id);
      return true;
    }
    if (name !== 'missions' && name !== 'networks' && name !== 'new') return false;
    this.#show(name);
    const known = this.#networks.items.find(({ id }) => id === this.#looked) ?? this.#networks.items[0];
    if (name === 'networks' && known) this.#look(known);
    if (name === 'new') this.#create.open(argument ?? this.#looked ?? this.session?.network?.id ?? null);
    return true;
  }

  #show(view: ViewName) {
    this.#view = view;
    document.body.dataset.view = view;
    for (const name of ['missions', 'networks', 'new', 'mission'] as const) byId(`view-${name}`).hidden = name !== view;
    for (const link of byId('nav').children) {
      const is =
        (link as HTMLElement).dataset.view === view ||
        (view === 'mission' && (link as HTMLElement).dataset.view === 'missions');
      if (is) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    if (view !== 'new') this.#create.close();
    this.pick(null);
    if (view === 'new' || view === 'networks') this.#stopFollowing();
    byId('export').hidden = view !== 'mission' || !this.session?.mission;
    this.#showWelcome();
  }

  #stopFollowing() {
    this.#dismissNotice();
    this.#replay.close();
    this.session?.stop();
    this.session = null;
    this.select(null);
    this.map.showMission(null);
    this.#forecast.begin();
    showLegend(null);
    document.title = 'Outrider';
    for (const key of ['mission', 'status', 'planSeq', 'segments', 'forecastSeq']) delete document.body.dataset[key];
  }

  async #look(network: NetworkView) {
    this.#looked = network.id;
    this.#networks.show(this.#networks.items, network.id);
    try {
      const loaded = await loadNetwork(network.id);
      if (this.#looked !== network.id || this.session) return;
      this.map.showNetwork(loaded);
      byId('find').hidden = false;
      document.body.dataset.network = network.id;
    } catch (error) {
      this.#hint(complaint(error));
    }
  }

  // Which mission.

  follow(id: string) {
    this.#dismissNotice();
    this.#show('mission');
    if (this.session?.id === id) return;
    this.#replay.close();
    this.session?.stop();
    this.select(null);
    const session = new Session(id, {
      begun: () => {
        if (this.session === session) this.#showAll();
      },
      told: (entry, merge) => {
        if (this.session === session && !this.#replay.isOpen) this.#story.tell(entry, merge);
      },
      logged: () => this.#log.refresh(),
      changed: changed => {
        if (this.session === session) this.#changed(changed);
      },
      moved: position => {
        if (this.#replay.isOpen || this.session !== session) return;
        this.map.moved(position);
        if (position.vehicle === 'ugv') this.#facts();
      },
      connection: state => {
        const connection = byId('connection');
        connection.dataset.state = document.body.dataset.connection = state;
        this.#showConnection();
      },
      failed: error => say(this.#panel.message, complaint(error), true),
    });
    this.session = session;
    // The list tells the network before the stream does.
    const listed = this.#items.find(item => item.id === id);
    if (listed) loadNetwork(listed.network_id).catch(() => {});
    else {
      readMission(id).catch(error => {
        if (error instanceof Refusal && this.session === session) this.#refused(error);
      });
    }
    this.#looked = null;
    this.#showList();
  }

  /** There is no such mission: an old link, perhaps. */
  #refused(error: Refusal) {
    this.#stopFollowing();
    history.replaceState(null, '', '#missions');
    this.#show('missions');
    this.#hint(complaint(error));
  }

  /** The mission is there, or there again. */
  #showAll() {
    const { session } = this;
    if (!session?.mission || !session.network) return;
    this.#showWelcome();
    byId('find').hidden = false;
    this.map.showNetwork(session.network);
    if (!this.#replay.isOpen) this.map.showMission(session.mission);
    showLegend(session.mission.view.uavs.map(uav => uav.id));
    this.#panel.begin();
    if (!this.#replay.isOpen) this.#story.show(session.entries);
    this.#log.begin();
    this.#forecast.begin();
    this.#compare.refresh();
    this.#segment.refresh();
    document.body.dataset.network = session.network.id;
    this.#ended();
  }

  #changed(changed: Changed) {
    const { session } = this;
    if (!session?.mission) return;
    if (changed.what === 'plan' || changed.what === 'mission') this.#forecast.refresh();
    this.#compare.refresh();
    if (this.#replay.isOpen) return;
    this.#draw(changed);
    if (changed.what === 'mission') {
      showLegend(session.mission.view.uavs.map(uav => uav.id));
      this.#ended();
    }
  }

  #draw(changed: Changed) {
    if (changed.what === 'knowledge') this.map.knowledgeChanged(changed.segments);
    else if (changed.what === 'plan') this.map.planChanged();
    else if (changed.what === 'mission') {
      this.map.missionChanged();
      this.map.planChanged(false);
    }
    this.#facts();
  }

  #replayed(mission: NonNullable<ReturnType<Page['shown']>>, events: MissionEvent[], fresh: boolean) {
    const { map } = this;
    if (fresh) {
      map.showMission(mission);
    } else {
      const segments = events.flatMap(event => {
        if (event.kind === 'report') return [event.body.segment];
        if (event.kind === 'closure')
          return event.body.action === 'expire' ? [...mission.known.keys()] : segmentsOf(event.body);
        return [];
      });
      if (segments.length) map.knowledgeChanged(segments);
      if (events.some(event => event.kind === 'plan')) map.planChanged();
      if (events.some(event => event.kind === 'mission_changed' || event.kind === 'mission_ended'))
        map.missionChanged();
      for (const position of mission.positions.values()) map.moved(position);
    }
    if (events.length || fresh) {
      this.#log.refresh();
      this.#forecast.draw();
    }
    this.#facts();
  }

  #tabbed() {
    // The parts are made after the panel.
    if (!this.#compare) return;
    this.#log.refresh();
    this.#compare.refresh();
  }

  // What goes on by itself.

  #showList() {
    const view = this.session?.mission?.view;
    // The stream knows of changes before the list does.
    const items = this.#items.map(item => (item.id === view?.id ? { ...item, status: view.status } : item));
    this.#missions.show(items, this.session?.id ?? null, LISTED);
  }

  /** The mission is over: a newer active one is worth a look. */
  #ended() {
    const mission = this.session?.mission;
    this.#showList();
    if (!mission?.ended || !this.#turns || this.#turning || this.#replay.isOpen || this.#view !== 'mission') return;
    const newer = this.#items.find(item => item.status === 'active' && item.created_at > mission.view.created_at);
    if (!newer) return;
    let left = SWITCH_AFTER_S;
    const text = h('span');
    const done = mission.view.status === 'arrived' ? 'has arrived' : 'has ended';
    const count = () => write(text, `This mission ${done}. “${nameOf(newer)}” follows in ${left} s.`);
    const go = () => {
      history.replaceState(null, '', location.pathname);
      this.#turns = true;
      this.follow(newer.id);
    };
    const stay = () => {
      this.#turns = false;
      this.#dismissNotice();
    };
    count();
    const notice = byId('notice');
    notice.replaceChildren(
      text,
      h('button', { type: 'button', onclick: go }, 'Show it now'),
      h('button', { type: 'button', onclick: stay }, 'Stay here'),
    );
    notice.hidden = false;
    const timer = window.setInterval(() => {
      left -= 1;
      if (left <= 0) go();
      else count();
    }, 1_000);
    this.#turning = { timer };
  }

  #dismissNotice() {
    if (this.#turning) clearInterval(this.#turning.timer);
    this.#turning = null;
    byId('notice').hidden = true;
  }

  #showConnection() {
    const connection = byId('connection');
    const heardAt = this.session ? this.session.stream.heardAt : this.#listedAt;
    const state = connection.dataset.state ?? 'connecting';
    const age_ms = heardAt ? Date.now() - heardAt : null;
    const bad = state !== 'live' || (age_ms !== null && age_ms > OLD_MS);
    connection.classList.toggle('old', state === 'live' && bad);
    const age = age_ms === null ? '' : ago(age_ms);
    const words = !bad ? 'live' : state === 'live' ? `quiet, newest ${age}` : age ? `${state}, newest ${age}` : state;
    write(byId('connection-text'), words);
  }

  #showWelcome() {
    const empty = this.#listedAt > 0 && !this.#items.length && !this.session && this.#view === 'missions';
    showWelcome(empty, this.#networks.items.length > 0);
  }

  async #refreshNetworks(listing = listNetworks()) {
    const items = await listing;
    this.#networks.show(items, this.#looked);
    this.#create.setNetworks(items);
    this.#showWelcome();
  }

  /** Asks for the lists again; the first time, chooses what to show. */
  async refresh(begun: typeof first | null = null) {
    try {
      this.#items = await (begun ? begun.missions : listMissions(LISTED));
      this.#listedAt = Date.now();
      if (!this.session) byId('connection').dataset.state = document.body.dataset.connection = 'live';
      // The page begins with the newest mission, and whoever waits before an empty list waits for the first.
      if (begun && !location.hash && this.#items.length) await this.#choose();
      if (begun) await this.#refreshNetworks(begun.networks);
      else if (this.#view === 'networks' || this.#view === 'new') await this.#refreshNetworks();
      if (begun && !this.session && !this.#route()) await this.#choose();
      else if (!begun && this.#view === 'missions' && !location.hash && this.#items.length) await this.#choose();
    } catch (error) {
      if (!this.session) byId('connection').dataset.state = document.body.dataset.connection = 'reconnecting';
      if (begun) throw error;
    }
    this.#showList();
    this.#ended();
    this.#showWelcome();
  }

  /** Nobody has chosen: the newest active mission, else the newest, else the list. */
  async #choose() {
    const mission = this.#items.find(item => item.status === 'active') ?? (await newestActive()) ?? this.#items[0];
    if (mission) this.follow(mission.id);
    else this.#show('missions');
  }

  async start() {
    for (let begun = first; ; begun = { ...first, missions: listMissions(LISTED), networks: listNetworks() }) {
      begun.networks.catch(() => {});
      try {
        await this.refresh(begun);
        break;
      } catch {
        if (begun === first) this.#show('missions');
        await pause(LIST_EVERY_MS);
      }
    }
    this.#refreshForEver();
    for (;;) {
      try {
        const strategies = await listStrategies();
        for (const part of [this.#create, this.#panel, this.#compare]) part.setStrategies(strategies);
        return;
      } catch {
        await pause(LIST_EVERY_MS);
      }
    }
  }

  async #refreshForEver() {
    for (;;) {
      await pause(LIST_EVERY_MS);
      if (!document.hidden || !this.session) await this.refresh();
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => {
    window.setTimeout(resolve, ms);
  });
}

/** The page's settings; without them, as from an older service, there is plain ground. */
async function settings(): Promise<PageSettings> {
  try {
    return await first.settings;
  } catch {
    return NO_SETTINGS;
  }
}

const set = await settings();
await signedIn(first.session);
// The page is painted before the map holds everything up.
await new Promise(resolve => {
  requestAnimationFrame(() => window.setTimeout(resolve));
});
new Page(set).start();
