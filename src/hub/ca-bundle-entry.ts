import type { KubeConnection } from '../connection/index.ts';
import type { JsonObject } from '../kube/object.ts';
import type { CaBundleTarget, TargetReading } from './ca-bundle-target.ts';
import { applyBody, readTarget, targetCollection } from './ca-bundle-target.ts';
import type { HubFailure } from './hub-request.ts';
import { askHub, objectAt, objectsAt, textAt } from './hub-request.ts';

/** Owns caBundle and nothing else, so that whoever applies the manifests (without caBundle) is not in the way. */
export const CA_FIELD_MANAGER = 'clusterset-apiserver-ca';
/** Reads and applies within one look, when somebody else writes in between. */
const ATTEMPTS_MAX = 3;
/** So many repairs of what somebody else wrote come at once, within the window; further ones are spaced. */
const REPAIRS_MAX = 5;
/** See `REPAIRS_MAX`. */
const REPAIRS_WINDOW_MS = 600_000;
/** The time between two repairs in an endless fight. */
const SPACED_REPAIR_MS = 60_000;

/** What is known of a target. */
export type CaBundleFact =
  /** Not looked at yet. */
  | { readonly type: 'pending' }
  /** It holds this bundle in every place that leads to us. */
  | { readonly type: 'confirmed'; readonly bundle: string }
  /** It does not verify our certificate. */
  | { readonly type: 'elsewhere'; readonly reason: string }
  /** It could not be read or written, or somebody else keeps writing it; one sentence. */
  | { readonly type: 'unconfirmed'; readonly problem: string };

export interface CaBundleEntryDeps {
  readonly connection: KubeConnection;
  readonly target: CaBundleTarget;
  /** False: caBundle is somebody else's to write. */
  readonly writes: boolean;
  /** What it should hold, PEM; undefined: not known. Asked again right before something is overwritten. */
  readonly latestBundle: () => Promise<string | undefined>;
  /** True: who may not read it was not told to keep it. */
  readonly mayBeForbidden: boolean;
  readonly clock: () => number;
  readonly onRepaired: () => void;
}

export interface CaBundleEntry {
  /** Reads the target, repairs what may be repaired, and says what is there now. Not to be called twice at a time. */
  look(bundle: string): Promise<CaBundleFact>;
  /** The resourceVersion that the latest look ended with. */
  seenVersion(): string | undefined;
}

interface Attempt {
  readonly fact: CaBundleFact;
  /** Somebody wrote between our read and our write. */
  readonly again: boolean;
}

/** One target of the keeper. */
export function createCaBundleEntry(deps: CaBundleEntryDeps): CaBundleEntry {
  const { connection, target } = deps;
  const path = `${targetCollection(target)}/${target.name}`;
  let repairs: readonly number[] = [];
  let confirmed: string | undefined;
  let seenVersion: string | undefined;

  const keepInMind = (object: JsonObject): TargetReading => {
    seenVersion = textAt(objectAt(object, 'metadata'), 'resourceVersion');
    return readTarget(object, target);
  };
  const confirm = (bundle: string): Attempt => {
    confirmed = bundle;
    return { fact: { type: 'confirmed', bundle }, again: false };
  };
  /** The first bundle and a new one are no repairs; putting back what was there is one. */
  const mayWrite = (bundle: string): boolean => {
    if (confirmed !== bundle) return true;
    const nowMs = deps.clock();
    repairs = repairs.filter((atMs) => nowMs - atMs < REPAIRS_WINDOW_MS);
    const isSpaced = nowMs - (repairs.at(-1) ?? -Infinity) >= SPACED_REPAIR_MS;
    if (repairs.length >= REPAIRS_MAX && !isSpaced) return false;
    repairs = [...repairs, nowMs].slice(-REPAIRS_MAX);
    deps.onRepaired();
    return true;
  };
  const write = async (object: JsonObject, reading: AsksUs, bundle: string): Promise<Attempt> => {
    if (!mayWrite(bundle)) return unconfirmed(`caBundle is written again and again${byOthers(object)}`);
    const answer = await askHub(connection, {
      method: 'PATCH',
      path,
      query: { fieldManager: CA_FIELD_MANAGER, force: 'true' },
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: applyBody(target, object, reading.fields(Buffer.from(bundle).toString('base64'))),
    });
    if (!answer.ok) {
      const { status, message } = answer.error;
      return { ...unconfirmed(`caBundle cannot be applied: ${message}`), again: status === 409 };
    }
    const stored = keepInMind(answer.value);
    return holds(stored, bundle) ? confirm(bundle) : unconfirmed('another caBundle was read back than was written');
  };
  const attempt = async (wanted: string): Promise<Attempt> => {
    const answer = await askHub(connection, { method: 'GET', path });
    if (!answer.ok) return unread(answer.error, deps.mayBeForbidden && confirmed === undefined);
    const reading = keepInMind(answer.value);
    if (reading.type === 'elsewhere') return { fact: reading, again: false };
    if (!deps.writes) return includes(reading, wanted) ? confirm(wanted) : unconfirmed(LEFT_TO_OTHERS);
    if (holds(reading, wanted)) return confirm(wanted);
    const latest = await deps.latestBundle();
    if (latest === undefined) return unconfirmed('caBundle differs, and what it should be cannot be read now');
    return holds(reading, latest) ? confirm(latest) : write(answer.value, reading, latest);
  };

  return {
    look: async (bundle) => {
      let latest = await attempt(bundle);
      for (let count = 1; count < ATTEMPTS_MAX && latest.again; count++) latest = await attempt(bundle);
      return latest.fact;
    },
    seenVersion: () => seenVersion,
  };
}

type AsksUs = Extract<TargetReading, { type: 'asksUs' }>;

function unconfirmed(problem: string): Attempt {
  return { fact: { type: 'unconfirmed', problem }, again: false };
}

function unread({ status, message }: HubFailure, mayBeForbidden: boolean): Attempt {
  if (status === 404) return { fact: { type: 'elsewhere', reason: 'it does not exist' }, again: false };
  if (status !== 403 || !mayBeForbidden) return unconfirmed(message);
  return { fact: { type: 'elsewhere', reason: `we may not keep it: ${message}` }, again: false };
}

const LEFT_TO_OTHERS = 'caBundle lacks what our certificate needs, and the configuration leaves it to somebody else';
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Every certificate that is wanted is there, in whatever order and company. */
function includes({ bundles }: AsksUs, wanted: string): boolean {
  const certificates = (text: string): readonly string[] =>
    (text.match(CERTIFICATE) ?? []).map((pem) => pem.replaceAll(/\s/g, ''));
  return bundles.every((bundle) => {
    const present = new Set(certificates(bundle));
    return certificates(wanted).every((pem) => present.has(pem));
  });
}

function holds(reading: TargetReading, bundle: string): boolean {
  return reading.type === 'asksUs' && reading.bundles.every((present) => present === bundle);
}

/** Who else owns a caBundle of the object, as its managedFields tell. */
function byOthers(object: JsonObject): string {
  const managers = objectsAt(objectAt(object, 'metadata'), 'managedFields').flatMap((entry) => {
    const manager = textAt(entry, 'manager') ?? '';
    const owns = JSON.stringify(objectAt(entry, 'fieldsV1')).includes('"f:caBundle"');
    return owns && manager !== CA_FIELD_MANAGER ? [manager] : [];
  });
  return managers.length === 0 ? '' : ` by ${[...new Set(managers)].join(', ')}`;
}
