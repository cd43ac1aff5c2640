import { readSmallRecord, writeSmallRecord } from '../../durable/index.ts';
import type { SmallRecord } from '../../durable/index.ts';
import type { DurableStore } from '../../durable/types.ts';
import { isJsonObject } from '../../kube/object.ts';
import type { Members, MembersLog } from '../../members/index.ts';

/** Between two writes; the last one is made when the process ends. */
const CONTACTS_INTERVAL_MS = 300_000;
/** 200 members need 10 KiB. */
const CONTACTS_BYTES_MAX = 1024 * 1024;

type Contacts = Readonly<Record<string, number>>;

const CONTACTS: SmallRecord<Contacts> = {
  name: 'last-contacts',
  kind: { name: 'last-contacts', format: 1 },
  parse: (value) => (isJsonObject(value) ? numbersOf(value) : undefined),
  bytesMax: CONTACTS_BYTES_MAX,
};

function numbersOf(value: object): Contacts {
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

export interface ContactRecordDeps {
  readonly store: DurableStore;
  readonly members: () => Pick<Members, 'statuses'>;
  readonly schedule: (run: () => void, delayMs: number) => () => void;
  readonly log: MembersLog;
}

/**
 * When each member was last heard of, over our own restart: the snapshots say only when a member last changed, which may
 * be hours before.
 */
export interface ContactRecord {
  /** Epoch milliseconds as of the last writing; undefined for a member that is not in it. */
  readonly lastContactMs: (cluster: string) => number | undefined;
  /** Begins to write from time to time. */
  readonly start: () => void;
  /** Writes once more and ends. */
  readonly close: () => Promise<void>;
}

/** A record that cannot be read or written is logged; the times of the snapshots then stand. */
export async function openContactRecord(deps: ContactRecordDeps): Promise<ContactRecord> {
  const { store, members, schedule, log } = deps;
  const read = await readSmallRecord(store, CONTACTS);
  if (!read.ok) log.warn({ err: read.error }, 'the times of last contact cannot be read');
  const restored = (read.ok ? read.value : undefined) ?? {};
  let cancel = (): void => undefined;

  const write = async (): Promise<void> => {
    const contacts = members()
      .statuses()
      .flatMap(({ cluster, lastContactMs }) => (lastContactMs === undefined ? [] : [[cluster, lastContactMs]]));
    const written = await writeSmallRecord(store, CONTACTS, Object.fromEntries(contacts) as Contacts);
    if (!written.ok) log.warn({ err: written.error }, 'the times of last contact cannot be kept');
  };
  const plan = (): void => {
    cancel = schedule(() => void write().finally(plan), CONTACTS_INTERVAL_MS);
  };
  return {
    lastContactMs: (cluster) => (Object.hasOwn(restored, cluster) ? restored[cluster] : undefined),
    start: plan,
    close: async () => {
      cancel();
      await write();
    },
  };
}
