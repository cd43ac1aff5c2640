import { cutText } from '../message-text.ts';

/** Clusters in one list of an explanation: more than a ClusterSet of the stated size has; the rest is counted. */
export const CLUSTERS_SHOWN_MAX = 250;
/** Ports in one list of an explanation; the rest is counted. */
export const PORTS_SHOWN_MAX = 100;
/** Entries of exported labels and annotations in one text or list. */
export const ENTRIES_SHOWN_MAX = 64;
/** Characters of one value, which is a text of a member. */
export const VALUE_CHARACTERS_MAX = 512;

/** How many of a list are not shown; undefined when all are. */
export function omittedCount(items: readonly unknown[], shownMax: number): number | undefined {
  return items.length > shownMax ? items.length - shownMax : undefined;
}

/** A member's text, cut. */
export function shownValue(text: string): string {
  return cutText(text, VALUE_CHARACTERS_MAX);
}
