import type { Outcome } from '../../src/kube/outcome.ts';
import { failed, succeeded } from '../../src/kube/outcome.ts';
import { setOwn } from '../../src/kube/own-property.ts';
import { parseExact } from './exact.ts';
import type { JsonScan } from './json-scan.ts';
import {
  enterList,
  enterObject,
  hasNextItem,
  hasNextMember,
  isAtList,
  isAtObject,
  MalformedJson,
  readKey,
  skipSpace,
  skipValue,
} from './json-scan.ts';

/** Large lists of objects are so deep at most (`request.object.spec.ports`); what is below is parsed whole. */
const PART_DEPTH_MAX = 6;

/** The same as `parseExact` makes of the whole text, one step per part of about `partBytes`. */
export function* parseInParts(bytes: Buffer, partBytes: number): Generator<void, Outcome<unknown, string>> {
  const parsing: Parsing = { bytes, at: 0, text: (start, end) => bytes.toString('utf8', start, end), partBytes };
  try {
    const value = yield* parseValue(parsing, PART_DEPTH_MAX);
    skipSpace(parsing);
    return parsing.at < bytes.length ? failed('') : succeeded(value);
  } catch (error) {
    if (error instanceof Unparsable) return failed(error.message);
    if (error instanceof MalformedJson) return failed('');
    throw error;
  }
}

interface Parsing extends JsonScan {
  readonly text: (start: number, end: number) => string;
  readonly partBytes: number;
}

class Unparsable extends Error {}

/** Parses the value that comes next, in parts if there may be large ones in it. */
function* parseValue(parsing: Parsing, depth: number): Generator<void, unknown> {
  if (depth > 0 && isAtObject(parsing)) return yield* parseObject(parsing, depth - 1);
  if (depth > 0 && isAtList(parsing)) return yield* parseList(parsing, depth - 1);
  skipSpace(parsing);
  const start = parsing.at;
  skipValue(parsing);
  yield;
  return parsePart(parsing.text(start, parsing.at));
}

function* parseObject(parsing: Parsing, depth: number): Generator<void, unknown> {
  const object: Record<string, unknown> = {};
  const run = createRun(parsing, ['{', '}'], (part) => {
    for (const [key, value] of Object.entries(part)) setOwn(object, key, value);
  });
  for (let more = enterObject(parsing); more; more = hasNextMember(parsing)) {
    skipSpace(parsing);
    const start = parsing.at;
    const key = readKey(parsing);
    if (yield* run.take(start)) continue;
    setOwn(object, key, yield* parseValue(parsing, depth));
  }
  run.end();
  return object;
}

function* parseList(parsing: Parsing, depth: number): Generator<void, unknown> {
  const list: unknown[] = [];
  const run = createRun(parsing, ['[', ']'], (part) => {
    for (const item of Object.values(part)) list.push(item);
  });
  for (let more = enterList(parsing); more; more = hasNextItem(parsing)) {
    skipSpace(parsing);
    if (yield* run.take(parsing.at)) continue;
    list.push(yield* parseValue(parsing, depth));
  }
  run.end();
  return list;
}

/** Small neighbours, which are parsed together. */
interface Run {
  /** Passes the value that comes next if it is small; else false, and what was taken before has been parsed. */
  readonly take: (start: number) => Generator<void, boolean>;
  readonly end: () => void;
}

function createRun(parsing: Parsing, [open, close]: readonly [string, string], onPart: (part: object) => void): Run {
  let from: number | undefined;
  let to = 0;
  const end = (): void => {
    if (from === undefined) return;
    const part = parsePart(`${open}${parsing.text(from, to)}${close}`);
    from = undefined;
    if (typeof part === 'object' && part !== null) onPart(part);
  };
  return {
    take: function* (start) {
      const valueStart = parsing.at;
      skipValue(parsing);
      if (parsing.at - valueStart > parsing.partBytes) {
        parsing.at = valueStart;
        end();
        yield;
        return false;
      }
      from ??= start;
      to = parsing.at;
      if (to - from < parsing.partBytes) return true;
      end();
      yield;
      return true;
    },
    end,
  };
}

function parsePart(text: string): unknown {
  const parsed = parseExact(text);
  if (!parsed.ok) throw new Unparsable(parsed.error);
  return parsed.value;
}
