import { describe, expect, it } from 'vitest';
import { boundConsequences, type Consequence, type ConsequenceDraft, orderConsequences } from './consequence.ts';

const line = (type: Consequence['type'], bytes: number): Consequence => ({ type, message: 'x'.repeat(bytes) });

describe('boundConsequences', () => {
  it('leaves everything as it is up to 4096 bytes', () => {
    const lines = [...Array.from({ length: 16 }, () => line('change', 255)), line('notice', 16)];
    expect(boundConsequences(lines)).toBe(lines);
  });

  it('counts what was left out in a last line that has the gravest of its types', () => {
    const lines = [
      ...Array.from({ length: 15 }, () => line('change', 255)),
      line('notice', 200),
      line('conflict', 100),
      line('notice', 20),
    ];
    const bounded = boundConsequences(lines);
    expect(bounded).toHaveLength(16);
    expect(bounded.at(-1)).toEqual({ type: 'conflict', message: 'and 3 more consequences: 1 conflict, 2 notice' });
    expect(bounded.reduce((bytes, { message }) => bytes + message.length, 0)).toBeLessThanOrEqual(4096);
  });
});

describe('orderConsequences', () => {
  const draft = (topic: ConsequenceDraft['topic'], text: string): ConsequenceDraft => ({
    topic,
    type: 'change',
    text,
    discreet: `discreet ${text}`,
    uses: [],
  });
  const openly = (suffix = '') => ({ namesOthers: true, mark: () => suffix });

  it('orders by impact: removal, winner, type, ports, families, affinity, traffic, metadata, notices', () => {
    const topics = [
      'notice',
      'metadata',
      'traffic',
      'affinity',
      'families',
      'ports',
      'type',
      'winner',
      'removal',
    ] as const;
    const ordered = orderConsequences(
      topics.map((topic) => draft(topic, topic)),
      openly(),
    );
    expect(ordered.map(({ message }) => message)).toEqual([...topics].reverse());
  });

  it('keeps the order of what belongs to one topic', () => {
    const drafts = [draft('ports', 'b'), draft('type', 't'), draft('ports', 'a')];
    expect(orderConsequences(drafts, openly()).map(({ message }) => message)).toEqual(['t', 'b', 'a']);
  });

  it('tells the discreet text to those who may not know more', () => {
    const [only] = orderConsequences([draft('type', 't')], { namesOthers: false, mark: () => '' });
    expect(only?.message).toBe('discreet t');
  });

  it('cuts the text, never the mark behind it', () => {
    const [only] = orderConsequences([draft('type', 'ä'.repeat(3) + 'y'.repeat(400))], openly(' (north never seen)'));
    expect(only?.message).toMatch(/^\?y+\.\.\. \(north never seen\)$/);
    expect(only?.message).toHaveLength(255);
  });
});
