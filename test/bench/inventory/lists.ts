import { eventually } from '../../support/eventually.ts';
import type { Client } from '../client.ts';
import { createClient } from '../client.ts';
import { withProgress } from '../clock.ts';
import type { Cost, Step, Target } from '../reads.ts';
import { costOf, LIST_FORMS } from '../reads.ts';
import type { Row } from '../table.ts';
import { memberName } from './content.ts';
import type { InventoryWorld } from './world.ts';
import { PROFILES_PATH, PROPERTIES_PATH } from './world.ts';

const MIB = 1024 * 1024;
/** CPU time is counted in steps of 10 ms: enough requests for some hundred ms. */
const PROPERTY_LISTS = { own: 20, peer: 3 };
const PROFILE_LISTS = { own: 40, peer: 10 };
const OWN_WARM_UP_LISTS = 5;
/** Where an answer is small. */
const SMALL_LISTS = { own: 300, peer: 300 };
const PAGE_OBJECTS = 500;
const JSON_ONLY = { Accept: 'application/json' };

/** One way of asking, and what it may cost of what it costs the peer. */
interface Question {
  readonly name: string;
  readonly path: string;
  /** Undefined: the same path. */
  readonly peerPath?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly ratioMax: number;
  /** How often it is asked. */
  readonly lists: { readonly own: number; readonly peer: number };
  /** In pages, to the last one. */
  readonly isPaged?: true;
}

function formsOf(what: string, path: string, asked: Pick<Question, 'lists' | 'peerPath'>): readonly Question[] {
  return LIST_FORMS.map(({ name, headers, ratioMax }) => ({
    ...{ name: `${what}, ${name}`, path, headers, ratioMax, ...asked },
  }));
}

function questionsOf(member: string): readonly Question[] {
  const row = `${member}.fact-07.inventory.example.com`;
  const small = { headers: JSON_ONLY, lists: SMALL_LISTS };
  return [
    ...formsOf('properties v1beta1', PROPERTIES_PATH, { lists: PROPERTY_LISTS }),
    ...formsOf('properties v1alpha1', PROPERTIES_PATH.replace('v1beta1', 'v1alpha1'), { lists: PROPERTY_LISTS }),
    {
      ...{ name: `properties in pages of ${PAGE_OBJECTS}`, path: `${PROPERTIES_PATH}?limit=${PAGE_OBJECTS}` },
      ...{ headers: JSON_ONLY, ratioMax: 1 / 10, isPaged: true, lists: PROPERTY_LISTS },
    },
    {
      ...{ name: 'properties of one member, by label', ratioMax: 1 / 10, ...small },
      path: `${PROPERTIES_PATH}?labelSelector=clusterset-apiserver.dev%2Fcluster%3D${member}`,
    },
    {
      // For kube-apiserver this is a GET, too.
      ...{ name: 'one property, by field selector', ratioMax: 1 / 4, ...small },
      path: `${PROPERTIES_PATH}?fieldSelector=metadata.name%3D${row}`,
    },
    { ...{ name: 'one property, by name', ratioMax: 1 / 4, ...small }, path: `${PROPERTIES_PATH}/${row}` },
    ...formsOf('profiles v1alpha1', PROFILES_PATH, { lists: PROFILE_LISTS }),
    // The definition that upstream has released knows only v1alpha1.
    ...formsOf('profiles v1alpha2', PROFILES_PATH.replace('v1alpha1', 'v1alpha2'), {
      ...{ lists: PROFILE_LISTS, peerPath: PROFILES_PATH },
    }),
    {
      ...{ name: 'profiles in pages of 50', path: `${PROFILES_PATH}?limit=50`, headers: JSON_ONLY },
      ...{ ratioMax: 1 / 10, isPaged: true, lists: PROFILE_LISTS },
    },
  ];
}

/** Profiles and properties of all members in every form and version, and parts of them. */
export async function measureInventoryLists(world: InventoryWorld): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const question of questionsOf(memberName(Math.floor(world.members.length / 2)))) {
    const { own, hub, peer } = await withProgress(`LIST ${question.name}`, () => costsOf(world, question));
    const sizes = `${size(own)} MiB, peer ${size(peer)} MiB`;
    rows.push({
      ...{ measure: `LIST ${question.name}: CPU`, unit: 'ms', ours: own.cpuMs, peer: peer.cpuMs },
      aim: { type: 'ratio', max: question.ratioMax },
      note: `wall ${ms(own.wallMs)}, peer ${ms(peer.wallMs)} ms; ${sizes}; through the hub ${ms(hub.cpuMs)} ms, the hub itself ${ms(hub.proxyCpuMs)}, wall ${ms(hub.wallMs)}`,
    });
  }
  return rows;
}

async function costsOf(world: InventoryWorld, question: Question): Promise<Record<'own' | 'hub' | 'peer', Cost>> {
  const { lists } = question;
  const own = { endpoint: world.own, pid: world.ownPid(), lists: lists.own };
  const hub = { endpoint: world.throughHub, pid: world.ownPid(), proxyPid: world.hubPid(), lists: lists.own / 2 };
  const peer = { endpoint: world.peer, pid: world.peerPid(), lists: lists.peer };
  return {
    own: await cost(own, question, OWN_WARM_UP_LISTS),
    hub: await cost(hub, question, 1),
    peer: await cost(peer, { ...question, path: question.peerPath ?? question.path }, 1),
  };
}

async function cost(target: Target, question: Question, warmUpLists: number): Promise<Cost> {
  const client = createClient(target.endpoint);
  const step: Step = question.isPaged === true ? () => pages(client, question) : () => ask(client, question);
  try {
    // A kube-apiserver turns the first ones away while it prepares a custom kind.
    for (let index = 0; index < warmUpLists; index += 1) await eventually(question.name, step);
    return await costOf(target, target.lists, step);
  } finally {
    client.close();
  }
}

async function ask(client: Client, { path, headers }: Question): ReturnType<Step> {
  const answer = await client.get(path, headers);
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
  return answer;
}

async function pages(client: Client, { path }: Question): ReturnType<Step> {
  let [bytes, wallMs] = [0, 0];
  let following = '';
  do {
    const started = performance.now();
    const text = await client.text(following === '' ? path : `${path}&continue=${encodeURIComponent(following)}`);
    wallMs += performance.now() - started;
    bytes += text.length;
    // In the head of our lists and of kube-apiserver's; parsing everything would only warm the machine.
    following = /"continue":"([^"]*)"/.exec(text)?.[1] ?? '';
  } while (following !== '');
  return { bytes, wallMs };
}

function size({ bytes }: Cost): string {
  return (bytes / MIB).toFixed(bytes > MIB ? 1 : 3);
}

function ms(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(2);
}
