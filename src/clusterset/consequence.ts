import type { ClusterId } from '../kube/cluster-id.ts';

/**
 * What kind of thing happens, the gravest first. `removal`: something that clients use goes (an import, a port, a family,
 * VIPs). `invalid`: the export will not count. `conflict`: exports will disagree. `change`: what is in force changes.
 */
export const CONSEQUENCE_TYPES = ['removal', 'invalid', 'conflict', 'change', 'notice'] as const;

export type ConsequenceType = (typeof CONSEQUENCE_TYPES)[number];

/** One thing that a change would bring about, for programs and in a sentence. */
export interface Consequence {
  readonly type: ConsequenceType;
  /** Printable ASCII of less than 256 bytes, the decisive words first. */
  readonly message: string;
}

/** What a consequence is about, in the order in which consequences are told. */
export const CONSEQUENCE_TOPICS = [
  'removal',
  'winner',
  'type',
  'ports',
  'families',
  'affinity',
  'traffic',
  'metadata',
  'notice',
] as const;

export type ConsequenceTopic = (typeof CONSEQUENCE_TOPICS)[number];

/** A consequence before it is ordered, marked where it rests on stale input, and bounded. */
export interface ConsequenceDraft {
  readonly topic: ConsequenceTopic;
  readonly type: ConsequenceType;
  readonly text: string;
  /** The same for those who may not be told names and values of other members; both where there are none in it. */
  readonly discreet: string;
  /** The members whose objects make it true. */
  readonly uses: readonly ClusterId[];
}

/** kube-apiserver cuts each warning of a response at this length once all together are too long. */
export const CONSEQUENCE_BYTES_MAX = 255;

/** kube-apiserver passes on no more than this of all warnings of a response. */
export const CONSEQUENCES_BYTES_MAX = 4096;

/** Room for the line that counts what was left out. */
const REST_BYTES_MAX = 128;

export interface Telling {
  readonly namesOthers: boolean;
  /** What is put behind a text. */
  readonly mark: (uses: readonly ClusterId[]) => string;
}

/** By topic; of one topic in the order of the drafts. */
export function orderConsequences(
  drafts: readonly ConsequenceDraft[],
  { namesOthers, mark }: Telling,
): readonly Consequence[] {
  const ordered = CONSEQUENCE_TOPICS.flatMap((topic) => drafts.filter((draft) => draft.topic === topic));
  return boundConsequences(
    ordered.map(({ type, text, discreet, uses }) => {
      const suffix = toAscii(mark(uses));
      const told = toAscii(namesOthers ? text : discreet);
      return { type, message: `${cutAscii(told, CONSEQUENCE_BYTES_MAX - suffix.length)}${suffix}` };
    }),
  );
}

/** As many as may be told together; a last line counts the others and has the gravest of their types. */
export function boundConsequences(consequences: readonly Consequence[]): readonly Consequence[] {
  let bytes = 0;
  const ends = consequences.map(({ message }) => (bytes += message.length));
  if (bytes <= CONSEQUENCES_BYTES_MAX) return consequences;
  const told = ends.filter((end) => end <= CONSEQUENCES_BYTES_MAX - REST_BYTES_MAX).length;
  return [...consequences.slice(0, told), countRest(consequences.slice(told))];
}

function countRest(rest: readonly Consequence[]): Consequence {
  const counts = CONSEQUENCE_TYPES.map((type) => ({ type, count: rest.filter((one) => one.type === type).length }));
  const present = counts.filter(({ count }) => count > 0);
  const kinds = present.map(({ type, count }) => `${count} ${type}`).join(', ');
  return { type: present[0]?.type ?? 'notice', message: `and ${rest.length} more consequences: ${kinds}` };
}

/** Text of members may hold anything; a Warning header may not. */
function toAscii(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, '?');
}

/** ASCII text in at most `charactersMax`, the last of which then say that it was cut. */
export function cutAscii(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 3)}...`;
}
